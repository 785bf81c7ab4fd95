package hooke.chain;

import java.util.Arrays;

/// Thirty-two bytes: a hash, an order id, a root. Immutable, ordered bytewise, written as `0x` and
/// 64 lower-case digits.
public final class Bytes32 implements Comparable<Bytes32> {
  public static final int SIZE = 32;

  public static final Bytes32 ZERO = new Bytes32(new byte[SIZE]);

  private final byte[] bytes;

  private Bytes32(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Copies `bytes`, which must be exactly 32.
  public static Bytes32 of(byte[] bytes) {
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException("32 bytes are needed, " + bytes.length + " were given");
    }
    return new Bytes32(bytes.clone());
  }

  /// Reads 64 hex digits, with or without `0x`.
  public static Bytes32 parse(String text) {
    byte[] bytes = Hex.read("a 32-byte value", text);
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException(
          "'%s' is not a 32-byte value: it has %d hex digits, not 64"
              .formatted(Hex.shorten(text), bytes.length * 2));
    }
    return new Bytes32(bytes);
  }

  /// A copy.
  public byte[] bytes() {
    return bytes.clone();
  }

  public Data data() {
    return Data.of(bytes);
  }

  public boolean isZero() {
    return equals(ZERO);
  }

  /// The first `digits` hex digits without `0x`: for people, never for lookups.
  public String prefix(int digits) {
    return toString().substring(2, 2 + digits);
  }

  @Override
  public int compareTo(Bytes32 other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes32 that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return Hex.write(bytes);
  }
}
