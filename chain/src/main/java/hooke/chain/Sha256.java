package hooke.chain;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// SHA-256, with which the law hashes content: results, snapshots and the trees over them.
public final class Sha256 {
  private Sha256() {}

  /// The hash of the parts, one after the other.
  public static Bytes32 hash(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update(part);
      }
      return Bytes32.of(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
