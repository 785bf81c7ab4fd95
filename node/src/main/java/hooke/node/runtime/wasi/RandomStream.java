package hooke.node.runtime.wasi;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/// Where a program's random numbers come from. One thread.
public sealed interface RandomStream {
  /// The next `length` bytes.
  void fill(byte[] to, int length);

  /// Bytes that look random and depend on the seed alone: SHA-256(seed || counter, 8 bytes big
  /// endian), one block after the other.
  static RandomStream ofSeed(byte[] seed) {
    return new Seeded(seed);
  }

  /// The host's secure generator.
  static RandomStream ofHost() {
    return new Host();
  }

  /// See [#ofSeed(byte[])].
  final class Seeded implements RandomStream {
    private final MessageDigest sha256;
    private final byte[] seed;
    private byte[] block = new byte[0];
    private int used;
    private long counter;

    private Seeded(byte[] seed) {
      this.seed = seed.clone();
      try {
        sha256 = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError("every JDK has SHA-256", e);
      }
    }

    @Override
    public void fill(byte[] to, int length) {
      for (int i = 0; i < length; i++) {
        if (used == block.length) {
          sha256.update(seed);
          for (int shift = 56; shift >= 0; shift -= 8) {
            sha256.update((byte) (counter >>> shift));
          }
          counter++;
          block = sha256.digest();
          used = 0;
        }
        to[i] = block[used++];
      }
    }
  }

  /// See [#ofHost()].
  final class Host implements RandomStream {
    private final SecureRandom secure = new SecureRandom();

    private Host() {}

    @Override
    public void fill(byte[] to, int length) {
      byte[] bytes = new byte[length];
      secure.nextBytes(bytes);
      System.arraycopy(bytes, 0, to, 0, length);
    }
  }
}
