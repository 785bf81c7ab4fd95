package hooke.scheduler.model;

import java.time.Duration;

/// How fast one core of a node burns fuel, and does what is done beside that.
///
/// A Wasm task is single-threaded: below one core its speed falls in proportion, above one core it
/// does not rise.
///
/// @param worstFuelPerSecond what the node dares to promise; deadlines are judged by it
/// @param typicalFuelPerSecond what it usually sees; prices are made from it, at least the worst
/// @param overhead at the worst, too; usually it is as much less as fuel is faster
public record Speed(long worstFuelPerSecond, long typicalFuelPerSecond, Overhead overhead) {

  private static final long CORE = 1_000;
  private static final long MAX_RATE = 1L << 50;

  /// Of a node that does all but burn fuel in no time.
  public Speed(long worstFuelPerSecond, long typicalFuelPerSecond) {
    this(worstFuelPerSecond, typicalFuelPerSecond, Overhead.NONE);
  }

  public Speed {
    Require.range("worstFuelPerSecond", worstFuelPerSecond, 1, MAX_RATE);
    Require.range("typicalFuelPerSecond", typicalFuelPerSecond, worstFuelPerSecond, MAX_RATE);
  }

  /// CPU millis that a single thread can use of `cpuMillis`.
  public static long usableMillis(long cpuMillis) {
    return Math.min(cpuMillis, CORE);
  }

  /// The longest that a slot's tasks can take, one after the other, with all that is done for them;
  /// saturates at the length of a uint32 of seconds times 1,000.
  public Duration worstRunUp(TaskRequest task) {
    long cpuMillis = task.resources().cpuMillis();
    long rate = Math.max(1, worstFuelPerSecond / task.pace().slowdown());
    double beside =
        overhead.millis(task.tasks(), task.inputBytes(), task.outputBytes())
            + overhead.millis(task.tasks(), task.pace());
    return plus(runUp(task.fuelLimit(), cpuMillis, rate), beside, cpuMillis);
  }

  /// How long they usually take, as far as the order says; saturates likewise.
  public Duration typicalRunUp(TaskRequest task) {
    long cpuMillis = task.resources().cpuMillis();
    return plus(
        runUp(task.fuelLimit(), cpuMillis, typicalFuelPerSecond),
        typicalOverheadMillis(task, task.outputBytes()),
        cpuMillis);
  }

  /// Milliseconds that what is done beside burning fuel usually takes on a whole core, as far as
  /// the order says.
  ///
  /// @param outputBytes that its tasks are expected to leave
  public double typicalOverheadMillis(TaskRequest task, long outputBytes) {
    return overhead.millis(task.tasks(), task.inputBytes(), outputBytes)
        * worstFuelPerSecond
        / typicalFuelPerSecond;
  }

  private static Duration plus(Duration run, double millis, long cpuMillis) {
    double up = Math.ceil(millis * CORE / usableMillis(cpuMillis));
    return Duration.ofMillis((long) Math.min(run.toMillis() + up, LONGEST_MILLIS));
  }

  private static Duration runUp(long fuel, long cpuMillis, long rate) {
    long millis = MulDiv.upSaturated(fuel, CORE * CORE, rate * usableMillis(cpuMillis));
    return Duration.ofMillis(Math.clamp(millis, 1, LONGEST_MILLIS));
  }

  /// Longer than any order can allow, short enough to add to any instant.
  private static final long LONGEST_MILLIS = 0xFFFF_FFFFL * 1_000_000;
}
