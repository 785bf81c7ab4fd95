package hooke.node.market;

import hooke.chain.Wei;
import hooke.chain.contract.LeaseSlotState;
import hooke.chain.contract.LeaseTerms;
import hooke.chain.contract.Resize;

/// One slot of a lease order as the chain's events tell it.
///
/// @param operatorId who holds it; 0: nobody
/// @param nodeId its node; 0: none
/// @param price token-wei per second
/// @param paidUntil everything before this unix second is paid
/// @param openedAt open: unix second since which its price rises; else 0
/// @param leaveAt unix second from which on its holder may leave; 0 without notice
/// @param summonedUntil summoned: last unix second to appear; else that of the last summons, or 0
/// @param version rises with each bid, resize and move: the fencing number of who serves
/// @param cpuMillis what its holder serves, as agreed; while nobody holds it, what is wanted
/// @param diskMib of a volume's replica at least so much: what a bid promised no event says
/// @param paid what its present holder was paid for it so far
/// @param block block of the latest change
/// @param time unix seconds of that block
public record LeaseSlotView(
    int slot,
    LeaseSlotState state,
    int operatorId,
    int nodeId,
    long price,
    long paidUntil,
    long openedAt,
    long leaveAt,
    long summonedUntil,
    int version,
    int cpuMillis,
    int memoryMib,
    int diskMib,
    Wei paid,
    long block,
    long time) {

  /// As it is when nobody holds it.
  ///
  /// @param openedAt 0: it takes no bids
  static LeaseSlotView free(
      int slot, LeaseTerms terms, int version, long openedAt, long block, long time) {
    return new LeaseSlotView(
        slot,
        openedAt == 0 ? LeaseSlotState.VACANT : LeaseSlotState.OPEN,
        0,
        0,
        0,
        0,
        openedAt,
        0,
        0,
        version,
        terms.cpuMillis(),
        terms.memoryMib(),
        terms.diskMib(),
        Wei.ZERO,
        block,
        time);
  }

  /// Whether somebody holds it.
  public boolean taken() {
    return state == LeaseSlotState.LEASED || state == LeaseSlotState.SUMMONED;
  }

  LeaseSlotView leased(
      int operatorId, int nodeId, long price, int version, int diskMib, long block, long time) {
    return new LeaseSlotView(
        slot,
        LeaseSlotState.LEASED,
        operatorId,
        nodeId,
        price,
        time,
        0,
        0,
        0,
        version,
        cpuMillis,
        memoryMib,
        diskMib,
        Wei.ZERO,
        block,
        time);
  }

  LeaseSlotView paid(Wei amount, long until, long block, long time) {
    return new LeaseSlotView(
        slot,
        state,
        operatorId,
        nodeId,
        price,
        until,
        openedAt,
        leaveAt,
        summonedUntil,
        version,
        cpuMillis,
        memoryMib,
        diskMib,
        paid.plus(amount),
        block,
        time);
  }

  LeaseSlotView leaving(long leaveAt, long block, long time) {
    return with(state, nodeId, leaveAt, summonedUntil, version, block, time);
  }

  LeaseSlotView summoned(long until, long block, long time) {
    return with(LeaseSlotState.SUMMONED, nodeId, leaveAt, until, version, block, time);
  }

  LeaseSlotView appeared(long block, long time) {
    return with(LeaseSlotState.LEASED, nodeId, leaveAt, summonedUntil, version, block, time);
  }

  LeaseSlotView moved(int nodeId, int version, long block, long time) {
    return with(state, nodeId, leaveAt, summonedUntil, version, block, time);
  }

  private LeaseSlotView with(
      LeaseSlotState state,
      int nodeId,
      long leaveAt,
      long summonedUntil,
      int version,
      long block,
      long time) {
    return new LeaseSlotView(
        slot,
        state,
        operatorId,
        nodeId,
        price,
        paidUntil,
        openedAt,
        leaveAt,
        summonedUntil,
        version,
        cpuMillis,
        memoryMib,
        diskMib,
        paid,
        block,
        time);
  }

  LeaseSlotView resized(Resize to, int version, long block, long time) {
    return new LeaseSlotView(
        slot,
        state,
        operatorId,
        nodeId,
        to.price(),
        paidUntil,
        openedAt,
        leaveAt,
        summonedUntil,
        version,
        to.cpuMillis(),
        to.memoryMib(),
        to.diskMib(),
        paid,
        block,
        time);
  }
}
