package hooke.scheduler.model;

import java.util.List;
import java.util.stream.Collectors;

/// One resource of which more is needed than there is.
///
/// @param needed in the resource's unit: cpu millis, bytes, or workers
/// @param free in the same unit; less than `needed`
public record Shortfall(Kind kind, long needed, long free) {

  /// What there is too little of.
  public enum Kind {
    CPU,
    MEMORY,
    DISK,
    /// Processes that run tasks; a task needs one.
    WORKER
  }

  public Shortfall {
    Require.range("free", free, 0, Long.MAX_VALUE);
    Require.range("needed", needed, free + 1, Long.MAX_VALUE);
  }

  /// "needs 8 GiB memory, 3.2 GiB free".
  public String sentence() {
    return switch (kind) {
      case CPU -> "needs %s CPU millis, %s free".formatted(Units.count(needed), Units.count(free));
      case MEMORY ->
          "needs %s memory, %s free".formatted(Units.bytesUp(needed), Units.bytesDown(free));
      case DISK -> "needs %s disk, %s free".formatted(Units.bytesUp(needed), Units.bytesDown(free));
      case WORKER -> "needs a worker, all are busy";
    };
  }

  /// All of them in one sentence.
  public static String sentence(List<Shortfall> shortfalls) {
    return shortfalls.stream().map(Shortfall::sentence).collect(Collectors.joining("; "));
  }
}
