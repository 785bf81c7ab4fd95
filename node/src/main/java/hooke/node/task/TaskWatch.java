package hooke.node.task;

import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.Reverted;
import hooke.chain.contract.ChallengeState;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.SumTree;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Verification;
import hooke.chain.eip712.Receipt;
import hooke.chain.rpc.BlockRef;
import hooke.chain.wallet.Signer;
import hooke.node.market.ChallengeView;
import hooke.node.market.NodeView;
import hooke.node.market.OrderView;
import hooke.node.market.SlotView;
import hooke.node.spec.LeafTable;
import hooke.node.spec.ResultLeaf;
import hooke.node.spec.UnitPrice;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.Task;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Follows one order of one consumer to its end: holds a stream to each assigned node, fetches and
/// verifies results, signs a receipt for each provider that handed one over, calls the timeouts
/// that nobody else called, and keeps the archive that the chain settled on.
///
/// All it knows comes from the chain and the nodes, so it can begin at any moment of an order's
/// life. One thread calls [#await]; streams run on virtual threads of its own.
public final class TaskWatch implements AutoCloseable {
  private static final Duration TICK = Duration.ofSeconds(1);

  /// So many ticks the chain has for saying that a slot was delivered in part.
  private static final int LOOKS_FOR_PART = 10;

  /// Nodes are asked why they do not bid after so long without a bid, and again after so long.
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Duration WHY_EVERY = Duration.ofSeconds(10);
  private static final Duration WHY_DEADLINE = Duration.ofSeconds(5);

  /// So many nodes are asked; where there are more, no order is given up for what they say.
  private static final int ASKED = 64;

  private final ConsumerChain chain;
  private final ProviderNode.Connector nodes;
  private final Signer signer;
  private final Consumer<String> progress;
  private final Downloads downloads;

  /// What was said last of a slot whose node does not do as it should.
  private final Map<Integer, String> troubles = new ConcurrentHashMap<>();

  private final Map<Integer, Stream> streams = new HashMap<>();
  private final Map<Integer, ChallengeState> challenges = new HashMap<>();
  private final Map<Integer, SlotView> shown = new HashMap<>();
  private final Throttle throttle = new Throttle();
  private final Timeouts timeouts;

  private final NoBidYet noBidYet = new NoBidYet();
  private long openSince;

  /// Why nobody will take what is open; null while somebody may.
  private volatile NoBidYet.@Nullable Hopeless hopeless;

  private @Nullable Thread asking;
  private Optional<GivenUp> givenUp = Optional.empty();

  private record Stream(int attempt, Thread thread) {}

  /// A verified result.
  ///
  /// @param archive file with the result archive; lives as long as the watch
  public record Fetched(ResultLeaf leaf, Path archive) {}

  public TaskWatch(
      ConsumerChain chain, ProviderNode.Connector nodes, Signer signer, Consumer<String> progress) {
    this.chain = chain;
    this.nodes = nodes;
    this.signer = signer;
    this.progress = progress;
    timeouts = new Timeouts(chain, signer, progress);
    downloads = new Downloads(progress);
  }

  /// Waits until the order is over.
  ///
  /// @return the order as it ended
  public OrderView await(Bytes32 id) throws InterruptedException {
    BlockRef head = chain.sync();
    while (true) {
      OrderView order = chain.order(id);
      tell(order);
      if (order.closed()) {
        return order;
      }
      attend(order);
      askWhy(order);
      if (head.timestamp() <= order.openUntil()) {
        cancelHopeless(order);
      }
      timeouts.call(order, head.timestamp());
      head = chain.syncAfter(head, TICK);
    }
  }

