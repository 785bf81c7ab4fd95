package hooke.node.runtime.wasm;

import java.io.ByteArrayOutputStream;

/// A module being written.
final class Out {
  private final ByteArrayOutputStream bytes;

  /// More is not set aside at first: what a module has may be dropped, and the memory with it.
  private static final int AT_FIRST = 1 << 20;

  Out(int expected) {
    bytes = new ByteArrayOutputStream(Math.min(expected, AT_FIRST));
  }

  Out u8(int value) {
    bytes.write(value);
    return this;
  }

  Out u8(int first, int second) {
    bytes.write(first);
    bytes.write(second);
    return this;
  }

  Out u32(long value) {
    long rest = value;
    while (rest >= 0x80) {
      bytes.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    bytes.write((int) rest);
    return this;
  }

  Out signed(long value) {
    long rest = value;
    while (rest < -64 || rest > 63) {
      bytes.write((int) ((rest & 0x7f) | 0x80));
      rest >>= 7;
    }
    bytes.write((int) (rest & 0x7f));
    return this;
  }

  Out raw(byte[] from, int start, int end) {
    bytes.write(from, start, end - start);
    return this;
  }

  Out raw(byte[] from) {
    bytes.write(from, 0, from.length);
    return this;
  }

  /// A section or body: its size, then its bytes.
  Out sized(Out content) {
    u32(content.bytes.size());
    bytes.writeBytes(content.bytes.toByteArray());
    return this;
  }

  Out name(String name) {
    byte[] utf8 = name.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return u32(utf8.length).raw(utf8);
  }

  byte[] toBytes() {
    return bytes.toByteArray();
  }
}
