package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import java.math.BigInteger;

/// What a consumer orders, exactly as the law hashes it. The terms travel with every call about the
/// order; the chain keeps only their hash, the order id ([Hooke#idOf]).
///
/// Numbers above 2^31-1 (for `int`) or 2^63-1 (for `long`) exist in Solidity but not here: an order
/// that has one is reported as [LawEvent.Unreadable] and nobody on this side serves it.
///
/// @param nonce any 64 bits, an unsigned number to the law; makes two otherwise equal orders
///   different
/// @param spec blob id of the task's spec
/// @param tasks how many tasks; ATTENDED and OPTIMISTIC cut them into `slots` ranges, in QUORUM
///   every slot runs all
/// @param cpuMillis thousandths of a core
/// @param startPrice token-wei per 1,000,000 fuel acceptable at once
/// @param maxPrice the same after `rampSeconds`
/// @param fuelLimit most fuel that one task may burn
/// @param openSeconds bids are taken for this long after the order's block
/// @param runSeconds from bid to delivery or commit
/// @param windowSeconds ATTENDED: time to refuse; OPTIMISTIC: time to challenge, and to publish a
///   challenged leaf; QUORUM: time to reveal
/// @param retentionSeconds from settlement: results must be served this long
/// @param minStake least stake of a bidding operator
/// @param allow up to eight operator ids, four bytes each; zero: anyone
/// @param exclusiveKey zero: none; else no second order of this consumer with this key may be live
/// @param quorum equal results needed (QUORUM only, else 1)
/// @param slots QUORUM: providers that run the tasks; else: ranges of tasks, each for one provider
/// @param originA node id that holds the order's blobs
/// @param originB another one, of another operator
public record Terms(
    Address consumer,
    long nonce,
    Bytes32 spec,
    int tasks,
    int cpuMillis,
    int memoryMib,
    int diskMib,
    long startPrice,
    long maxPrice,
    int rampSeconds,
    long fuelLimit,
    int openSeconds,
    int runSeconds,
    int windowSeconds,
    int retentionSeconds,
    Wei minStake,
    Bytes32 allow,
    Bytes32 exclusiveKey,
    Verification mode,
    int quorum,
    int slots,
    int originA,
    int originB) {

  /// Runs that a jury asks for.
  public static final int JURY_SLOTS = 3;

  private static final int CHALLENGE_SHARE = 8;

  private static final BigInteger PRICE_UNIT = BigInteger.valueOf(1_000_000);

  /// What `fuel` costs at `price`, rounded up as the law does: `ceil(fuel * price / 1e6)`.
  public static Wei payUp(long fuel, long price) {
    BigInteger product = BigInteger.valueOf(fuel).multiply(BigInteger.valueOf(price));
    return new Wei(product.add(PRICE_UNIT).subtract(BigInteger.ONE).divide(PRICE_UNIT));
  }

  /// The most one task can cost: its escrow.
  public Wei cap() {
    return payUp(fuelLimit, maxPrice);
  }

  /// What the order locks in the vault: the cap of every task, in QUORUM for every slot.
  public Wei escrow() {
    Wei once = cap().times(tasks);
    return mode == Verification.QUORUM ? once.times(slots) : once;
  }

  /// Index of the first task of a slot, as the terms cut them; `firstOf(slots)` is where the last
  /// one ends. A slot that was delivered in part keeps less: ask [HookeContract#rangeOf].
  public int firstOf(int slot) {
    return mode == Verification.QUORUM ? 0 : (int) ((long) slot * tasks / slots);
  }

  /// How many tasks a slot runs, as the terms cut them.
  public int countOf(int slot) {
    return mode == Verification.QUORUM ? tasks : firstOf(slot + 1) - firstOf(slot);
  }

  /// The bond of a slot of `count` tasks: their caps, in OPTIMISTIC also twice what a jury may
  /// cost.
  public Wei bond(int count) {
    return cap().times(mode == Verification.OPTIMISTIC ? count + 2L * JURY_SLOTS : count);
  }

  /// What a challenge of one task bonds: twice what a jury may cost, and a cap for each eight tasks
  /// of the largest slot, which it puts at stake.
  public Wei challengeBond() {
    int largest = (tasks + slots - 1) / slots;
    return cap().times(2L * JURY_SLOTS + largest / CHALLENGE_SHARE);
  }
}