  private void tell(OrderView order) {
    for (ChallengeView challenge : order.challenges().values()) {
      if (challenges.put(challenge.index(), challenge.state()) == challenge.state()) {
        continue;
      }
      String what = "slot %d: task %d ".formatted(challenge.slot(), challenge.index());
      progress.accept(
          what
              + switch (challenge.state()) {
                case NONE -> "is not challenged";
                case ASKED -> "is challenged by " + challenge.challenger();
                case JUDGING -> "is rerun by a jury";
                case FAILED -> "was right: the challenge failed";
                case UPHELD -> "was wrong, or its leaf was withheld: the challenge won";
                case VOIDED -> "could not be judged by any jury";
              });
    }
    for (SlotView slot : order.slots()) {
      SlotView before = shown.put(slot.slot(), slot);
      if (before != null && before.state() == slot.state() && before.attempt() == slot.attempt()) {
        continue;
      }
      String who = order.slots().size() > 1 ? "slot " + slot.slot() + ": " : "";
      String by = "node " + slot.nodeId();
      switch (slot.state()) {
        case OPEN -> {
          if (before != null) {
            progress.accept(who + lost(before, slot) + "; open again");
          }
        }
        case ASSIGNED -> progress.accept(who + by + " took it at " + new UnitPrice(slot.price()));
        case DELIVERED ->
            progress.accept(
                who
                    + by
                    + " delivered"
                    + (order.terms().mode() == Verification.OPTIMISTIC
                        ? "; anyone may challenge it for %d s"
                            .formatted(order.terms().windowSeconds())
                        : ""));
        case COMMITTED -> progress.accept(who + by + " committed");
        case REVEALED -> progress.accept(who + by + " revealed");
        case SETTLED -> progress.accept(who + "settled, a part is held until you have the result");
        case RELEASED -> progress.accept(who + "settled");
        case REFUSED -> progress.accept(who + "refused");
        case OUTVOTED -> progress.accept(who + by + " gave another result and lost its bond");
        case UNREVEALED -> progress.accept(who + by + " did not reveal and lost its bond");
        case VOID ->
            progress.accept(
                who
                    + (order.terms().mode() == Verification.QUORUM
                        ? "void: no quorum"
                        : "void: no jury could judge it; its pay is burned"));
        case CLOSED ->
            progress.accept(
                who
                    + (before != null && before.state() == SlotState.ASSIGNED
                        ? lost(before, slot) + "; closed without a result"
                        : "closed without a result"));
        case FORFEITED -> progress.accept(who + by + " did not hand over and lost its bond");
        case DISPROVED -> progress.accept(who + by + " gave a wrong result and lost its bond");
      }
    }
  }

  /// How a provider lost a slot: only up to its deadline it can give it back.
  private static String lost(SlotView before, SlotView now) {
    return now.time() > before.deadline()
        ? "its provider missed the deadline"
        : "node %d gave it back".formatted(before.nodeId());
  }

  private void attend(OrderView order) {
    for (SlotView slot : order.slots()) {
      boolean working =
          switch (slot.state()) {
            case ASSIGNED, DELIVERED, COMMITTED, REVEALED -> true;
            case OPEN,
                SETTLED,
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
      Stream stream = streams.get(slot.slot());
      if (working
          && (stream == null
              || stream.attempt() != slot.attempt()
              || (!stream.thread().isAlive() && throttle.due("watch" + slot.slot(), 2)))) {
        chain
            .market()
            .node(slot.nodeId())
            .ifPresent(node ->
                streams.put(
                    slot.slot(),
                    new Stream(
                        slot.attempt(),
                        Thread.ofVirtual()
                            .name("watch-" + slot.slot())
                            .start(() -> watch(order, slot.slot(), node)))));
      }
    }
  }

  /// Says why nobody bids, while nobody does.
  private void askWhy(OrderView order) {
    List<SlotView> open =
        order.slots().stream().filter(slot -> slot.state() == SlotState.OPEN).toList();
    long now = System.nanoTime();
    if (open.isEmpty()) {
      openSince = 0;
      hopeless = null;
      return;
    }
    openSince = openSince == 0 ? now : openSince;
    if (now - openSince < PATIENCE.toNanos()
        || (asking != null && asking.isAlive())
        || !throttle.due("why", WHY_EVERY.toSeconds())) {
      return;
    }
    String which =
        open.size() == order.slots().size()
            ? "no bid yet"
            : open.size() + " of " + order.slots().size() + " slots have no bid yet";
    List<NodeView> able =
        chain.market().nodes().stream().filter(node -> isAble(node, order.terms())).toList();
    List<NodeView> asked = able.subList(0, Math.min(able.size(), ASKED));
    Duration waited = Duration.ofNanos(now - openSince);
    asking =
        Thread.ofVirtual()
            .name("why")
            .start(() -> {
              Map<Integer, QuoteOrderResponse> answers = new ConcurrentHashMap<>();
              try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                asked.forEach(node -> threads.execute(() -> ask(order, node, answers)));
              }
              noBidYet.line(which, answers).ifPresent(progress);
              if (asked.size() == able.size()) {
                hopeless =
                    NoBidYet.hopeless(asked.stream().map(NodeView::id).toList(), answers, waited)
                        .orElse(null);
              }
            });
  }

