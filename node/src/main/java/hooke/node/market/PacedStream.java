package hooke.node.market;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/// What a stranger sends, as long as it comes at a rate that is of use: who sends a byte now and
/// then must not keep one of the few that prepare tasks busy for ever, nor room in the store.
public final class PacedStream extends FilterInputStream {
  /// Whatever the size, a transfer may take this long.
  static final Duration BASE = Duration.ofSeconds(30);

  /// And a second more for each so many bytes, from another node.
  static final long BYTES_PER_SECOND = 256 << 10;

  /// The same from a consumer, whose line is often slow on the way up.
  private static final long BYTES_PER_SECOND_UP = 64 << 10;

  private final LongSupplier nanoTime;
  private final long deadline;
  private final Duration allowed;

  /// @param size bytes that are expected
  PacedStream(InputStream in, long size, LongSupplier nanoTime) {
    this(in, BASE.plusSeconds(size / BYTES_PER_SECOND), nanoTime);
  }

  /// What a consumer uploads.
  public static PacedStream ofUpload(InputStream in, long size, LongSupplier nanoTime) {
    return new PacedStream(in, BASE.plusSeconds(size / BYTES_PER_SECOND_UP), nanoTime);
  }

  private PacedStream(InputStream in, Duration allowed, LongSupplier nanoTime) {
    super(in);
    this.nanoTime = nanoTime;
    this.allowed = allowed;
    this.deadline = nanoTime.getAsLong() + allowed.toNanos();
  }

  @Override
  public int read() throws IOException {
    check();
    return super.read();
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    check();
    return super.read(to, offset, length);
  }

  private void check() throws IOException {
    if (nanoTime.getAsLong() - deadline > 0) {
      throw new IOException("it did not come within " + allowed.toSeconds() + " s: too slow");
    }
  }
}
