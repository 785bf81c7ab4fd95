package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.SlotState;
import java.math.BigInteger;
import java.util.function.Consumer;
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
    return change(change -> change.state = next, block, time);
  }

  SlotView assigned(int operatorId, int nodeId, long price, long deadline, long block, long time) {
    return open(slot, first, count, block, time)
        .change(
            change -> {
              change.state = SlotState.ASSIGNED;
              change.operatorId = operatorId;
              change.nodeId = nodeId;
              change.price = price;
              change.deadline = deadline;
              change.attempt = attempt + 1;
            },
            block,
            time);
  }

  /// With only the first of its tasks.
  SlotView parted(int kept, long block, long time) {
    return change(change -> change.count = kept, block, time);
  }

  SlotView committed(Bytes32 commitment, long block, long time) {
    return change(
        change -> {
          change.state = SlotState.COMMITTED;
          change.commitment = commitment;
        },
        block,
        time);
  }

  SlotView shown(SlotState next, Bytes32 root, long fuel, long deadline, long block, long time) {
    return change(
        change -> {
          change.state = next;
          change.deadline = deadline;
          change.root = root;
          change.fuel = fuel;
        },
        block,
        time);
  }

  SlotView settled(
      Wei paid, Wei held, Bytes32 root, long fuel, long retainUntil, long block, long time) {
    return change(
        change -> {
          change.state = retainUntil == 0 ? SlotState.RELEASED : SlotState.SETTLED;
          change.deadline = retainUntil;
          change.root = root;
          change.fuel = fuel;
          change.paid = paid;
          change.held = held;
        },
        block,
        time);
  }

  SlotView released(long block, long time) {
    return change(
        change -> {
          change.state = SlotState.RELEASED;
          change.held = Wei.ZERO;
          change.demand = null;
        },
        block,
        time);
  }

  SlotView reopened(long block, long time) {
    return open(slot, first, count, block, time)
        .change(change -> change.attempt = attempt, block, time);
  }

  SlotView demanded(@Nullable Demand next, long block, long time) {
    return change(change -> change.demand = next, block, time);
  }

  private SlotView change(Consumer<Change> what, long block, long time) {
    Change change = new Change(this);
    what.accept(change);
    return change.at(block, time);
  }

  /// What an event may change of a slot.
  private static final class Change {
    private final SlotView before;
    private int count;
    private SlotState state;
    private int operatorId;
    private int nodeId;
    private long price;
    private long deadline;
    private @Nullable Bytes32 commitment;
    private @Nullable Bytes32 root;
    private long fuel;
    private Wei paid;
    private Wei held;
    private @Nullable Demand demand;
    private int attempt;

    Change(SlotView before) {
      this.before = before;
      count = before.count;
      state = before.state;
      operatorId = before.operatorId;
      nodeId = before.nodeId;
      price = before.price;
      deadline = before.deadline;
      commitment = before.commitment;
      root = before.root;
      fuel = before.fuel;
      paid = before.paid;
      held = before.held;
      demand = before.demand;
      attempt = before.attempt;
    }

    SlotView at(long block, long time) {
      return new SlotView(
          before.slot,
          before.first,
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
          demand,
          attempt,
          block,
          time);
    }
  }

  /// Whether what the assignee gave, or has to give, may still cost its bond whatever is kept.
  boolean isUnsettled() {
    return switch (state) {
      case ASSIGNED, DELIVERED, COMMITTED, REVEALED -> true;
      case SETTLED,
          OPEN,
          RELEASED,
          REFUSED,
          OUTVOTED,
          UNREVEALED,
          VOID,
          CLOSED,
          FORFEITED,
          DISPROVED ->
          false;
    };
  }

  /// Whether the assignee is owed nothing and owes nothing: its bond is free or broken, and it was
  /// not paid.
  boolean isUnpaid() {
    return switch (state) {
      case REFUSED, OUTVOTED, UNREVEALED, VOID, CLOSED, FORFEITED, DISPROVED -> true;
      case OPEN, ASSIGNED, DELIVERED, COMMITTED, REVEALED, SETTLED, RELEASED -> false;
    };
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
