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
import hooke.node.spec.Escaped;
import hooke.node.spec.LeafTable;
import hooke.node.spec.ResultLeaf;
import hooke.node.spec.UnitPrice;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.Task;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Collectors;
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

  /// What one node may tell over one stream: so much at once, and so much more each second.
  private static final int NEWS_AT_ONCE = 200;

  private static final int NEWS_PER_SECOND = 20;

  /// Lines about one provider's troubles with one run, and results that it may offer for it.
  private static final int MAX_TROUBLES = 8;

  private static final int MAX_RESULTS = 2;
  private static final long MOST_PAUSE_SECONDS = 30;

  /// A delivered result that is not here after so long is withheld; its consumer is told, and again
  /// when so little is left of the time for a refusal.
  private static final long WITHHELD_SECONDS = 10;

  private static final long LAST_CALL_SECONDS = 30;

  private final ConsumerChain chain;
  private final ProviderNode.Connector nodes;
  private final Signer signer;
  private final Consumer<String> progress;
  private final Downloads downloads;

  /// What was said last of a slot whose node does not do as it should.
  private final Map<Integer, Trouble> troubles = new ConcurrentHashMap<>();

  /// What was said of withheld results, by slot and attempt.
  private final Map<String, Boolean> offered = new HashMap<>();

  private final Map<String, Integer> shownTroubles = new ConcurrentHashMap<>();
  private final Map<String, Set<String>> results = new ConcurrentHashMap<>();

  private final Map<Integer, Stream> streams = new HashMap<>();
  private final Map<Integer, ChallengeState> challenges = new HashMap<>();
  private final Map<Integer, SlotView> shown = new HashMap<>();
  private final Throttle throttle = new Throttle();
  private final Timeouts timeouts;

  private final NoBidYet noBidYet = new NoBidYet();
  private long openSince;

  private final boolean repriced;

  /// Why nobody will take what is open; null while somebody may.
  private volatile NoBidYet.@Nullable Hopeless hopeless;

  private @Nullable Thread asking;
  private Optional<GivenUp> givenUp = Optional.empty();

  private record Stream(int attempt, Thread thread) {}

  /// @param times in a row that following the node failed
  /// @param lines that were printed about it
  private record Trouble(int attempt, String said, int times, int lines) {
    static final Trouble NONE = new Trouble(0, "", 0, 0);
  }

  /// A verified result.
  ///
  /// @param archive file with the result archive; lives as long as the watch
  public record Fetched(ResultLeaf leaf, Path archive) {}

  public TaskWatch(
      ConsumerChain chain, ProviderNode.Connector nodes, Signer signer, Consumer<String> progress) {
    this(chain, nodes, signer, progress, false);
  }

  /// @param repriced whether an order that is too cheap for everybody is cancelled, too, for the
  ///   caller to order again
  public TaskWatch(
      ConsumerChain chain,
      ProviderNode.Connector nodes,
      Signer signer,
      Consumer<String> progress,
      boolean repriced) {
    this.repriced = repriced;
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
      offerRefusal(order, head.timestamp());
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
              || (!stream.thread().isAlive()
                  && throttle.due("watch" + slot.slot(), pauseBefore(slot))))) {
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
                            .start(() -> watch(order, slot, node)))));
      }
    }
  }

  /// Seconds before a node is followed again: longer each time that it failed.
  private long pauseBefore(SlotView slot) {
    Trouble trouble = troubles.getOrDefault(slot.slot(), Trouble.NONE);
    return trouble.attempt() == slot.attempt()
        ? Math.min(2L << Math.min(trouble.times(), 5), MOST_PAUSE_SECONDS)
        : 2;
  }

  /// Says what may still be done about a delivery that cannot be had, or is none, while it can: it
  /// is paid when the time for a refusal is over.
  private void offerRefusal(OrderView order, long now) {
    if (order.terms().mode() != Verification.ATTENDED) {
      return;
    }
    for (SlotView slot : order.slots()) {
      Bytes32 root = slot.root();
      long left = slot.deadline() - now;
      if (slot.state() != SlotState.DELIVERED
          || left <= 0
          || (root != null
              && (downloads.fetched(root).isPresent() || downloads.table(root).isPresent()))) {
        continue;
      }
      Trouble trouble = troubles.getOrDefault(slot.slot(), Trouble.NONE);
      boolean troubled = trouble.attempt() == slot.attempt() && !trouble.said().isEmpty();
      boolean last = left <= LAST_CALL_SECONDS;
      String key = slot.slot() + "/" + slot.attempt();
      if ((troubled || now - slot.time() >= WITHHELD_SECONDS || last)
          && (!offered.containsKey(key) || (last && !offered.get(key)))) {
        offered.put(key, last);
        progress.accept(
            "%snode %d says it delivered, but its result is not here%s; it is paid in %d s unless you refuse it (its pay is burned then): hooke task refuse %s%s"
                .formatted(
                    order.slots().size() > 1 ? "slot " + slot.slot() + ": " : "",
                    slot.nodeId(),
                    troubled ? " (" + trouble.said() + ")" : "",
                    left,
                    order.id().prefix(12),
                    order.slots().size() > 1 ? " --slot " + slot.slot() : ""));
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
                List<Integer> ids = asked.stream().map(NodeView::id).toList();
                Optional<NoBidYet.Hopeless> cheap =
                    repriced ? NoBidYet.tooCheap(ids, answers, waited) : Optional.empty();
                hopeless = cheap.or(() -> NoBidYet.hopeless(ids, answers, waited)).orElse(null);
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
        givenUp = Optional.of(new GivenUp(why.reasons(), why.task(), why.dear(), operators(why)));
        progress.accept(
            why.dear()
                ? "cancelled, since no node takes it for that: " + why.reasons()
                : "cancelled, since no node will ever take it: " + why.reasons());
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

  private Set<Integer> operators(NoBidYet.Hopeless why) {
    return why.idle().stream()
        .flatMap(id -> chain.market().node(id).stream())
        .map(NodeView::operatorId)
        .collect(Collectors.toSet());
  }

  /// An order that no node would ever have taken.
  ///
  /// @param task whether the task itself cannot be run
  /// @param dear whether some would have taken it at a higher price
  /// @param idle operators that said they would bid, and did not
  public record GivenUp(String reasons, boolean task, boolean dear, Set<Integer> idle) {
    public GivenUp {
      idle = Set.copyOf(idle);
    }
  }

  private void watch(OrderView order, SlotView slot, NodeView node) {
    News news = new News();
    try (ProviderNode provider = nodes.connect(node)) {
      provider.watch(
          order.id(),
          slot.slot(),
          false,
          task -> {
            news.count();
            if (task.getState() == Task.State.READY || task.getState() == Task.State.DELIVERED) {
              acknowledge(order, slot, node, provider, task);
            } else if (task.getState() == Task.State.FAILED) {
              trouble(slot, node, "gave up: " + Escaped.text(task.getFailure(), Answer.MAX_WHY));
            }
          },
          chunk -> {});
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TaskException e) {
      if (!Thread.currentThread().isInterrupted()) {
        trouble(slot, node, e.getMessage());
      }
    } catch (RuntimeException e) {
      // Whatever it sent that nobody foresaw: it must neither end the wait nor be printed as it is.
      trouble(slot, node, "its answer cannot be read (%s)".formatted(e.getClass().getSimpleName()));
    }
  }

  /// Counts what a node tells over one stream, which is a line for each step of a run.
  private static final class News {
    private final long since = System.nanoTime();
    private int events;

    void count() {
      long seconds = (System.nanoTime() - since) / 1_000_000_000;
      if (++events > NEWS_AT_ONCE + NEWS_PER_SECOND * seconds) {
        throw new TaskException(
            TaskException.Code.UNREACHABLE, "it floods this side with news", "");
      }
    }
  }

  /// Says what is wrong with a node, once as long as it is the same: it is asked again after a
  /// while. Of one that says something else each time, no more than a few lines.
  private void trouble(SlotView slot, NodeView node, String why) {
    Trouble now =
        troubles.compute(
            slot.slot(),
            (ignored, before) -> {
              Trouble known =
                  before != null && before.attempt() == slot.attempt() ? before : Trouble.NONE;
              return new Trouble(
                  slot.attempt(),
                  why,
                  known.times() + 1,
                  known.lines() + (why.equals(known.said()) ? 0 : 1));
            });
    Integer told = shownTroubles.put(slot.slot() + "/" + slot.attempt(), now.lines());
    if (told == null || told < now.lines()) {
      if (now.lines() <= MAX_TROUBLES) {
        progress.accept("node " + node.id() + ": " + why);
      } else if (now.lines() == MAX_TROUBLES + 1) {
        progress.accept("node " + node.id() + " goes on like that; no more of it is shown");
      }
    }
  }

  /// Whether a provider has another result to offer than those that it offered before: an honest
  /// one has one in an attempt, and each costs a download.
  private void requireOne(SlotView slot, Task task) {
    String offer =
        task.hasArrayResult()
            ? task.getArrayResult().getRoot() + task.getArrayResult().getCount()
            : leafOf(task);
    Set<String> offers =
        results.computeIfAbsent(
            slot.slot() + "/" + slot.attempt(), ignored -> ConcurrentHashMap.newKeySet());
    if (offers.size() >= MAX_RESULTS && !offers.contains(offer)) {
      throw new TaskException(
          TaskException.Code.BAD_RESULT, "it offers ever other results for one run", "");
    }
    offers.add(offer);
  }

  private static String leafOf(Task task) {
    byte[] leaf = task.getResult().getLeaf().toByteArray();
    return leaf.length == ResultLeaf.BYTES ? HexFormat.of().formatHex(leaf) : "none";
  }

  private void acknowledge(
      OrderView order, SlotView own, NodeView node, ProviderNode provider, Task task) {
    int slot = own.slot();
    try {
      requireOne(own, task);
      Bytes32 root;
      long fuel;
      if (task.hasArrayResult()) {
        LeafTable table = downloads.fetchTable(order, order.slot(slot), provider);
        if (!isDeliveredAs(table, order.id(), slot, task.getState())) {
          // A receipt does not say how many tasks it is for: not before the chain has said it.
          return;
        }
        SumTree.Sum sum = table.sum();
        root = sum.hash();
        fuel = sum.fuel();
      } else {
        ResultLeaf leaf = downloads.fetch(order, slot, provider, task.getResult()).leaf();
        root = leaf.root();
        fuel = leaf.fuel();
      }
      Bytes32 delivered = chain.order(order.id()).slot(slot).root();
      if (delivered != null && !delivered.equals(root) && isCurrent(order.id(), own)) {
        throw new TaskException(
            TaskException.Code.BAD_RESULT, "it serves another result than it delivered", "");
      }
      // In OPTIMISTIC a receipt would end the time in which others may find it wrong.
      if (order.terms().mode() != Verification.OPTIMISTIC) {
        provider.receipt(order.id(), slot, receipt(order.id(), slot, root, fuel));
      }
      troubles.remove(slot);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (TaskException e) {
      trouble(own, node, e.getMessage());
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

  /// Whether a slot is still the assignment that is followed.
  private boolean isCurrent(Bytes32 order, SlotView followed) {
    return chain.order(order).slot(followed.slot()).attempt() == followed.attempt();
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
        trouble(slot, node, e.getMessage());
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
          table = table == null ? downloads.fetchTable(order, slot, provider) : table;
          // A root does not say over how many leaves it is.
          if (!table.sum().equals(new SumTree.Sum(root, slot.fuel()))
              || table.leaves().size() != slot.count()) {
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
                  order, slot.slot(), provider, provider.task(order.id(), slot.slot()).getResult());
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
