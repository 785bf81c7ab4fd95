package hooke.chain;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/// An account or a contract on the chain: 20 bytes, written with the EIP-55 checksum.
public final class Address implements Comparable<Address> {
  public static final int SIZE = 20;

  public static final Address ZERO = new Address(new byte[SIZE]);

  private final byte[] bytes;

  private Address(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Copies `bytes`, which must be exactly 20.
  public static Address of(byte[] bytes) {
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException("20 bytes are needed, " + bytes.length + " were given");
    }
    return new Address(bytes.clone());
  }

  /// Reads 40 hex digits, with or without `0x`. Mixed case is taken as an EIP-55 checksum and must
  /// be right: a mistyped address is money lost.
  public static Address parse(String text) {
    byte[] bytes = Hex.read("an address", text);
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException(
          "'%s' is not an address: it has %d hex digits, not 40"
              .formatted(Hex.shorten(text), bytes.length * 2));
    }
    Address address = new Address(bytes);
    String digits = text.startsWith("0x") || text.startsWith("0X") ? text.substring(2) : text;
    boolean mixed =
        !digits.equals(digits.toLowerCase(Locale.ROOT))
            && !digits.equals(digits.toUpperCase(Locale.ROOT));
    if (mixed && !address.toString().substring(2).equals(digits)) {
      throw new IllegalArgumentException(
          "'%s' has a wrong checksum: a digit or a letter's case is mistyped".formatted(text));
    }
    return address;
  }

  /// A copy.
  public byte[] bytes() {
    return bytes.clone();
  }

  public boolean isZero() {
    return equals(ZERO);
  }

  @Override
  public int compareTo(Address other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Address that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    String digits = Hex.write(bytes).substring(2);
    byte[] hash = Keccak.hash(digits.getBytes(StandardCharsets.US_ASCII)).bytes();
    StringBuilder text = new StringBuilder("0x");
    for (int i = 0; i < digits.length(); i++) {
      int nibble = (hash[i / 2] >> (i % 2 == 0 ? 4 : 0)) & 0xf;
      char digit = digits.charAt(i);
      text.append(nibble >= 8 ? Character.toUpperCase(digit) : digit);
    }
    return text.toString();
  }
}
