package hooke.chain;

/// A recoverable secp256k1 signature, `s` in the lower half.
///
/// @param v 27 or 28
public record Signature(Bytes32 r, Bytes32 s, int v) {
  public static final int SIZE = 65;

  public Signature {
    if (v != 27 && v != 28) {
      throw new IllegalArgumentException("v must be 27 or 28, not " + v);
    }
  }

  /// Reads `r || s || v`.
  public static Signature of(Data data) {
    if (data.size() != SIZE) {
      throw new IllegalArgumentException(
          "a signature has 65 bytes, " + data.size() + " were given");
    }
    byte[] bytes = data.bytes();
    int v = bytes[64] & 0xff;
    return new Signature(
        Bytes32.of(data.slice(0, 32).bytes()),
        Bytes32.of(data.slice(32, 64).bytes()),
        v < 27 ? v + 27 : v);
  }

  /// `r || s || v`, as the contracts take it.
  public Data data() {
    byte[] bytes = new byte[SIZE];
    System.arraycopy(r.bytes(), 0, bytes, 0, 32);
    System.arraycopy(s.bytes(), 0, bytes, 32, 32);
    bytes[64] = (byte) v;
    return Data.of(bytes);
  }

  /// 64 bytes, `r || s` with `v`'s parity in the highest bit, which `s` leaves free (ERC-2098): as
  /// the law takes many signatures at once.
  public Data compact() {
    byte[] bytes = new byte[2 * Bytes32.SIZE];
    System.arraycopy(r.bytes(), 0, bytes, 0, Bytes32.SIZE);
    System.arraycopy(s.bytes(), 0, bytes, Bytes32.SIZE, Bytes32.SIZE);
    bytes[Bytes32.SIZE] |= (byte) ((v - 27) << 7);
    return Data.of(bytes);
  }
}
