package hooke.scheduler.model;

import java.time.Duration;

/// What a run takes at the worst beside the fuel that it burns, on a whole core of a node; each 0 s
/// to 1 h.
///
/// @param task for each task: it is handed to a worker, started, and what it gave is kept
/// @param entry for each file and directory of the inputs, once for all tasks and once for each
/// @param inputMib for each MiB of the inputs, once: read, checked and laid out
/// @param outputMib for each MiB that a task may leave: written, packed, hashed and kept
/// @param memoryMib for each MiB that a task's memory starts with
public record Overhead(
    Duration task, Duration entry, Duration inputMib, Duration outputMib, Duration memoryMib) {

  private static final Duration MOST = Duration.ofHours(1);
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double MIB = 1 << 20;

  /// A node that does all but burn fuel in no time.
  public static final Overhead NONE =
      new Overhead(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO);

  public Overhead {
    Require.length("task", task, Duration.ZERO, MOST);
    Require.length("entry", entry, Duration.ZERO, MOST);
    Require.length("inputMib", inputMib, Duration.ZERO, MOST);
    Require.length("outputMib", outputMib, Duration.ZERO, MOST);
    Require.length("memoryMib", memoryMib, Duration.ZERO, MOST);
  }

  /// Milliseconds of all tasks of a slot, as far as an order says.
  ///
  /// @param outputBytes of all its tasks
  double millis(int tasks, long inputBytes, long outputBytes) {
    return (tasks * (double) task.toNanos()
            + inputBytes / MIB * inputMib.toNanos()
            + outputBytes / MIB * outputMib.toNanos())
        / NANOS_PER_MILLI;
  }

  /// Milliseconds more, as far as that is known of its program and inputs.
  double millis(int tasks, Pace pace) {
    double each =
        pace.start().toNanos()
            + pace.memoryBytes() / MIB * memoryMib.toNanos()
            + pace.entries() * (double) entry.toNanos();
    return (tasks * each + pace.entries() * (double) entry.toNanos()) / NANOS_PER_MILLI;
  }
}
