package hooke.scheduler.model;

import java.time.Duration;

/// How a program runs on a node, compared with the node's [Speed].
///
/// @param start the longest time, on a whole core, that a run takes beside what its fuel says: its
///   code is loaded, and is slow until the engine has seen what is worth its effort
/// @param slowdown how many times slower than the node's worst rate it may burn fuel, from 1
public record Pace(Duration start, int slowdown) {
  private static final Duration LONGEST = Duration.ofDays(1);
  private static final int SLOWEST = 1_000;

  /// A small program's, and that of one which is not known yet.
  public static final Pace USUAL = new Pace(Duration.ZERO, 1);

  public Pace {
    Require.length("start", start, Duration.ZERO, LONGEST);
    Require.range("slowdown", slowdown, 1, SLOWEST);
  }
}