  private void ask(OrderView order, NodeView node, Map<Integer, QuoteOrderResponse> answers) {
    try (ProviderNode provider = nodes.connect(node)) {
      answers.put(node.id(), provider.quote(order.id(), WHY_DEADLINE));
    } catch (TaskException e) {
      // It may not have seen the order yet; whoever says nothing explains nothing.
    }
  }

  /// Whether the law would take a node's bid.
  private boolean isAble(NodeView node, Terms terms) {
    List<Integer> allowed = TaskBuyer.unpacked(terms.allow());
    return node.active()
        && (allowed.isEmpty() || allowed.contains(node.operatorId()))
        && chain
            .market()
            .operator(node.operatorId())
            .filter(operator -> operator.stake().compareTo(terms.minStake()) >= 0)
            .isPresent();
  }

  /// Takes back what nobody will ever take, once nobody works on the rest.
  private void cancelHopeless(OrderView order) throws InterruptedException {
    NoBidYet.Hopeless why = hopeless;
    boolean open = order.slots().stream().anyMatch(slot -> slot.state() == SlotState.OPEN);
    boolean working =
        order.slots().stream()
            .anyMatch(slot ->
                switch (slot.state()) {
                  case ASSIGNED, COMMITTED, REVEALED -> true;
                  case OPEN,
                      DELIVERED,
                      SETTLED,
                      RELEASED,
                      REFUSED,
                      OUTVOTED,
                      UNREVEALED,
                      VOID,
                      CLOSED,
                      FORFEITED,
                      DISPROVED ->
                      false;
                });
    if (why == null || !open || working || !signer.address().equals(order.terms().consumer())) {
      return;
    }
    if (throttle.due("cancel", WHY_EVERY.toSeconds())) {
      try {
        chain.send(chain.contract().cancel(order.terms()), signer);
        givenUp = Optional.of(new GivenUp(why.reasons(), why.task()));
        progress.accept("cancelled, since no node will ever take it: " + why.reasons());
      } catch (Reverted e) {
        // Taken or closed meanwhile: the chain will say.
        progress.accept("it could not be cancelled: " + e.revert().sentence());
      }
    }
  }

  /// Why the order was given up: in words, and whether its task is at fault; empty if it was not.
  public Optional<GivenUp> givenUp() {
    return givenUp;
  }

  /// An order that no node would ever have taken.
  ///
  /// @param task whether the task itself cannot be run
  public record GivenUp(String reasons, boolean task) {}

  private void watch(OrderView order, int slot, NodeView node) {
    try (ProviderNode provider = nodes.connect(node)) {
      provider.watch(
          order.id(),
          slot,
          false,
          task -> {
            troubles.remove(slot);
            if (task.getState() == Task.State.READY || task.getState() == Task.State.DELIVERED) {
              acknowledge(order, slot, node, provider, task);
            } else if (task.getState() == Task.State.FAILED) {
              progress.accept("node " + node.id() + " gave up: " + task.getFailure());
            }
          },
          chunk -> {});
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TaskException e) {
      if (!Thread.currentThread().isInterrupted()) {
        trouble(slot, node, e);
      }
    }
  }

