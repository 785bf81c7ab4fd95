package hooke.scheduler.model;

import java.time.Duration;

/// How fast one core of a node burns fuel.
///
/// A Wasm task is single-threaded: below one core its speed falls in proportion, above one core it
/// does not rise.
///
/// @param worstFuelPerSecond what the node dares to promise; deadlines are judged by it
/// @param typicalFuelPerSecond what it usually sees; prices are made from it, at least the worst
public record Speed(long worstFuelPerSecond, long typicalFuelPerSecond) {

  private static final long CORE = 1_000;
  private static final long MAX_RATE = 1L << 50;

  public Speed {
    Require.range("worstFuelPerSecond", worstFuelPerSecond, 1, MAX_RATE);
    Require.range("typicalFuelPerSecond", typicalFuelPerSecond, worstFuelPerSecond, MAX_RATE);
  }

  /// CPU millis that a single thread can use of `cpuMillis`.
  public static long usableMillis(long cpuMillis) {
    return Math.min(cpuMillis, CORE);
  }

  /// The longest a run can take; saturates at the length of a uint32 of seconds times 1,000.
  public Duration worstRunUp(long fuel, long cpuMillis, Pace pace) {
    long rate = Math.max(1, worstFuelPerSecond / pace.slowdown());
    long start = MulDiv.upSaturated(pace.start().toMillis(), CORE, usableMillis(cpuMillis));
    return runUp(fuel, cpuMillis, rate).plusMillis(start);
  }

  /// How long a run usually takes; saturates likewise.
  public Duration typicalRunUp(long fuel, long cpuMillis) {
    return runUp(fuel, cpuMillis, typicalFuelPerSecond);
  }

  private static Duration runUp(long fuel, long cpuMillis, long rate) {
    long millis = MulDiv.upSaturated(fuel, CORE * CORE, rate * usableMillis(cpuMillis));
    return Duration.ofMillis(Math.clamp(millis, 1, LONGEST_MILLIS));
  }

  /// Longer than any order can allow, short enough to add to any instant.
  private static final long LONGEST_MILLIS = 0xFFFF_FFFFL * 1_000_000;
}
