package hooke.node.spec;

import hooke.chain.Bytes32;
import hooke.node.runtime.Outcome;
import hooke.storage.BlobId;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/// What a task's run gave, in the 57 bytes whose hash goes on chain. Big endian, in this order:
/// index u32, outcome u8, exit code u32, fuel u64, archive size u64, archive's BlobId.
///
/// @param index position of the task in its order's slot; 0 for a single task
/// @param exitCode the program's exit code; 0 unless it exited by itself
/// @param fuel fuel burnt
/// @param size bytes of the result archive
/// @param archive BlobId of the result archive
public record ResultLeaf(
    int index, Outcome outcome, int exitCode, long fuel, long size, BlobId archive) {

  /// Bytes of a leaf.
  public static final int BYTES = 4 + 1 + 4 + 8 + 8 + 32;

  public byte[] bytes() {
    return ByteBuffer.allocate(BYTES)
        .putInt(index)
        .put((byte) outcome.code())
        .putInt(exitCode)
        .putLong(fuel)
        .putLong(size)
        .put(archive.bytes())
        .array();
  }

  /// Reads what [#bytes] wrote.
  ///
  /// @throws IllegalArgumentException if the bytes are no leaf
  public static ResultLeaf parse(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException(
          "a result leaf is " + BYTES + " bytes, not " + bytes.length);
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    int index = buffer.getInt();
    int outcome = Byte.toUnsignedInt(buffer.get());
    Outcome ended =
        Arrays.stream(Outcome.values())
            .filter(each -> each.code() == outcome)
            .findAny()
            .orElseThrow(
                () -> new IllegalArgumentException("a result leaf has no outcome " + outcome));
    int exitCode = buffer.getInt();
    long fuel = buffer.getLong();
    long size = buffer.getLong();
    byte[] archive = new byte[32];
    buffer.get(archive);
    return new ResultLeaf(index, ended, exitCode, fuel, size, BlobId.fromBytes(archive));
  }

  /// The root that a single task's result has on chain: `SHA-256(00 || leaf)`, as in RFC 9162.
  public Bytes32 root() {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update((byte) 0);
      return Bytes32.of(sha256.digest(bytes()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