  /// Says what is wrong with a node, once as long as it is the same: it is asked again every few
  /// seconds.
  private void trouble(int slot, NodeView node, TaskException e) {
    if (!e.getMessage().equals(troubles.put(slot, e.getMessage()))) {
      progress.accept("node " + node.id() + ": " + e.getMessage());
    }
  }

  private void acknowledge(
      OrderView order, int slot, NodeView node, ProviderNode provider, Task task) {
    try {
      Bytes32 root;
      long fuel;
      if (task.hasArrayResult()) {
        LeafTable table = downloads.fetchTable(order.slot(slot), order.id(), provider);
        if (!isDeliveredAs(table, order.id(), slot, task.getState())) {
          // A receipt does not say how many tasks it is for: not before the chain has said it.
          return;
        }
        SumTree.Sum sum = table.sum();
        root = sum.hash();
        fuel = sum.fuel();
      } else {
        ResultLeaf leaf = downloads.fetch(order.id(), slot, provider, task.getResult()).leaf();
        root = leaf.root();
        fuel = leaf.fuel();
      }
      // In OPTIMISTIC a receipt would end the time in which others may find it wrong.
      if (order.terms().mode() != Verification.OPTIMISTIC) {
        provider.receipt(order.id(), slot, receipt(order.id(), slot, root, fuel));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TaskException e) {
      trouble(slot, node, e);
    }
  }

  /// Whether the chain says, or soon will, that the slot has as many tasks as were served. A
  /// provider can be some blocks ahead of what is seen here.
  private boolean isDeliveredAs(LeafTable table, Bytes32 order, int slot, Task.State state)
      throws InterruptedException {
    for (int look = 0; ; look++) {
      if (chain.order(order).slot(slot).count() == table.leaves().size()) {
        return true;
      }
      if (state != Task.State.DELIVERED || look == LOOKS_FOR_PART) {
        return false;
      }
      Thread.sleep(TICK);
    }
  }

  private Data receipt(Bytes32 order, int slot, Bytes32 root, long fuel) {
    return new Receipt(order, slot, root, fuel).sign(chain.contract().domain(), signer).data();
  }

  /// Whether an order is of an array, which the chain alone says unless it has one task.
  public boolean isArray(OrderView order) {
    if (order.terms().tasks() != 1) {
      return true;
    }
    for (SlotView slot : order.slots()) {
      Bytes32 root = slot.root();
      if (root == null || downloads.fetched(root).isPresent()) {
        continue;
      }
      if (downloads.table(root).isPresent()) {
        return true;
      }
      NodeView node = chain.market().node(slot.nodeId()).orElse(null);
      if (node == null) {
        continue;
      }
      try (ProviderNode provider = nodes.connect(node)) {
        return provider.task(order.id(), slot.slot()).hasArrayResult();
      } catch (TaskException e) {
        trouble(slot.slot(), node, e);
      }
    }
    return false;
  }

  /// What is there of an array: verified leaves by index; the archives are at
  /// [#archive(ResultLeaf)].
  ///
  /// @param missing why some are not there, a line for each slot; empty when all are
  public record Collected(SortedMap<Integer, ResultLeaf> leaves, List<String> missing) {}

  /// Fetches the results of all settled slots of an array, and hands the receipts over that release
  /// what is held.
  public Collected collectArray(OrderView order) {
    SortedMap<Integer, ResultLeaf> leaves = new TreeMap<>();
    List<String> missing = new ArrayList<>();
    for (SlotView slot : order.slots()) {
      boolean owed = slot.state() == SlotState.SETTLED;
      Bytes32 root = slot.root();
      if (root == null || !(owed || slot.state() == SlotState.RELEASED)) {
        if (order.terms().mode() != Verification.QUORUM) {
          missing.add(
              "slot %d, tasks %d to %d: %s"
                  .formatted(
                      slot.slot(),
                      slot.first(),
                      slot.first() + slot.count() - 1,
                      slot.state().name().toLowerCase(Locale.ROOT)));
        }
        continue;
      }
      LeafTable table = downloads.table(root).orElse(null);
      if (table == null || owed) {
        NodeView node = chain.market().node(slot.nodeId()).orElseThrow();
        try (ProviderNode provider = nodes.connect(node)) {
          table = table == null ? downloads.fetchTable(slot, order.id(), provider) : table;
          if (!table.sum().equals(new SumTree.Sum(root, slot.fuel()))) {
            throw new TaskException(
                TaskException.Code.BAD_RESULT, "it served other results than it was paid for", "");
          }
          if (owed) {
            provider.receipt(
                order.id(), slot.slot(), receipt(order.id(), slot.slot(), root, slot.fuel()));
          }
        } catch (TaskException e) {
          missing.add(
              "slot %d, tasks %d to %d: node %d: %s"
                  .formatted(
                      slot.slot(),
                      slot.first(),
                      slot.first() + slot.count() - 1,
                      node.id(),
                      e.getMessage()));
          continue;
        }
      }
      table.leaves().forEach(leaf -> leaves.put(leaf.index(), leaf));
    }
    if (order.terms().mode() == Verification.QUORUM && leaves.isEmpty()) {
      missing.add("no result was settled");
    }
    return new Collected(leaves, missing);
  }

  /// Where the archive of a collected leaf is; lives as long as this watch.
  public Path archive(ResultLeaf leaf) {
    return downloads.archive(leaf);
  }

  /// Fetches the result that the chain settled on from any node that was paid for it, and hands the
  /// receipt over that releases what is held.
  ///
  /// @throws TaskException `NO_RESULT`, `WRONG_STATE` or `UNREACHABLE`
  public Fetched collect(OrderView order) {
    Bytes32 root = order.resultRoot();
    if (root.isZero()) {
      throw new TaskException(
          order.closed() ? TaskException.Code.NO_RESULT : TaskException.Code.WRONG_STATE,
          "order %s has no settled result".formatted(order.id().prefix(12)),
          order.closed()
              ? "order it again"
              : "wait for it: hooke task wait " + order.id().prefix(12));
    }
    StringBuilder failures = new StringBuilder();
    Optional<Fetched> found = downloads.fetched(root);
    for (SlotView slot : order.slots()) {
      boolean owed = slot.state() == SlotState.SETTLED;
      boolean paid = owed || slot.state() == SlotState.RELEASED;
      if (!paid || !Objects.equals(root, slot.root()) || (found.isPresent() && !owed)) {
        continue;
      }
      NodeView node = chain.market().node(slot.nodeId()).orElseThrow();
      try (ProviderNode provider = nodes.connect(node)) {
        Fetched result = downloads.fetched(root).orElse(null);
        if (result == null) {
          result =
              downloads.fetch(
                  order.id(),
                  slot.slot(),
                  provider,
                  provider.task(order.id(), slot.slot()).getResult());
        }
        if (!result.leaf().root().equals(root)) {
          throw new TaskException(
              TaskException.Code.BAD_RESULT, "it served another result than it was paid for", "");
        }
        found = Optional.of(result);
        if (owed) {
          provider.receipt(
              order.id(),
              slot.slot(),
              receipt(order.id(), slot.slot(), root, result.leaf().fuel()));
        }
      } catch (TaskException e) {
        failures.append("\n  node ").append(node.id()).append(": ").append(e.getMessage());
      }
    }
    return found.orElseThrow(() ->
        new TaskException(
            TaskException.Code.UNREACHABLE,
            "no provider handed the result over:" + failures,
            "try again, or demand it on chain: hooke task demand " + order.id().prefix(12)));
  }

  @Override
  public void close() {
    streams.values().forEach(stream -> stream.thread().interrupt());
    if (asking != null) {
      asking.interrupt();
    }
    downloads.close();
  }

  /// What is known of a result's root, if it was fetched here.
  public Optional<Fetched> fetched(Bytes32 root) {
    return downloads.fetched(root);
  }
}
