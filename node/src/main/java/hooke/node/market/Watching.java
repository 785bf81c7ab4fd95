package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Verification;
import hooke.node.spec.LeafTable;
import hooke.node.spec.ResultLeaf;
import hooke.node.spec.SlotResult;
import hooke.scheduler.model.TaskKey;
import hooke.storage.BlobStore;
import hooke.storage.StorageFailure;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reruns what others delivered in OPTIMISTIC orders, and challenges what is wrong: one slot at a
/// time, in the time that nothing sold needs. It must be asked for in node.yaml, since there is no
/// prize for it: whoever watches does so because he wants the results to be right.
///
/// A challenge bonds [Terms#challengeBond] of the node key's own vault account. Owned by the
/// agent's thread; each rerun has a virtual thread of its own.
final class Watching {
  private static final Logger LOG = LoggerFactory.getLogger(Watching.class);

  /// A rerun that cannot be over so long before the window's end is not begun.
  private static final long MARGIN_SECONDS = 5;

  private static final Duration KEEP = Duration.ofHours(1);

  private final boolean asked;
  private final HookeContract law;
  private final MarketState state;
  private final Preparation preparation;
  private final TaskRunner runner;
  private final BlobStore store;
  private final BlobSource source;
  private final Sends sends;
  private final Predicate<OrderView> welcome;
  private final Clock clock;
  private final Consumer<Runnable> mailbox;
  private final Consumer<RuntimeException> onFailure;
  private final Semaphore room = new Semaphore(1);
  private final VaultBalance balance;

  /// What reruns said: the index of a wrong task, or [#RIGHT].
  private final Map<TaskKey, Integer> said = new HashMap<>();

  private static final int RIGHT = -1;
  private static final int UNDERWAY = -2;

  /// @param asked whether this node watches at all
  /// @param welcome whether the programs of an order's consumer are run here at all
  Watching(
      boolean asked,
      HookeContract law,
      MarketState state,
      Preparation preparation,
      TaskRunner runner,
      BlobStore store,
      BlobSource source,
      Sends sends,
      Predicate<OrderView> welcome,
      Clock clock,
      Consumer<Runnable> mailbox,
      Consumer<RuntimeException> onFailure) {
    this.asked = asked;
    this.law = law;
    this.state = state;
    this.preparation = preparation;
    this.runner = runner;
    this.store = store;
    this.source = source;
    this.sends = sends;
    this.welcome = welcome;
    this.clock = clock;
    this.mailbox = mailbox;
    this.onFailure = onFailure;
    this.balance = new VaultBalance(mailbox);
  }

  /// Looks at one slot of another node.
  void attend(OrderView order, SlotView slot, Moment moment) {
    if (!asked
        || order.terms().mode() != Verification.OPTIMISTIC
        || slot.state() != SlotState.DELIVERED
        || moment.time() + MARGIN_SECONDS > slot.deadline()
        || moment.me().operatorId() == slot.operatorId()
        || !welcome.test(order)) {
      return;
    }
    TaskKey task = TaskRequests.key(order.id(), slot.slot());
    Integer found = said.get(task);
    if (found == null) {
      rerun(order, slot, task, moment);
    } else if (found >= 0 && !order.challenges().containsKey(found)) {
      challenge(order, slot, found, moment);
    }
  }

  private void challenge(OrderView order, SlotView slot, int index, Moment moment) {
    Wei bond = order.terms().challengeBond();
    Wei free =
        balance
            .free(moment.block().number(), () -> law.accountOf(moment.me().profile().key()).free())
            .orElse(null);
    if (free == null) {
      return;
    }
    if (free.compareTo(bond) < 0) {
      LOG.warn(
          "task {} of order {} is wrong, but a challenge bonds {} HKE and the node key has {} in the vault",
          index,
          order.id().prefix(12),
          bond,
          free);
      return;
    }
    sends.send(
        "challenge-" + index,
        order,
        slot,
        law.challenge(order.terms(), slot.slot(), index),
        moment);
  }

