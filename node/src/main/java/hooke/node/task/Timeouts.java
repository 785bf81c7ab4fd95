package hooke.node.task;

import hooke.chain.ChainException;
import hooke.chain.Reverted;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Verification;
import hooke.chain.wallet.Signer;
import hooke.node.market.ChallengeView;
import hooke.node.market.OrderView;
import hooke.node.market.SlotView;
import java.util.function.Consumer;

/// Settles what time has decided about an order, when nobody else did. One thread uses it.
final class Timeouts {
  /// Chain seconds after a deadline before this side calls it: the parties concerned go first.
  private static final long GRACE_SECONDS = 3;

  /// Seconds before a refused call is tried again.
  private static final long AGAIN_SECONDS = 10;

  private final ConsumerChain chain;
  private final Signer signer;
  private final Consumer<String> progress;
  private final Throttle throttle = new Throttle();

  Timeouts(ConsumerChain chain, Signer signer, Consumer<String> progress) {
    this.chain = chain;
    this.signer = signer;
    this.progress = progress;
  }

  /// Calls what time has made possible, so that no money waits for somebody else's attention.
  ///
  /// @param now unix seconds of the newest block
  void call(OrderView order, long now) throws InterruptedException {
    long since = now - GRACE_SECONDS;
    boolean open = order.slots().stream().anyMatch(slot -> slot.state() == SlotState.OPEN);
    if (open && since > order.openUntil()) {
      call("expire", () -> chain.send(chain.contract().expire(order.terms()), signer));
    }
    for (SlotView slot : order.slots()) {
      if (slot.state() == SlotState.ASSIGNED && since > slot.deadline()) {
        call(
            "miss" + slot.slot(),
            () -> chain.send(chain.contract().miss(order.terms(), slot.slot()), signer));
      }
      if (slot.state() == SlotState.DELIVERED
          && since > slot.deadline()
          && order.challenges().values().stream()
              .noneMatch(each -> each.slot() == slot.slot() && each.pending())) {
        call(
            "settle" + slot.slot(),
            () -> chain.send(chain.contract().settleSlot(order.terms(), slot.slot()), signer));
      }
    }
    for (ChallengeView challenge : order.challenges().values()) {
      conclude(order, challenge, since);
    }
    if (order.terms().mode() == Verification.QUORUM) {
      // Commits close when all have committed, else when nobody can commit any more.
      long closed =
          order.commitsClosedAt() != 0
              ? order.commitsClosedAt()
              : order.openUntil() + order.terms().runSeconds();
      if (since > closed + order.terms().windowSeconds()) {
        call("settle", () -> chain.send(chain.contract().settle(order.terms()), signer));
      }
    }
  }

  /// Ends a challenge that was not answered in time, or whose jury has spoken.
  private void conclude(OrderView order, ChallengeView challenge, long since)
      throws InterruptedException {
    boolean due =
        switch (challenge.state()) {
          case ASKED -> since > challenge.deadline();
          case JUDGING ->
              challenge.jury() != null
                  && chain
                      .market()
                      .order(challenge.jury())
                      .filter(jury -> jury.closed() && since > jury.changedAt())
                      .isPresent();
          case NONE, FAILED, UPHELD, VOIDED -> false;
        };
    if (due) {
      call(
          "conclude" + challenge.index(),
          () ->
              chain.send(
                  chain.contract().conclude(order.terms(), challenge.slot(), challenge.index()),
                  signer));
    }
  }

  @FunctionalInterface
  private interface Send {
    Object now() throws InterruptedException;
  }

  private void call(String what, Send send) throws InterruptedException {
    if (!throttle.due(what, AGAIN_SECONDS)) {
      return;
    }
    try {
      send.now();
    } catch (Reverted e) {
      // Somebody else was faster, or it is not due yet: the chain will say.
      progress.accept(what + " was not needed: " + e.revert().sentence());
    } catch (ChainException e) {
      progress.accept(what + ": " + e.getMessage());
    }
  }
}
