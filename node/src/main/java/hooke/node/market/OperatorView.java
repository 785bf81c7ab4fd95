package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Wei;

/// A registered seller as the chain's events tell it.
///
/// @param stake what it has at stake, bonded parts included, parts on their way out not
/// @param unbonding what is on its way out
/// @param unbondAt unix seconds from which that may be withdrawn
/// @param bonded part of the stake that is locked for assignments
/// @param keptFees fees of assignments it kept
/// @param brokenFees caps of assignments it broke
/// @param registeredBlock block of its registration
public record OperatorView(
    int id,
    Address account,
    Wei stake,
    Wei unbonding,
    long unbondAt,
    Wei bonded,
    Wei keptFees,
    Wei brokenFees,
    long registeredBlock,
    long registeredAt) {

  OperatorView withStake(Wei stake, Wei unbonding, long unbondAt) {
    return new OperatorView(
        id,
        account,
        stake,
        unbonding,
        unbondAt,
        bonded,
        keptFees,
        brokenFees,
        registeredBlock,
        registeredAt);
  }

  OperatorView withWork(Wei stake, Wei bonded, Wei kept, Wei broken) {
    return new OperatorView(
        id,
        account,
        stake,
        unbonding,
        unbondAt,
        bonded,
        kept,
        broken,
        registeredBlock,
        registeredAt);
  }

  /// Stake that a new bond can be taken from.
  public Wei freeStake() {
    return stake.compareTo(bonded) > 0 ? stake.minus(bonded) : Wei.ZERO;
  }
}
