package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.Keccak;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Verification;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalLong;

/// What anybody may do for an order and somebody must: report a provider that let its deadline
/// pass, so that the slot opens again, end the challenges that are decided, and close what is over.
/// Operators take turns by rank, or all would pay for the same call.
final class Chores {
  /// Others get this long to report a missed deadline before this node does, times its rank.
  private static final int MISS_PATIENCE_SECONDS = 2;

  /// Who has money in an order that is over has this long to close it, then operators do, each so
  /// much later than the one before.
  private static final int CLOSE_PATIENCE_SECONDS = 60;

  private static final int CLOSE_TURN_SECONDS = 30;

  /// A node closes at most one such order in this time: its gas is nobody's to spend, and money
  /// that waits is not lost.
  private static final int CLOSE_EVERY_SECONDS = 60;

  private final HookeContract law;
  private final MarketState state;
  private final Challenges challenges;
  private final Sends sends;
  private long closedAt;

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

  /// Closes what time has decided of an order and nobody has called.
  void close(OrderView order, Moment moment) {
    if (order.closed()) {
      return;
    }
    OptionalLong due = due(order);
    if (due.isEmpty()
        || moment.time() <= closedAt + CLOSE_EVERY_SECONDS
        || moment.time()
            <= due.getAsLong()
                + CLOSE_PATIENCE_SECONDS
                + (long) CLOSE_TURN_SECONDS * rank(state, order, moment.me().operatorId())) {
      return;
    }
    closedAt = moment.time();
    if (order.slots().stream().anyMatch(slot -> slot.state() == SlotState.OPEN)) {
      sends.send("expire", order, order.slot(0), law.expire(order.terms()), moment);
    } else if (order.terms().mode() == Verification.QUORUM) {
      sends.send("settle", order, order.slot(0), law.settle(order.terms()), moment);
    } else {
      silent(order)
          .ifPresent(slot ->
              sends.send(
                  "settle", order, slot, law.settleSlot(order.terms(), slot.slot()), moment));
    }
  }

  /// Since which second somebody may close something of an order; empty while nobody may, or for
  /// what others see to ([#attend]).
  private static OptionalLong due(OrderView order) {
    if (order.slots().stream().anyMatch(slot -> slot.state() == SlotState.OPEN)) {
      return OptionalLong.of(order.openUntil());
    }
    if (order.terms().mode() == Verification.QUORUM) {
      long commits =
          order.commitsClosedAt() != 0
              ? order.commitsClosedAt()
              : order.openUntil() + order.terms().runSeconds();
      return OptionalLong.of(commits + order.terms().windowSeconds());
    }
    return silent(order).map(slot -> OptionalLong.of(slot.deadline())).orElse(OptionalLong.empty());
  }

  /// The slot whose window ends first of those that nothing is pending of.
  private static Optional<SlotView> silent(OrderView order) {
    return order.slots().stream()
        .filter(slot -> slot.state() == SlotState.DELIVERED && !Challenges.pending(order, slot))
        .min(Comparator.comparingLong(SlotView::deadline));
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
