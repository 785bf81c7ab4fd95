package hooke.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;

/// Name of a blob by its content: the RFC 9162 Merkle tree hash over its bytes cut into leaves of
/// 1,024 bytes.
///
/// The empty blob's id is SHA-256 of nothing. Text form: 64 lower-case hex digits.
///
/// The 32 bytes stand in four words, so that an id is a plain value: immutable, comparable, a good
/// map key.
public record BlobId(long word0, long word1, long word2, long word3) implements Comparable<BlobId> {
  /// Length in bytes.
  public static final int SIZE = 32;

  private static final HexFormat HEX = HexFormat.of();

  /// The id of these bytes.
  public static BlobId of(byte[] content) {
    BlobHasher hasher = new BlobHasher();
    hasher.update(content, 0, content.length);
    return hasher.finish();
  }

  /// The id of everything this stream has left. Reads it to the end and does not close it.
  public static BlobId of(InputStream content) throws IOException {
    BlobHasher hasher = new BlobHasher();
    byte[] buffer = new byte[BlobHasher.CHUNK_SIZE];
    for (int n; (n = content.read(buffer)) >= 0; ) {
      hasher.update(buffer, 0, n);
    }
    return hasher.finish();
  }

  /// The id with these 32 bytes.
  ///
  /// @throws IllegalArgumentException when there are not exactly 32
  public static BlobId fromBytes(byte[] bytes) {
    if (bytes.length != SIZE) {
      throw new IllegalArgumentException("A blob id has 32 bytes, not " + bytes.length);
    }
    ByteBuffer words = ByteBuffer.wrap(bytes);
    return new BlobId(words.getLong(), words.getLong(), words.getLong(), words.getLong());
  }

  /// The id written as 64 hex digits of either case, or empty when the text is anything else.
  public static Optional<BlobId> parse(String text) {
    if (text.length() != 2 * SIZE || !text.chars().allMatch(HexFormat::isHexDigit)) {
      return Optional.empty();
    }
    return Optional.of(fromBytes(HEX.parseHex(text)));
  }

  /// The 32 bytes, a fresh copy.
  public byte[] bytes() {
    return ByteBuffer.allocate(SIZE)
        .putLong(word0)
        .putLong(word1)
        .putLong(word2)
        .putLong(word3)
        .array();
  }

  /// The first 12 digits: enough to tell blobs apart on a screen, never to look one up.
  public String prefix() {
    return toString().substring(0, 12);
  }

  /// Order of the bytes, unsigned: the order of the text form and of the keys on disk.
  @Override
  public int compareTo(BlobId other) {
    int c = Long.compareUnsigned(word0, other.word0);
    c = c != 0 ? c : Long.compareUnsigned(word1, other.word1);
    c = c != 0 ? c : Long.compareUnsigned(word2, other.word2);
    return c != 0 ? c : Long.compareUnsigned(word3, other.word3);
  }

  /// 64 lower-case hex digits.
  @Override
  public String toString() {
    return HEX.formatHex(bytes());
  }
}
