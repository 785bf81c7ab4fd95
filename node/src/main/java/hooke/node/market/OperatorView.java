package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Wei;

/// A registered seller as the chain's events tell it. The counters of fees are advice: dealing with
/// oneself is cheap.
///
/// @param stake what it has at stake, bonded parts included, parts on their way out not
/// @param unbonding what is on its way out
/// @param unbondAt unix seconds from which that may be withdrawn
/// @param taskBonds part of the stake that is locked for assignments
/// @param leaseBonds part of the stake that is locked for slots of leases, volumes' among them
/// @param keptFees pay of assignments it kept, once nothing of it is held any more
/// @param leaseFees pay of leases, volumes among them, as far as it was claimed
/// @param brokenFees bonds it lost, of assignments and leases
/// @param refusedFees pay that consumers burned by refusing what it delivered
/// @param registeredBlock block of its registration
public record OperatorView(
    int id,
    Address account,
    Wei stake,
    Wei unbonding,
    long unbondAt,
    Wei taskBonds,
    Wei leaseBonds,
    Wei keptFees,
    Wei leaseFees,
    Wei brokenFees,
    Wei refusedFees,
    long registeredBlock,
    long registeredAt) {

  static OperatorView registered(int id, Address account, long block, long time) {
    return new OperatorView(
        id, account, Wei.ZERO, Wei.ZERO, 0, Wei.ZERO, Wei.ZERO, Wei.ZERO, Wei.ZERO, Wei.ZERO,
        Wei.ZERO, block, time);
  }

  OperatorView withStake(Wei stake, Wei unbonding, long unbondAt) {
    return new OperatorView(
        id,
        account,
        stake,
        unbonding,
        unbondAt,
        taskBonds,
        leaseBonds,
        keptFees,
        leaseFees,
        brokenFees,
        refusedFees,
        registeredBlock,
        registeredAt);
  }

  OperatorView withTaskBonds(Wei bonds) {
    return withBonds(bonds, leaseBonds);
  }

  OperatorView withLeaseBonds(Wei bonds) {
    return withBonds(taskBonds, bonds);
  }

  private OperatorView withBonds(Wei tasks, Wei leases) {
    return new OperatorView(
        id,
        account,
        stake,
        unbonding,
        unbondAt,
        tasks,
        leases,
        keptFees,
        leaseFees,
        brokenFees,
        refusedFees,
        registeredBlock,
        registeredAt);
  }

  /// Loses so much of its stake; what is bonded is another matter.
  OperatorView broke(Wei bond) {
    return withStake(less(stake, bond), unbonding, unbondAt)
        .withFees(keptFees, leaseFees, brokenFees.plus(bond), refusedFees);
  }

  OperatorView kept(Wei pay) {
    return withFees(keptFees.plus(pay), leaseFees, brokenFees, refusedFees);
  }

  OperatorView leased(Wei pay) {
    return withFees(keptFees, leaseFees.plus(pay), brokenFees, refusedFees);
  }

  OperatorView refused(Wei pay) {
    return withFees(keptFees, leaseFees, brokenFees, refusedFees.plus(pay));
  }

  private OperatorView withFees(Wei kept, Wei leases, Wei broken, Wei refused) {
    return new OperatorView(
        id,
        account,
        stake,
        unbonding,
        unbondAt,
        taskBonds,
        leaseBonds,
        kept,
        leases,
        broken,
        refused,
        registeredBlock,
        registeredAt);
  }

  /// Part of the stake that is locked.
  public Wei bonded() {
    return taskBonds.plus(leaseBonds);
  }

  /// Stake that a new bond can be taken from.
  public Wei freeStake() {
    return less(stake, bonded());
  }

  /// The difference; zero where there would be none.
  static Wei less(Wei amount, Wei other) {
    return amount.minus(other.min(amount));
  }
}
