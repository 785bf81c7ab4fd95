package hooke.node.task;

import java.io.IOException;
import java.time.Duration;

/// How long a provider's bytes may take to come: who sends a byte now and then is not waited for
/// longer than a slow line would need.
final class Pace {
  /// Whatever the size.
  private static final Duration BASE = Duration.ofSeconds(30);

  /// And a second more for each so many bytes.
  private static final long BYTES_PER_SECOND = 64 << 10;

  private static final Duration EACH = Duration.ofMillis(500);

  private final long deadline;
  private final Duration allowed;

  /// @param items each of which is asked for by itself
  Pace(long bytes, int items) {
    allowed = BASE.plusSeconds(bytes / BYTES_PER_SECOND).plus(EACH.multipliedBy(items));
    deadline = System.nanoTime() + allowed.toNanos();
  }

  /// @throws IOException when the time is over
  void check() throws IOException {
    if (System.nanoTime() - deadline > 0) {
      throw new IOException("it did not come within %d s: too slow".formatted(allowed.toSeconds()));
    }
  }
}
