package hooke.scheduler.bidding;

import hooke.scheduler.model.MulDiv;
import hooke.scheduler.model.Require;
import hooke.scheduler.model.Resources;
import hooke.scheduler.model.Speed;
import hooke.scheduler.model.Tariff;
import hooke.scheduler.model.TaskRequest;
import java.math.BigInteger;

/// The least unit price at which a node runs a task: token-wei per 1,000,000 fuel, rounded up.
///
/// ```text
/// per second = cpu wei * cores + memory wei * GiB
/// transfer   = transfer wei * (input + expected output) GiB
/// beside     = per second * seconds that are usually spent beside burning fuel
/// per fuel   = per second / typical fuel per second + (gas + transfer + beside) / expected fuel
/// floor      = 1,000,000 * per fuel * (1 + margin + placement * growth)
/// ```
///
/// An order states limits, and pay follows what is used: so both, fuel and output, are counted at
/// the part of their limits that a run is expected to use. The input is known and counted whole.
///
/// All of it is one exact fraction, and only its last step rounds. `growth` is by how much the task
/// worsens the balance of the node's free CPU and memory, 0 to 1: see the module's README.
///
/// @param cost without margin and placement
/// @param least with the margin, without placement
/// @param floor with both
public record PriceFloor(BigInteger cost, BigInteger least, BigInteger floor) {

  private static final int PPM = 1_000_000;
  private static final BigInteger GIB = BigInteger.valueOf(1L << 30);

  /// Microseconds of a second, and the unit of what a second costs.
  private static final BigInteger PER_SECOND_UNIT = BigInteger.valueOf(1_000L * PPM);

  /// The floor for `task`.
  ///
  /// @param growthPpm 0 to 1,000,000, see [#growthPpm]
  public static PriceFloor of(TaskRequest task, Tariff tariff, Speed speed, long growthPpm) {
    Require.range("growthPpm", growthPpm, 0, PPM);
    Resources needs = task.resources();
    // wei per second, in units of 1 / (1,000 * 2^30)
    BigInteger perSecond =
        times(tariff.cpuWeiPerCoreSecond(), needs.cpuMillis())
            .multiply(GIB)
            .add(
                times(tariff.memoryWeiPerGibSecond(), needs.memoryBytes())
                    .multiply(BigInteger.valueOf(1_000)));
    // fuel per second, in units of 1 / 1,000
    BigInteger rate = times(speed.typicalFuelPerSecond(), Speed.usableMillis(needs.cpuMillis()));
    // wei per run, in units of 1 / 2^30
    BigInteger perRun =
        BigInteger.valueOf(tariff.gasWei(task.mode()))
            .multiply(GIB)
            .add(
                times(tariff.transferWeiPerGib(), task.inputBytes())
                    .add(
                        times(
                            tariff.transferWeiPerGib(),
                            tariff.expectedOutputUp(task.outputBytes()))));
    BigInteger fuel = BigInteger.valueOf(tariff.expectedFuelDown(task.fuelLimit()));

    // microseconds per run, on the part of a core that it may use
    long beside =
        (long)
            Math.ceil(
                speed.typicalOverheadMillis(task, tariff.expectedOutputUp(task.outputBytes()))
                    * PPM
                    / Speed.usableMillis(needs.cpuMillis()));

    BigInteger numerator =
        perSecond
            .multiply(fuel)
            .add(perRun.multiply(rate))
            .multiply(PER_SECOND_UNIT)
            .add(perSecond.multiply(BigInteger.valueOf(beside)).multiply(rate))
            .multiply(BigInteger.valueOf(TaskRequest.FUEL_UNIT));
    BigInteger denominator = GIB.multiply(rate).multiply(fuel).multiply(PER_SECOND_UNIT);
    long one = (long) Tariff.BPS * PPM;
    long margin = (long) tariff.marginBps() * PPM;
    long placement = tariff.placementBps() * growthPpm;
    return new PriceFloor(
        MulDiv.ceilDiv(numerator, denominator),
        scaledUp(numerator, denominator, one + margin, one),
        scaledUp(numerator, denominator, one + margin + placement, one));
  }

  /// By how much taking `needs` from `free` worsens the imbalance of CPU and memory, in parts per
  /// million of the node; zero if it does not.
  ///
  /// The imbalance is the difference between the free share of CPU and the free share of memory:
  /// that part of the one cannot be sold once the other has run out. Disk is left out: it is rarely
  /// what runs out first.
  public static long growthPpm(Resources needs, Resources free, Resources total) {
    long before = imbalancePpm(free.cpuMillis(), free.memoryBytes(), total);
    long after =
        imbalancePpm(
            Math.max(0, free.cpuMillis() - needs.cpuMillis()),
            Math.max(0, free.memoryBytes() - needs.memoryBytes()),
            total);
    return Math.max(0, after - before);
  }

  private static long imbalancePpm(long cpu, long memory, Resources total) {
    return Math.abs(sharePpm(cpu, total.cpuMillis()) - sharePpm(memory, total.memoryBytes()));
  }

  private static long sharePpm(long part, long whole) {
    return whole == 0 ? 0 : MulDiv.down(part, PPM, whole);
  }

  private static BigInteger scaledUp(
      BigInteger numerator, BigInteger denominator, long by, long over) {
    return MulDiv.ceilDiv(
        numerator.multiply(BigInteger.valueOf(by)), denominator.multiply(BigInteger.valueOf(over)));
  }

  private static BigInteger times(long a, long b) {
    return BigInteger.valueOf(a).multiply(BigInteger.valueOf(b));
  }
}
