package hooke.scheduler.model;

import java.time.Duration;

/// What an operator does not want to exceed.
///
/// @param maxRun the longest run at the worst rate
/// @param maxInputBytes the largest input
/// @param maxBondShareBps the largest part of the stake that one bond may lock, basis points, 1 to
///   10,000
/// @param consumerShareBps the largest part of the stake, basis points, that may be lost by the
///   slots of one consumer: bonds of bids and of slots that are not settled, and what broke within
///   the last hour
/// @param programShareBps the same by the slots that run one program
/// @param hourShareBps the same by all slots
/// @param maxWaiting reservations that may wait for a worker, bids included; 1 to 1,000. More keep
///   the workers busy across blocks; fewer leave work to nodes that could start it sooner
/// @param maxBidsPerPlan bids made in one go, 1 to 1,000
public record Limits(
    Duration maxRun,
    long maxInputBytes,
    int maxBondShareBps,
    int consumerShareBps,
    int programShareBps,
    int hourShareBps,
    int maxWaiting,
    int maxBidsPerPlan) {

  private static final int MOST = 1_000;

  public Limits {
    Require.length("maxRun", maxRun, Duration.ofSeconds(1), Duration.ofDays(3_650));
    Require.range("maxInputBytes", maxInputBytes, 0, Resources.MAX);
    Require.range("maxBondShareBps", maxBondShareBps, 1, Tariff.BPS);
    Require.range("consumerShareBps", consumerShareBps, 1, Tariff.BPS);
    Require.range("programShareBps", programShareBps, 1, Tariff.BPS);
    Require.range("hourShareBps", hourShareBps, 1, Tariff.BPS);
    Require.range("maxWaiting", maxWaiting, 1, MOST);
    Require.range("maxBidsPerPlan", maxBidsPerPlan, 1, MOST);
  }
}
