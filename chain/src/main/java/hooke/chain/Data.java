package hooke.chain;

import java.util.Arrays;

/// Immutable bytes of any length: call data, a signature, a return value. (JSON-RPC's own word for
/// it is DATA.)
public final class Data {
  public static final Data EMPTY = new Data(new byte[0]);

  private final byte[] bytes;

  private Data(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Copies `bytes`.
  public static Data of(byte[] bytes) {
    return bytes.length == 0 ? EMPTY : new Data(bytes.clone());
  }

  /// Reads hex digits, with or without `0x`.
  public static Data parse(String text) {
    return new Data(Hex.read("bytes", text));
  }

  /// A copy.
  public byte[] bytes() {
    return bytes.clone();
  }

  public int size() {
    return bytes.length;
  }

  public boolean isEmpty() {
    return bytes.length == 0;
  }

  /// Bytes `from` (inclusive) to `to` (exclusive).
  public Data slice(int from, int to) {
    return new Data(Arrays.copyOfRange(bytes, from, to));
  }

  /// `0x` and every digit, however long.
  public String hex() {
    return Hex.write(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Data that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /// Hex, cut short for logs.
  @Override
  public String toString() {
    return Hex.shorten(hex());
  }
}
