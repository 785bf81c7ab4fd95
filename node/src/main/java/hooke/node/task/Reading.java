package hooke.node.task;

import hooke.node.config.Units;
import hooke.node.spec.HostNames;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// Says how far the reading of large files is: a line when one begins, and one every few seconds.
/// Small files are read without a word. Not thread-safe.
public final class Reading {
  /// Bytes of a file that are worth a word.
  public static final long LARGE = 256L << 20;

  private static final Duration EVERY = Duration.ofSeconds(3);

  /// Says nothing.
  static final Reading SILENT = new Reading(line -> {}, () -> 0);

  private final Consumer<String> progress;
  private final LongSupplier nanos;
  private Path file = Path.of("");
  private long said;

  /// @param progress told each line
  /// @param nanos a clock such as [System#nanoTime]
  public Reading(Consumer<String> progress, LongSupplier nanos) {
    this.progress = progress;
    this.nanos = nanos;
  }

  /// Called after each piece of a file.
  void at(String what, Path now, long done, long total) {
    if (total < LARGE) {
      return;
    }
    boolean begins = !now.equals(file);
    if (begins || nanos.getAsLong() - said >= EVERY.toNanos()) {
      file = now;
      said = nanos.getAsLong();
      progress.accept(
          "reading %s %s: %s of %s"
              .formatted(
                  what,
                  HostNames.shown(now),
                  Units.showBytes(begins ? 0 : done),
                  Units.showBytes(total)));
    }
  }
}
