package hooke.node.runtime.wasm;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// A read position in a module's bytes with an end it never passes.
final class Cursor {
  private final byte[] bytes;
  private final int end;
  private int at;

  Cursor(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  byte[] bytes() {
    return bytes;
  }

  int at() {
    return at;
  }

  int end() {
    return end;
  }

  boolean atEnd() {
    return at >= end;
  }

  BadModule malformed(String what) {
    return new BadModule(
        Refusal.MALFORMED, "The module is malformed: " + what + " at byte " + at + ".");
  }

  private BadModule overrun() {
    return end == bytes.length
        ? new BadModule(
            Refusal.TRUNCATED,
            "The module ends in the middle, after "
                + bytes.length
                + " bytes. Was the file cut while it was copied or still being written?")
        : malformed("something runs over the end of its section");
  }

  int u8() {
    if (at >= end) {
      throw overrun();
    }
    return bytes[at++] & 0xff;
  }

  int peek() {
    if (at >= end) {
      throw overrun();
    }
    return bytes[at] & 0xff;
  }

  void skip(long count) {
    if (count < 0 || count > end - at) {
      at = end;
      throw overrun();
    }
    at += (int) count;
  }

  /// Unsigned LEB128 of at most 32 bits; beyond 2^31 - 1 it is refused where a count or index is
  /// meant, see [#count(int, String)].
  long u32() {
    long value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      int b = u8();
      if (shift == 28 && b > 0x0f) {
        throw malformed("a number over 32 bits");
      }
      value |= (long) (b & 0x7f) << shift;
      if (b < 0x80) {
        return value;
      }
    }
    throw malformed("a number over 32 bits");
  }

  /// An index, as int; indexes beyond 2^31 - 1 cannot exist under the caps.
  int index() {
    long value = u32();
    if (value > Integer.MAX_VALUE) {
      throw malformed("an index of " + value);
    }
    return (int) value;
  }

  /// An index that must be below `bound`.
  int index(int bound, String what) {
    int value = index();
    if (value >= bound) {
      throw new BadModule(
          Refusal.INVALID,
          "The module is invalid: it refers to "
              + what
              + " "
              + value
              + " of "
              + bound
              + " before byte "
              + at
              + ".");
    }
    return value;
  }

  /// A length of a list: capped, and never more than the bytes that are left (each element takes at
  /// least one).
  int count(int cap, String what) {
    long value = u32();
    if (value > cap) {
      throw new BadModule(
          Refusal.TOO_LARGE,
          "The module has " + value + " " + what + "; the cap of this profile is " + cap + ".");
    }
    if (value > end - at) {
      at = end;
      throw overrun();
    }
    return (int) value;
  }

  private long signed(int bits) {
    long value = 0;
    int shift = 0;
    int b;
    do {
      if (shift >= bits + (7 - bits % 7) % 7) {
        throw malformed("a number over " + bits + " bits");
      }
      b = u8();
      value |= (long) (b & 0x7f) << shift;
      shift += 7;
    } while (b >= 0x80);
    if (shift < 64 && (b & 0x40) != 0) {
      value |= -1L << shift;
    }
    return value;
  }

  int s32() {
    long value = signed(32);
    if (value != (int) value) {
      throw malformed("a number over 32 bits");
    }
    return (int) value;
  }

  long s33() {
    long value = signed(33);
    if (value < -(1L << 32) || value >= 1L << 32) {
      throw malformed("a number over 33 bits");
    }
    return value;
  }

  /// The tenth byte of a 64-bit number carries one bit: 0 or the sign.
  long s64() {
    int start = at;
    long value = signed(64);
    if (at - start == 10) {
      int last = bytes[at - 1] & 0x7f;
      if (last != 0 && last != 0x7f) {
        throw malformed("a number over 64 bits");
      }
    }
    return value;
  }

  String name() {
    int length = count(100_000, "bytes in a name");
    try {
      String name =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, at, length)).toString();
      at += length;
      return name;
    } catch (CharacterCodingException e) {
      throw malformed("a name that is not UTF-8");
    }
  }
}
