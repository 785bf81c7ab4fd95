package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.CloseReason;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Terms;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// One order as the chain's events tell it.
///
/// @param block block of the order
/// @param createdAt unix seconds of that block
/// @param slots one entry a slot, by number
/// @param closed whether its last slot has ended, apart from pay that is held back
/// @param commitsClosedAt unix seconds when the law said that no more commits are taken; 0 while it
///   has not
/// @param closeReason why it closed; null while it has not
/// @param refund what went back to the consumer when it closed
/// @param challenges of its tasks, by index (OPTIMISTIC)
/// @param changedAt unix seconds of the latest change
public record OrderView(
    Bytes32 id,
    Terms terms,
    long block,
    long createdAt,
    List<SlotView> slots,
    boolean closed,
    long commitsClosedAt,
    @Nullable CloseReason closeReason,
    Wei refund,
    Map<Integer, ChallengeView> challenges,
    long changedBlock,
    long changedAt) {

  public OrderView {
    slots = List.copyOf(slots);
    challenges = Map.copyOf(challenges);
  }

  OrderView with(SlotView slot) {
    SlotView[] next = slots.toArray(SlotView[]::new);
    next[slot.slot()] = slot;
    return new OrderView(
        id,
        terms,
        block,
        createdAt,
        List.of(next),
        closed,
        commitsClosedAt,
        closeReason,
        refund,
        challenges,
        slot.block(),
        slot.time());
  }

  OrderView plus(SlotView slot) {
    List<SlotView> more = new ArrayList<>(slots);
    more.add(slot);
    return new OrderView(
        id,
        terms,
        block,
        createdAt,
        more,
        closed,
        commitsClosedAt,
        closeReason,
        refund,
        challenges,
        slot.block(),
        slot.time());
  }

  OrderView with(ChallengeView challenge, long block, long time) {
    Map<Integer, ChallengeView> next = new HashMap<>(challenges);
    next.put(challenge.index(), challenge);
    return new OrderView(
        id,
        terms,
        this.block,
        createdAt,
        slots,
        closed,
        commitsClosedAt,
        closeReason,
        refund,
        next,
        block,
        time);
  }

  OrderView closed(CloseReason reason, Wei refund, long block, long time) {
    return new OrderView(
        id,
        terms,
        this.block,
        createdAt,
        slots,
        true,
        commitsClosedAt,
        reason,
        refund,
        challenges,
        block,
        time);
  }

  OrderView commitsClosed(long time, long block) {
    return new OrderView(
        id,
        terms,
        this.block,
        createdAt,
        slots,
        closed,
        time,
        closeReason,
        refund,
        challenges,
        block,
        time);
  }

  public SlotView slot(int number) {
    return slots.get(number);
  }

  /// Unix seconds after which no bid is taken.
  public long openUntil() {
    return createdAt + terms.openSeconds();
  }

  /// The unit price that the law accepts at `now`: it rises from start to maximum over the ramp.
  public long acceptablePrice(long now) {
    long elapsed = Math.max(0, now - createdAt);
    if (elapsed >= terms.rampSeconds()) {
      return terms.maxPrice();
    }
    BigInteger rise =
        BigInteger.valueOf(terms.maxPrice() - terms.startPrice())
            .multiply(BigInteger.valueOf(elapsed))
            .divide(BigInteger.valueOf(terms.rampSeconds()));
    return terms.startPrice() + rise.longValueExact();
  }

  /// When commits closed, as of `now` (QUORUM). Empty while a slot may still commit.
  public OptionalLong commitsClosed(long now) {
    if (commitsClosedAt != 0) {
      return OptionalLong.of(commitsClosedAt);
    }
    long end = openUntil() + terms.runSeconds();
    return now > end ? OptionalLong.of(end) : OptionalLong.empty();
  }

  /// Root of the result that was paid for; zero while there is none.
  public Bytes32 resultRoot() {
    for (SlotView slot : slots) {
      if ((slot.state() == SlotState.SETTLED || slot.state() == SlotState.RELEASED)
          && slot.root() != null) {
        return slot.root();
      }
    }
    return Bytes32.ZERO;
  }
}