  private void rerun(OrderView order, SlotView slot, TaskKey task, Moment moment) {
    switch (preparation.of(order, moment.me())) {
      case Preparation.State.Known ignored -> preparation.fetch(order, moment.me());
      case Preparation.State.Ready ready -> {
        if (!room.tryAcquire()) {
          return;
        }
        said.put(task, UNDERWAY);
        TaskRunner.Work work =
            new TaskRunner.Work(
                order.id(),
                slot.slot(),
                order.terms().consumer(),
                ready.spec(),
                slot.first(),
                slot.count(),
                order.terms().fuelLimit(),
                Duration.ofSeconds(slot.deadline() - moment.time()),
                clock.instant().plus(KEEP),
                leaf -> leaf,
                TaskRunner.Progress.FORGOTTEN);
        NodeView provider = state.node(slot.nodeId()).orElseThrow();
        Thread.ofVirtual()
            .name("watch-" + order.id().prefix(8) + "-" + slot.slot())
            .start(() -> compare(order.id(), slot, provider, task, work));
      }
      case Preparation.State.Queued ignored -> {}
      case Preparation.State.Underway ignored -> {}
      case Preparation.State.Failed ignored -> {}
      case Preparation.State.Hopeless ignored -> {}
    }
  }

  private void compare(
      Bytes32 order, SlotView slot, NodeView provider, TaskKey task, TaskRunner.Work work) {
    int found = RIGHT;
    try {
      switch (runner.run(work)) {
        case TaskRunner.Outcome.Result(SlotResult own, long _, long _) -> {
          found = difference(order, slot, provider, own);
          LOG.info(
              "reran order {} slot {}: {}",
              order.prefix(12),
              slot.slot(),
              found == RIGHT ? "nothing is wrong with it" : "task " + found + " is wrong");
        }
        case TaskRunner.Outcome.NoResult none ->
            LOG.warn(
                "order {} slot {} could not be rerun here: {}",
                order.prefix(12),
                slot.slot(),
                none.why());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (StorageFailure e) {
      onFailure.accept(e);
    } catch (IOException | IllegalArgumentException e) {
      LOG.warn(
          "order {} slot {} was rerun with another result, but what is wrong cannot be said: {}",
          order.prefix(12),
          slot.slot(),
          e.getMessage());
    } finally {
      room.release();
    }
    int verdict = found;
    mailbox.accept(() -> said.put(task, verdict));
  }

  /// The first task whose leaf differs from what was delivered.
  private int difference(Bytes32 order, SlotView slot, NodeView provider, SlotResult own)
      throws IOException, InterruptedException {
    Bytes32 delivered = slot.root();
    if (delivered == null
        || own.count() != slot.count()
        || (own.root().equals(delivered) && own.fuel() == slot.fuel())) {
      return RIGHT;
    }
    if (slot.count() == 1) {
      return own.first();
    }
    LeafTable mine = Challenges.table(store, own);
    LeafTable theirs;
    int most = slot.count() * ResultLeaf.BYTES;
    try (InputStream in =
        new PacedStream(source.leaves(provider, order, slot.slot()), most, System::nanoTime)) {
      theirs = LeafTable.parse(in.readNBytes(most));
    }
    if (theirs.leaves().size() != slot.count() || !theirs.sum().hash().equals(delivered)) {
      throw new IOException("the provider serves other leaves than it delivered");
    }
    for (ResultLeaf leaf : mine.leaves()) {
      if (!leaf.equals(theirs.leaf(leaf.index()))) {
        return leaf.index();
      }
    }
    return RIGHT;
  }

  /// Forgets the slots of orders that are over.
  void keepOnly(Set<Bytes32> orders) {
    said.keySet().removeIf(task -> !orders.contains(TaskRequests.order(task)));
  }
}
