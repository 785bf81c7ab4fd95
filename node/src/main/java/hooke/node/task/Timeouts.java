package hooke.node.task;

import hooke.chain.Address;
import hooke.chain.Call;
import hooke.chain.ChainException;
import hooke.chain.Reverted;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Verification;
import hooke.chain.wallet.Signer;
import hooke.node.market.ChallengeView;
import hooke.node.market.MarketState;
import hooke.node.market.OrderView;
import hooke.node.market.SlotView;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Settles what time has decided about an order, when nobody else did. One thread uses it.
public final class Timeouts {
  /// Chain seconds after a deadline before this side calls it: the parties concerned go first.
  private static final long GRACE_SECONDS = 3;

  /// The same for orders that nobody watches here: another command may.
  private static final long FORGOTTEN_SECONDS = 60;

  /// Seconds before a refused call is tried again.
  private static final long AGAIN_SECONDS = 10;

  private final ConsumerChain chain;
  private final Signer signer;
  private final Consumer<String> progress;
  private final Throttle throttle = new Throttle();

  public Timeouts(ConsumerChain chain, Signer signer, Consumer<String> progress) {
    this.chain = chain;
    this.signer = signer;
    this.progress = progress;
  }

  /// A call that time has made possible.
  private record Due(String what, Call call) {}

  /// Calls what time has made possible, so that no money waits for somebody else's attention.
  ///
  /// @param now unix seconds of the newest block
  void call(OrderView order, long now) throws InterruptedException {
    for (Due each : due(order, chain.market(), chain.contract(), now - GRACE_SECONDS)) {
      call(each);
    }
  }

  /// Orders of an account that are over, and that nobody has closed.
  ///
  /// @param now unix seconds of the newest block
  public static List<OrderView> overdue(ConsumerChain chain, Address consumer, long now) {
    return chain.market().liveOrders().stream()
        .filter(order -> order.terms().consumer().equals(consumer))
        .filter(order ->
            !due(order, chain.market(), chain.contract(), now - FORGOTTEN_SECONDS).isEmpty())
        .toList();
  }

  /// Closes such orders.
  ///
  /// @param now unix seconds of the newest block
  public void close(List<OrderView> overdue, long now) throws InterruptedException {
    for (OrderView order : overdue) {
      for (Due each : due(order, chain.market(), chain.contract(), now)) {
        progress.accept(
            "order %s is over and was not closed: %s"
                .formatted(order.id().prefix(12), each.what()));
        call(each);
      }
    }
  }

  private static List<Due> due(OrderView order, MarketState market, HookeContract law, long since) {
    List<Due> due = new ArrayList<>();
    boolean open = order.slots().stream().anyMatch(slot -> slot.state() == SlotState.OPEN);
    if (open && since > order.openUntil()) {
      due.add(new Due("expire", law.expire(order.terms())));
    }
    for (SlotView slot : order.slots()) {
      if (slot.state() == SlotState.ASSIGNED && since > slot.deadline()) {
        due.add(new Due("miss " + slot.slot(), law.miss(order.terms(), slot.slot())));
      }
      if (slot.state() == SlotState.DELIVERED
          && since > slot.deadline()
          && order.challenges().values().stream()
              .noneMatch(each -> each.slot() == slot.slot() && each.pending())) {
        due.add(new Due("settle " + slot.slot(), law.settleSlot(order.terms(), slot.slot())));
      }
    }
    for (ChallengeView challenge : order.challenges().values()) {
      if (isDecided(challenge, market, since)) {
        due.add(
            new Due(
                "conclude " + challenge.index(),
                law.conclude(order.terms(), challenge.slot(), challenge.index())));
      }
    }
    if (order.terms().mode() == Verification.QUORUM && !order.closed()) {
      // Commits close when all have committed, else when nobody can commit any more.
      long closed =
          order.commitsClosedAt() != 0
              ? order.commitsClosedAt()
              : order.openUntil() + order.terms().runSeconds();
      if (since > closed + order.terms().windowSeconds()) {
        due.add(new Due("settle", law.settle(order.terms())));
      }
    }
    return due;
  }

  /// Whether a challenge was not answered in time, or its jury has spoken.
  private static boolean isDecided(ChallengeView challenge, MarketState market, long since) {
    return switch (challenge.state()) {
      case ASKED -> since > challenge.deadline();
      case JUDGING ->
          challenge.jury() != null
              && market
                  .order(challenge.jury())
                  .filter(jury -> jury.closed() && since > jury.changedAt())
                  .isPresent();
      case NONE, FAILED, UPHELD, VOIDED -> false;
    };
  }

  private void call(Due due) throws InterruptedException {
    if (!throttle.due(due.what() + due.call().data().hashCode(), AGAIN_SECONDS)) {
      return;
    }
    try {
      chain.send(due.call(), signer);
    } catch (Reverted e) {
      // Somebody else was faster, or it is not due yet: the chain will say.
      progress.accept(due.what() + " was not needed: " + e.revert().sentence());
    } catch (ChainException e) {
      progress.accept(due.what() + ": " + e.getMessage());
    }
  }
}
