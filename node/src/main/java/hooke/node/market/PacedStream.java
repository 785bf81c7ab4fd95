package hooke.node.market;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/// What a stranger sends, as long as it comes at a rate that is of use: who sends a byte now and
/// then must not keep one of the few that prepare tasks busy for ever, nor room in the store.
public final class PacedStream extends FilterInputStream {
  /// What comes may be behind its rate by so much.
  static final Duration BASE = Duration.ofSeconds(30);

  /// From another node.
  static final long BYTES_PER_SECOND = 256 << 10;

  /// From a consumer, whose line is often slow on the way up.
  private static final long BYTES_PER_SECOND_UP = 64 << 10;

  private final LongSupplier nanoTime;
  private final long begun;
  private final long size;
  private final long bytesPerSecond;
  private long came;

  /// @param size bytes that are expected
  PacedStream(InputStream in, long size, LongSupplier nanoTime) {
    this(in, size, BYTES_PER_SECOND, nanoTime);
  }

  /// What a consumer uploads.
  public static PacedStream ofUpload(InputStream in, long size, LongSupplier nanoTime) {
    return new PacedStream(in, size, BYTES_PER_SECOND_UP, nanoTime);
  }

  private PacedStream(InputStream in, long size, long bytesPerSecond, LongSupplier nanoTime) {
    super(in);
    this.size = size;
    this.bytesPerSecond = bytesPerSecond;
    this.nanoTime = nanoTime;
    this.begun = nanoTime.getAsLong();
  }

  @Override
  public int read() throws IOException {
    check();
    int read = super.read();
    came += read < 0 ? 0 : 1;
    return read;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    check();
    int read = super.read(to, offset, length);
    came += Math.max(0, read);
    return read;
  }

  /// By what came so far, not by what is expected: a large transfer has no more time to begin.
  private void check() throws IOException {
    Duration taken = Duration.ofNanos(nanoTime.getAsLong() - begun);
    if (taken.compareTo(BASE.plusSeconds(Math.min(came, size) / bytesPerSecond)) > 0) {
      throw new IOException(
          "%d of %d bytes came within %d s: too slow".formatted(came, size, taken.toSeconds()));
    }
  }
}
