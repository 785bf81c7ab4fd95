package hooke.scheduler.model;

/// What running a task costs an operator, and what he adds. Amounts are token-wei.
///
/// @param cpuWeiPerCoreSecond for one whole core
/// @param memoryWeiPerGibSecond for one GiB of memory
/// @param transferWeiPerGib for one GiB fetched or served
/// @param attendedGasWei all transactions of one attended task, converted to the payment token
/// @param quorumGasWei all transactions of one quorum slot, converted likewise
/// @param marginBps profit on top of cost, basis points, 0 to 1,000,000
/// @param placementBps most that bad placement adds, basis points, 0 to 10,000: see the module's
///   README, "Bidding as placement"
/// @param expectedUseBps the part of an order's limits that a run usually uses, 1 to 10,000: of
///   fuel, over which fixed costs are spread, since pay follows the fuel burnt and not the limit;
///   of output, whose transfer is such a cost
public record Tariff(
    long cpuWeiPerCoreSecond,
    long memoryWeiPerGibSecond,
    long transferWeiPerGib,
    long attendedGasWei,
    long quorumGasWei,
    int marginBps,
    int placementBps,
    int expectedUseBps) {

  /// One whole in basis points.
  public static final int BPS = 10_000;

  public Tariff {
    Require.range("cpuWeiPerCoreSecond", cpuWeiPerCoreSecond, 0, Long.MAX_VALUE);
    Require.range("memoryWeiPerGibSecond", memoryWeiPerGibSecond, 0, Long.MAX_VALUE);
    Require.range("transferWeiPerGib", transferWeiPerGib, 0, Long.MAX_VALUE);
    Require.range("attendedGasWei", attendedGasWei, 0, Long.MAX_VALUE);
    Require.range("quorumGasWei", quorumGasWei, 0, Long.MAX_VALUE);
    Require.range("marginBps", marginBps, 0, 100 * BPS);
    Require.range("placementBps", placementBps, 0, BPS);
    Require.range("expectedUseBps", expectedUseBps, 1, BPS);
  }

  /// The gas of one slot under `mode`.
  public long gasWei(Verification mode) {
    return switch (mode) {
      case ATTENDED, OPTIMISTIC -> attendedGasWei;
      case QUORUM -> quorumGasWei;
    };
  }

  /// Fuel that a run under `fuelLimit` is expected to burn; at least 1.
  public long expectedFuelDown(long fuelLimit) {
    return Math.max(1, MulDiv.down(fuelLimit, expectedUseBps, BPS));
  }

  /// Bytes that a run under `outputLimit` is expected to leave.
  public long expectedOutputUp(long outputLimit) {
    return MulDiv.upSaturated(outputLimit, expectedUseBps, BPS);
  }
}
