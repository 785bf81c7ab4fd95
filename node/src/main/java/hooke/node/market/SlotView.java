package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.SlotState;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/// One slot of an order as the chain's events tell it.
///
/// @param first index of its first task in the order
/// @param count its tasks; fewer once only a part was delivered
/// @param operatorId operator whose bid was taken; 0 while nobody's was
/// @param nodeId its node; 0 while there is none
/// @param price accepted unit price, token-wei per 1,000,000 fuel
/// @param deadline unix seconds: last to deliver or commit; once delivered, last to refuse; once
///   settled, until when the bond and what is held stay locked
/// @param commitment what the assignee committed to; null outside QUORUM and before it did
/// @param root result root once delivered or revealed
/// @param fuel fuel reported with the root
/// @param paid what the consumer paid for it, `held` included
/// @param held the part that stays locked until receipt or the end of retention
/// @param demand a leaf that the consumer demanded and has not been shown
/// @param attempt how often the slot was assigned: the fencing number of the present assignment
/// @param block block of the latest change
/// @param time unix seconds of that block
public record SlotView(
    int slot,
    int first,
    int count,
    SlotState state,
    int operatorId,
    int nodeId,
    long price,
    long deadline,
    @Nullable Bytes32 commitment,
    @Nullable Bytes32 root,
    long fuel,
    Wei paid,
    Wei held,
    @Nullable Demand demand,
    int attempt,
    long block,
    long time) {

  /// A leaf demanded on chain.
  ///
  /// @param deadline unix seconds by which it must be shown
  public record Demand(BigInteger seed, long deadline) {}

  static SlotView open(int slot, int first, int count, long block, long time) {
    return new SlotView(
        slot,
        first,
        count,
        SlotState.OPEN,
        0,
        0,
        0,
        0,
        null,
        null,
        0,
        Wei.ZERO,
        Wei.ZERO,
        null,
        0,
        block,
        time);
  }

  SlotView to(SlotState next, long block, long time) {
    return new SlotView(
        slot,
        first,
        count,
        next,
        operatorId,
        nodeId,
        price,
        deadline,
        commitment,
        root,
        fuel,
        paid,
        held,
        demand,
        attempt,
        block,
        time);
  }

  SlotView assigned(int operatorId, int nodeId, long price, long deadline, long block, long time) {
    return new SlotView(
        slot,
        first,
        count,
        SlotState.ASSIGNED,
        operatorId,
        nodeId,
        price,
        deadline,
        null,
        null,
        0,
        Wei.ZERO,
        Wei.ZERO,
        null,
        attempt + 1,
        block,
        time);
  }

  /// With only the first of its tasks.
  SlotView parted(int kept, long block, long time) {
    return new SlotView(
        slot,
        first,
        kept,
        state,
        operatorId,
        nodeId,
        price,
        deadline,
        commitment,
        root,
        fuel,
        paid,
        held,
        demand,
        attempt,
        block,
        time);
  }

  SlotView committed(Bytes32 commitment, long block, long time) {
    return new SlotView(
        slot,
        first,
        count,
        SlotState.COMMITTED,
        operatorId,
        nodeId,
        price,
        deadline,
        commitment,
        root,
        fuel,
        paid,
        held,
        demand,
        attempt,
        block,
        time);
  }

  SlotView shown(SlotState next, Bytes32 root, long fuel, long deadline, long block, long time) {
    return new SlotView(
        slot,
        first,
        count,
        next,
        operatorId,
        nodeId,
        price,
        deadline,
        commitment,
        root,
        fuel,
        paid,
        held,
        demand,
        attempt,
        block,
        time);
  }

  SlotView settled(
      Wei paid, Wei held, Bytes32 root, long fuel, long retainUntil, long block, long time) {
    return new SlotView(
        slot,
        first,
        count,
        retainUntil == 0 ? SlotState.RELEASED : SlotState.SETTLED,
        operatorId,
        nodeId,
        price,
        retainUntil,
        commitment,
        root,
        fuel,
        paid,
        held,
        demand,
        attempt,
        block,
        time);
  }

  SlotView released(long block, long time) {
    return new SlotView(
        slot,
        first,
        count,
        SlotState.RELEASED,
        operatorId,
        nodeId,
        price,
        deadline,
        commitment,
        root,
        fuel,
        paid,
        Wei.ZERO,
        null,
        attempt,
        block,
        time);
  }

  SlotView reopened(long block, long time) {
    return new SlotView(
        slot,
        first,
        count,
        SlotState.OPEN,
        0,
        0,
        0,
        0,
        null,
        null,
        0,
        Wei.ZERO,
        Wei.ZERO,
        null,
        attempt,
        block,
        time);
  }

  SlotView demanded(@Nullable Demand next, long block, long time) {
    return new SlotView(
        slot,
        first,
        count,
        state,
        operatorId,
        nodeId,
        price,
        deadline,
        commitment,
        root,
        fuel,
        paid,
        held,
        next,
        attempt,
        block,
        time);
  }

  /// Whether the assignee's bond is still locked.
  public boolean bonded() {
    return switch (state) {
      case ASSIGNED, DELIVERED, COMMITTED, REVEALED, SETTLED -> true;
      case OPEN, RELEASED, REFUSED, OUTVOTED, UNREVEALED, VOID, CLOSED, FORFEITED, DISPROVED ->
          false;
    };
  }
}
