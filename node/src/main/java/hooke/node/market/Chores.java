package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.Keccak;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.SlotState;
import java.nio.ByteBuffer;

/// What anybody may do for an order and somebody must: report a provider that let its deadline
/// pass, so that the slot opens again, and end the challenges that are decided. Operators take
/// turns by rank, or all would pay for the same call.
final class Chores {
  /// Others get this long to report a missed deadline before this node does, times its rank.
  private static final int MISS_PATIENCE_SECONDS = 2;

  private final HookeContract law;
  private final MarketState state;
  private final Challenges challenges;
  private final Sends sends;

  Chores(HookeContract law, MarketState state, Challenges challenges, Sends sends) {
    this.challenges = challenges;
    this.law = law;
    this.state = state;
    this.sends = sends;
  }

  /// @param slot one that another node has
  void attend(OrderView order, SlotView slot, Moment moment) {
    reportMiss(order, slot, moment);
    challenges.attend(order, slot, moment);
  }

  private void reportMiss(OrderView order, SlotView slot, Moment moment) {
    if (slot.state() == SlotState.ASSIGNED && moment.time() > slot.deadline()) {
      long turn = (long) MISS_PATIENCE_SECONDS * rank(state, order, moment.me().operatorId());
      if (moment.time() > slot.deadline() + turn) {
        sends.send("miss", order, slot, law.miss(order.terms(), slot.slot()), moment);
      }
    }
  }

  /// Place of an operator among those that may serve the order, from 0, by a hash that differs from
  /// order to order: who does the common chores first, and which quorum slot it tries first.
  static int rank(MarketState state, OrderView order, int operatorId) {
    Bytes32 mine = hash(order.id(), operatorId);
    return (int)
        state.operators().stream()
            .filter(o -> o.registeredBlock() < order.block() && !o.stake().isZero())
            .filter(o -> hash(order.id(), o.id()).compareTo(mine) < 0)
            .count();
  }

  private static Bytes32 hash(Bytes32 order, int operatorId) {
    return Keccak.hash(
        ByteBuffer.allocate(Bytes32.SIZE + 4).put(order.bytes()).putInt(operatorId).array());
  }
}
