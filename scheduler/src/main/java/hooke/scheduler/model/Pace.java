package hooke.scheduler.model;

import java.time.Duration;

/// How a task runs on a node, compared with the node's [Speed], as one learns by trying it out.
///
/// @param start the longest time, on a whole core, that each run takes beside what its fuel says:
///   its code is loaded, and is slow until the engine has seen what is worth its effort
/// @param slowdown how many times slower than the node's worst rate it may burn fuel, from 1
/// @param memoryBytes that the program starts with
/// @param entries files and directories of its inputs
public record Pace(Duration start, int slowdown, long memoryBytes, int entries) {
  private static final Duration LONGEST = Duration.ofDays(1);
  private static final int SLOWEST = 1_000;

  /// A small program's, and that of one which is not known yet.
  public static final Pace USUAL = new Pace(Duration.ZERO, 1);

  public Pace(Duration start, int slowdown) {
    this(start, slowdown, 0, 0);
  }

  public Pace {
    Require.length("start", start, Duration.ZERO, LONGEST);
    Require.range("slowdown", slowdown, 1, SLOWEST);
    Require.range("memoryBytes", memoryBytes, 0, Resources.MAX);
    Require.range("entries", entries, 0, Integer.MAX_VALUE);
  }
}
