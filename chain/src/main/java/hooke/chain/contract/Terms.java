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
/// @param nonce any number; makes two otherwise equal orders different
/// @param spec blob id of the task's spec
/// @param tasks how many tasks; 1 for now
/// @param cpuMillis thousandths of a core
/// @param startPrice token-wei per 1,000,000 fuel acceptable at once
/// @param maxPrice the same after `rampSeconds`
/// @param fuelLimit most fuel that one slot may burn
/// @param openSeconds bids are taken for this long after the order's block
/// @param runSeconds from bid to delivery or commit
/// @param windowSeconds ATTENDED: time to refuse; QUORUM: time to reveal
/// @param retentionSeconds from settlement: results must be served this long
/// @param minStake least stake of a bidding operator
/// @param allow up to eight operator ids, four bytes each; zero: anyone
/// @param exclusiveKey zero: none; else no second order of this consumer with this key may be live
/// @param quorum equal results needed (1 for ATTENDED)
/// @param slots providers that run the task (1 for ATTENDED)
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

  private static final BigInteger PRICE_UNIT = BigInteger.valueOf(1_000_000);

  /// What `fuel` costs at `price`, rounded up as the law does: `ceil(fuel * price / 1e6)`.
  public static Wei payUp(long fuel, long price) {
    BigInteger product = BigInteger.valueOf(fuel).multiply(BigInteger.valueOf(price));
    return new Wei(product.add(PRICE_UNIT).subtract(BigInteger.ONE).divide(PRICE_UNIT));
  }

  /// The most one slot can cost: what its escrow locks.
  public Wei cap() {
    return payUp(fuelLimit, maxPrice);
  }

  /// What the order locks in the vault: the cap of every slot.
  public Wei escrow() {
    return cap().times(slots);
  }
}
