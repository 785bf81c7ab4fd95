package hooke.node.market;

import hooke.chain.Call;
import hooke.chain.ChainException;
import hooke.chain.Reverted;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Transactions on their way. The agent says on every look at the world what should be sent; this
/// class sees to it that each intent is under way at most once, that one which is mined is not
/// asked for again before its events were seen, and that one which fails waits longer each time.
///
/// Owned by the agent's thread; the sending itself blocks virtual threads.
final class Sends {
  private static final Logger LOG = LoggerFactory.getLogger(Sends.class);

  /// Blocks to let pass after a mined transaction before its effect must show.
  private static final int SETTLE_BLOCKS = 2;

  private static final int MAX_BACKOFF_BLOCKS = 64;

  private final Transactor transactor;
  private final Consumer<Runnable> mailbox;
  private final Consumer<RuntimeException> onFailure;
  private final Map<String, Entry> entries = new HashMap<>();

  private record Entry(boolean underway, long notBefore, int failures) {}

  /// Told on the agent's thread how it went.
  interface Outcome {
    void failed(ChainException why);
  }

  /// @param onFailure told when the outbox's disk fails
  Sends(Transactor transactor, Consumer<Runnable> mailbox, Consumer<RuntimeException> onFailure) {
    this.transactor = transactor;
    this.mailbox = mailbox;
    this.onFailure = onFailure;
  }

  /// Sends unless this intent is under way, done a moment ago, or failed a moment ago.
  ///
  /// @param what names the intent together with the slot and its assignment
  void send(String what, OrderView order, SlotView slot, Call call, Moment moment) {
    send(what, order, slot, call, moment, why -> {});
  }

  /// The same, told if it fails.
  void send(
      String what, OrderView order, SlotView slot, Call call, Moment moment, Outcome outcome) {
    send(
        what + "/" + order.id().prefix(16) + "/" + slot.slot() + "/" + slot.attempt(),
        call,
        moment,
        outcome);
  }

  /// The same for what is not about a slot.
  ///
  /// @param intent a name that no other transaction of this node ever has
  void send(String intent, Call call, Moment moment, Outcome outcome) {
    long head = moment.block().number();
    Entry entry = entries.get(intent);
    if (entry != null && (entry.underway() || head < entry.notBefore())) {
      return;
    }
    int failures = entry == null ? 0 : entry.failures();
    entries.put(intent, new Entry(true, 0, failures));
    Thread.ofVirtual()
        .name(intent)
        .start(() -> {
          try {
            long block = transactor.send(intent, call);
            LOG.info("{} is in block {}", intent, block);
            mailbox.accept(() -> entries.put(intent, new Entry(false, block + SETTLE_BLOCKS, 0)));
          } catch (ChainException e) {
            mailbox.accept(() -> failed(intent, head, failures, outcome, e));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private void failed(String intent, long head, int failures, Outcome outcome, ChainException why) {
    long pause = Math.min(MAX_BACKOFF_BLOCKS, 1L << Math.min(failures, 6));
    entries.put(intent, new Entry(false, head + pause, failures + 1));
    if (why.code() == ChainException.Code.STORE_FAILED) {
      onFailure.accept(why);
    }
    if (why instanceof Reverted) {
      LOG.debug("{} was refused: {}", intent, why.getMessage());
    } else {
      LOG.warn("{} was not sent: {}", intent, why.getMessage());
    }
    outcome.failed(why);
  }

  /// Forgets what is about something that needs nothing more.
  ///
  /// @param part of the intents' names: an order's prefix
  void forget(String part) {
    entries.entrySet().removeIf(e -> e.getKey().contains(part) && !e.getValue().underway());
  }

  /// Forgets when to ask again: after a reorganisation what was mined may be so no more.
  void lookAgain() {
    entries.values().removeIf(entry -> !entry.underway());
  }
}
