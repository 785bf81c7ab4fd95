package hooke.chain.eip712;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Keccak;
import hooke.chain.Wei;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/// `encodeData` of EIP-712: every member becomes 32 bytes.
final class Struct {
  private Struct() {}

  static Bytes32 type(String type) {
    return Keccak.hash(type.getBytes(StandardCharsets.UTF_8));
  }

  static Bytes32 hash(Bytes32 type, Bytes32... members) {
    byte[][] parts = new byte[members.length + 1][];
    parts[0] = type.bytes();
    for (int i = 0; i < members.length; i++) {
      parts[i + 1] = members[i].bytes();
    }
    return Keccak.hash(parts);
  }

  static Bytes32 text(String text) {
    return Keccak.hash(text.getBytes(StandardCharsets.UTF_8));
  }

  static Bytes32 number(long number) {
    if (number < 0) {
      throw new IllegalArgumentException("an unsigned number cannot be " + number);
    }
    return number(BigInteger.valueOf(number));
  }

  static Bytes32 number(Wei amount) {
    return number(amount.value());
  }

  static Bytes32 address(Address address) {
    return number(new BigInteger(1, address.bytes()));
  }

  private static Bytes32 number(BigInteger number) {
    byte[] word = new byte[Bytes32.SIZE];
    byte[] bytes = number.toByteArray();
    int length = Math.min(bytes.length, word.length);
    System.arraycopy(bytes, bytes.length - length, word, word.length - length, length);
    return Bytes32.of(word);
  }
}
