package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Verification;
import hooke.node.spec.Specs;
import hooke.scheduler.bidding.Reason;
import hooke.scheduler.model.Pace;
import hooke.storage.BlobId;
import hooke.storage.BlobStore;
import hooke.storage.Holding;
import hooke.storage.StorageFailure;
import hooke.v1.BlobRef;
import hooke.v1.TaskSpec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gets a task ready before its slot is bid for: spec, program and inputs are fetched, checked and
/// held, since a node may only promise what it has. The spec comes first and says what the rest
/// costs, so that nothing is fetched for a task that is not wanted.
///
/// What is found out is a fact about the spec, whoever asked. What is fetched is fetched for one
/// consumer and from the origins of one of its orders, and what an origin does not have is held
/// against that spec and that origin alone: nobody is kept unserved by another's origins. A new
/// order is a reason to ask an origin again at once.
///
/// Level-triggered: in each look [#of] is asked for every order that is wanted, and then [#proceed]
/// begins what [Turns] says, and stops what nobody asked for in this look. The work itself is done
/// on virtual threads. The agent's thread owns everything that is not marked as safe for others.
final class Preparation {
  private static final Logger LOG = LoggerFactory.getLogger(Preparation.class);
  private static final int FETCHES = 24;
  private static final int LONG_FETCHES = 12;
  private static final int FETCHES_OF_ONE = 4;

  /// As many as the runtime checks at once, see `WorkerSettings`.
  private static final int TRIALS = 2;

  private static final int LONG_TRIALS = 1;
  private static final long SHORT_FETCH_BYTES = 4L << 20;
  private static final long SHORT_PROGRAM_BYTES = 1L << 20;
  private static final long SHORT_TRIAL_BYTES = 64L << 20;

  /// What a consumer may take of this node's time before it matters what its orders hold.
  private static final Duration FREE = Duration.ofMinutes(5);

  private static final Duration MOST = Duration.ofDays(1);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(3);
  private static final int MAX_DOUBLINGS = 7;
  private static final Duration REPORT_EVERY = Duration.ofSeconds(10);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);
  private static final Duration SLACK = Duration.ofHours(1);

  /// How far an order's spec has come.
  sealed interface State {
    /// Others are being prepared; its turn comes.
    record Queued() implements State {}

    /// Something is done for it.
    ///
    /// @param step what, for people
    /// @param since when that began
    record Underway(String step, Instant since) implements State {}

    /// The spec is here, and nothing else that it names.
    record Known(TaskSpec spec) implements State {}

    /// Everything is held and the program can run here.
    ///
    /// @param pace how it will
    record Ready(TaskSpec spec, Pace pace) implements State {}

    /// Not to be had at the moment.
    ///
    /// @param tries how often it was tried
    record Failed(String why, Instant retryAt, int tries) implements State {}

    /// No node can serve it.
    record Hopeless(String why) implements State {}
  }

  /// What is known of a spec, for whomever.
  private sealed interface Fact {
    record Known(TaskSpec spec) implements Fact {}

    /// All blobs are here.
    record Held(TaskSpec spec) implements Fact {}

    record Ready(TaskSpec spec, Pace pace) implements Fact {}

    record Hopeless(String why) implements Fact {}
  }

  /// Where a blob of a spec was not to be had.
  private record Origin(Bytes32 spec, int node) {}

  /// @param orders that this was tried for
  private record Miss(String why, Instant retryAt, int tries, Set<Bytes32> orders) {}

  /// Something that is being done.
  private static final class Attempt {
    private final State.Underway state;
    private final Thread thread;
    private volatile boolean stopped;

    Attempt(State.Underway state, Thread thread) {
      this.state = state;
      this.thread = thread;
    }
  }

  /// Work that could begin in this look.
  private record Wanted(Turns.Wish wish, String what, Step step) {}

  @FunctionalInterface
  private interface Step {
    void take() throws IOException, InterruptedException, Specs.BadSpec;
  }

  private final BlobStore store;
  private final BlobFetcher fetcher;
  private final BlobSource source;
  private final TaskRunner trials;
  private final MarketState market;
  private final long weiPerSecond;
  private final Clock clock;
  private final Runnable changed;
  private final Consumer<RuntimeException> onFailure;

  private final Lane fetching;
  private final Lane trying;

  private final Map<Bytes32, Fact> facts = new ConcurrentHashMap<>();
  private final Map<Origin, Miss> misses = new ConcurrentHashMap<>();

  /// What went wrong on this machine, whatever the origin.
  private final Map<Bytes32, State.Failed> troubles = new ConcurrentHashMap<>();

  /// Programs that took long to try out, against what their size says.
  private final Set<Bytes32> slow = ConcurrentHashMap.newKeySet();

  /// Until when each spec's blobs are held.
  private final Map<Bytes32, Instant> heldUntil = new ConcurrentHashMap<>();

  /// Orders that were asked about in this look.
  private final Map<Bytes32, OrderView> asked = new LinkedHashMap<>();

  /// After how many seconds each was last spoken of.
  private final Map<Bytes32, Long> reported = new HashMap<>();

  /// Work of one kind: what is done, and what could be.
  private final class Lane {
    private final Turns turns;
    private final Map<Turns.Work, Attempt> underway = new ConcurrentHashMap<>();
    private final Map<Turns.Work, Wanted> wanted = new LinkedHashMap<>();
    private final ConcurrentLinkedQueue<Turns.Work> ended = new ConcurrentLinkedQueue<>();
    private final Set<Turns.Work> promised = new HashSet<>();

    Lane(Turns turns) {
      this.turns = turns;
    }

    @Nullable State state(Turns.Work work) {
      Attempt attempt = underway.get(work);
      if (attempt != null && !attempt.stopped) {
        return attempt.state;
      }
      return null;
    }

    State want(Turns.Work work, boolean isLong, boolean isPromised, String what, Step step) {
      if (isPromised) {
        promised.add(work);
      }
      wanted.put(
          work,
          new Wanted(
              new Turns.Wish(work, isLong, Duration.ZERO, promised.contains(work)), what, step));
      return new State.Queued();
    }

    void free() {
      for (Turns.Work work = ended.poll(); work != null; work = ended.poll()) {
        turns.end(work);
      }
    }

    /// Begins what is next, and stops what is to be stopped.
    void proceed(Set<Bytes32> specs, Set<Turns.Work> stillWanted) {
      free();
      promised.removeIf(work -> !specs.contains(work.spec()));
      underway.forEach((work, attempt) -> {
        boolean live =
            promised.contains(work) ? specs.contains(work.spec()) : stillWanted.contains(work);
        if (!live) {
          stop(work, attempt, "no order asks for it any more");
        }
      });
      List<Turns.Wish> wishes =
          wanted.values().stream()
              .map(each ->
                  new Turns.Wish(
                      each.wish().work(),
                      each.wish().isLong(),
                      allowance(each.wish().work()),
                      each.wish().promised()))
              .toList();
      for (Turns.Wish wish : turns.begin(wishes)) {
        Wanted begun = wanted.get(wish.work());
        if (begun != null) {
          begin(wish.work(), begun);
        }
      }
      for (Turns.Work work : turns.overdue(wishes)) {
        Attempt attempt = underway.get(work);
        if (attempt != null) {
          slow.add(work.spec());
          stop(work, attempt, "others have waited for as long as it took");
        }
      }
      wanted.clear();
    }

    private void begin(Turns.Work work, Wanted wanted) {
      Thread thread =
          Thread.ofVirtual()
              .name("prepare-" + work.spec().prefix(8))
              .unstarted(() -> {
                try {
                  take(work, wanted.step());
                } finally {
                  underway.remove(work);
                  ended.add(work);
                  changed.run();
                }
              });
      underway.put(work, new Attempt(new State.Underway(wanted.what(), clock.instant()), thread));
      thread.start();
    }

    private void stop(Turns.Work work, Attempt attempt, String why) {
      if (!attempt.stopped) {
        LOG.info("spec {}: {} is stopped: {}", work.spec().prefix(12), attempt.state.step(), why);
        attempt.stopped = true;
        attempt.thread.interrupt();
      }
    }

    private void take(Turns.Work work, Step step) {
      Bytes32 spec = work.spec();
      try {
        step.take();
      } catch (Specs.BadSpec e) {
        LOG.info("spec {} cannot be served: {}", spec.prefix(12), e.getMessage());
        facts.put(spec, new Fact.Hopeless(String.valueOf(e.getMessage())));
      } catch (InterruptedException e) {
        // Stopped: whoever asks again begins again.
        Thread.currentThread().interrupt();
      } catch (IOException e) {
        if (!isStopped(work)) {
          trouble(spec, String.valueOf(e.getMessage()));
        }
      } catch (StorageFailure e) {
        onFailure.accept(e);
        trouble(spec, String.valueOf(e.getMessage()));
      } catch (RuntimeException e) {
        if (!isStopped(work)) {
          LOG.error("spec {} cannot be prepared", spec.prefix(12), e);
          trouble(spec, e.toString());
        }
      }
    }

    /// An interrupt may look like a fault of the disk or of a line.
    private boolean isStopped(Turns.Work work) {
      Attempt attempt = underway.get(work);
      return attempt != null && attempt.stopped;
    }
  }

  /// @param trials lays tasks out and compiles them as the run will
  /// @param market says who the origins are
  /// @param weiPerSecond what a second of this node's work costs, by which what a consumer has in
  ///   the vault is measured
  /// @param promised bytes of the store that must be left for results
  /// @param changed called when a state has changed
  /// @param onFailure told when the disk fails
  Preparation(
      BlobStore store,
      BlobSource source,
      TaskRunner trials,
      MarketState market,
      long weiPerSecond,
      LongSupplier promised,
      Clock clock,
      Runnable changed,
      Consumer<RuntimeException> onFailure) {
    this.store = store;
    this.fetcher = new BlobFetcher(store, source, promised);
    this.source = source;
    this.trials = trials;
    this.market = market;
    this.weiPerSecond = weiPerSecond;
    this.clock = clock;
    this.changed = changed;
    this.onFailure = onFailure;
    this.fetching = new Lane(new Turns(FETCHES, LONG_FETCHES, FETCHES_OF_ONE, clock));
    this.trying = new Lane(new Turns(TRIALS, LONG_TRIALS, TRIALS, clock));
  }

  /// The state of a wanted order's spec; asks for what comes next where that is due, but for
  /// [#fetch].
  State of(OrderView order, NodeView me) {
    return of(order, me, false);
  }

  /// The same for work that was promised: nothing goes before it.
  State promised(OrderView order, NodeView me) {
    State state = of(order, me, true);
    if (state instanceof State.Known) {
      fetch(order, me, true);
    }
    return state;
  }

  private State of(OrderView order, NodeView me, boolean promised) {
    asked.put(order.id(), order);
    Bytes32 spec = order.terms().spec();
    Turns.Work work = work(order);
    State underway = fetching.state(work);
    if (underway == null) {
      underway = trialOf(spec);
    }
    if (underway != null) {
      return underway;
    }
    State.Failed trouble = troubles.get(spec);
    if (trouble != null && clock.instant().isBefore(trouble.retryAt())) {
      return trouble;
    }
    return switch (facts.get(spec)) {
      case Fact.Ready ready when promised || isHeldFor(order) ->
          new State.Ready(ready.spec(), ready.pace());
      case Fact.Hopeless(String why) -> new State.Hopeless(why);
      case Fact.Held(TaskSpec known) ->
          trying.want(
              work,
              isLong(spec, known),
              promised,
              "compiling its program",
              () -> tryOut(order.terms(), known));
      // Held, but not for as long as this order may want it.
      case Fact.Ready(TaskSpec known, Pace _) ->
          failure(order).<State>map(missing -> missing).orElse(new State.Known(known));
      case Fact.Known(TaskSpec known) ->
          failure(order).<State>map(missing -> missing).orElse(new State.Known(known));
      case null -> {
        Optional<State.Failed> missing = failure(order);
        if (missing.isPresent()) {
          yield missing.get();
        }
        yield fetching.want(
            work, false, promised, "fetching its spec", () -> spec(order, due(order), me));
      }
    };
  }

  /// Asks for all that a [State.Known] spec names.
  void fetch(OrderView order, NodeView me) {
    fetch(order, me, false);
  }

  private void fetch(OrderView order, NodeView me, boolean promised) {
    TaskSpec spec =
        switch (facts.get(order.terms().spec())) {
          case Fact.Known(TaskSpec known) -> known;
          case Fact.Ready(TaskSpec known, Pace _) -> known;
          case null, default -> null;
        };
    if (spec != null) {
      fetching.want(
          work(order),
          Specs.inputBytes(spec) > SHORT_FETCH_BYTES,
          promised,
          "fetching its program and inputs",
          () -> rest(order, spec, due(order), me));
    }
  }

  /// Begins what is due of all that was asked for since the last time, and stops and forgets what
  /// nobody asks for any more.
  ///
  /// @param specs of all live orders
  void proceed(Set<Bytes32> specs) {
    Set<Turns.Work> works = new HashSet<>();
    asked.values().forEach(order -> works.add(work(order)));
    fetching.proceed(specs, works);
    // A trial is done once for all who ask.
    Set<Bytes32> wanted = new HashSet<>();
    works.forEach(work -> wanted.add(work.spec()));
    Set<Turns.Work> trialsWanted = new HashSet<>(trying.underway.keySet());
    trialsWanted.removeIf(work -> !wanted.contains(work.spec()));
    Set<Bytes32> once = new HashSet<>();
    trying.wanted.keySet().removeIf(work -> !once.add(work.spec()));
    trying.proceed(specs, trialsWanted);
    asked.clear();
    facts.keySet().retainAll(specs);
    troubles.keySet().retainAll(specs);
    reported.keySet().retainAll(specs);
    heldUntil.keySet().retainAll(specs);
    slow.retainAll(specs);
    misses.keySet().removeIf(origin -> !specs.contains(origin.spec()));
  }

  /// Ends all work.
  void close() {
    for (Lane lane : List.of(fetching, trying)) {
      lane.underway.forEach((work, attempt) -> lane.stop(work, attempt, "the node stops"));
    }
  }

  /// Waits until nothing is done any more, after [#close].
  void awaitStopped() throws InterruptedException {
    for (Lane lane : List.of(fetching, trying)) {
      for (Attempt attempt : lane.underway.values()) {
        attempt.thread.join(STOP_PATIENCE);
      }
    }
  }

  private static Turns.Work work(OrderView order) {
    return new Turns.Work(order.terms().spec(), order.terms().consumer());
  }

  private @Nullable State trialOf(Bytes32 spec) {
    for (Map.Entry<Turns.Work, Attempt> each : trying.underway.entrySet()) {
      if (each.getKey().spec().equals(spec) && !each.getValue().stopped) {
        return each.getValue().state;
      }
    }
    return null;
  }

  private boolean isLong(Bytes32 spec, TaskSpec known) {
    return slow.contains(spec)
        || known.getProgram().getSizeBytes() > SHORT_PROGRAM_BYTES
        || Specs.inputBytes(known) > SHORT_TRIAL_BYTES;
  }

  /// Time of this node that a consumer stands for with what its orders of this look hold.
  private Duration allowance(Turns.Work work) {
    BigInteger held =
        asked.values().stream()
            .map(OrderView::terms)
            .filter(terms -> terms.consumer().equals(work.consumer()))
            .map(Terms::escrow)
            .map(Wei::value)
            .reduce(BigInteger.ZERO, BigInteger::add);
    long seconds =
        held.divide(BigInteger.valueOf(Math.max(1, weiPerSecond)))
            .min(BigInteger.valueOf(MOST.toSeconds()))
            .longValueExact();
    return FREE.plusSeconds(seconds);
  }

  /// What keeps an order's spec from being bid for. Any thread.
  Optional<Reason> obstacle(OrderView order) {
    Bytes32 spec = order.terms().spec();
    State underway = fetching.state(work(order));
    if (underway == null) {
      underway = trialOf(spec);
    }
    if (underway instanceof State.Underway(String step, Instant since)) {
      return Optional.of(new Reason.Preparing(step + ": " + secondsSince(since) + " s so far"));
    }
    Fact fact = facts.get(spec);
    if (fact instanceof Fact.Hopeless(String why)) {
      return Optional.of(new Reason.CannotRun(why, Optional.empty()));
    }
    State.Failed failed =
        Optional.ofNullable(troubles.get(spec))
            .filter(trouble -> clock.instant().isBefore(trouble.retryAt()))
            .or(() -> fact instanceof Fact.Ready ? Optional.empty() : failure(order))
            .orElse(null);
    if (failed != null) {
      return Optional.of(new Reason.CannotRun(failed.why(), Optional.of(failed.retryAt())));
    }
    return switch (fact) {
      case Fact.Known _, Fact.Ready _ -> Optional.empty();
      case null, default -> Optional.of(new Reason.Preparing("others' tasks are got ready first"));
    };
  }

  /// The spec, once it is here. Any thread.
  Optional<TaskSpec> spec(Bytes32 spec) {
    return switch (facts.get(spec)) {
      case Fact.Known known -> Optional.of(known.spec());
      case Fact.Held held -> Optional.of(held.spec());
      case Fact.Ready ready -> Optional.of(ready.spec());
      case null, default -> Optional.empty();
    };
  }

  /// How a task's program will run here, as far as that is known. Any thread.
  Pace pace(Bytes32 spec) {
    return facts.get(spec) instanceof Fact.Ready ready ? ready.pace() : Pace.USUAL;
  }

  /// Says in the log what takes long, each thing once in [#REPORT_EVERY].
  void report() {
    Set<Bytes32> busy = new HashSet<>();
    for (Lane lane : List.of(fetching, trying)) {
      lane.underway.forEach((work, attempt) -> {
        busy.add(work.spec());
        long due = reported.getOrDefault(work.spec(), 0L) + REPORT_EVERY.toSeconds();
        long seconds = secondsSince(attempt.state.since());
        if (seconds >= due) {
          reported.put(work.spec(), seconds);
          LOG.info(
              "spec {}: {}: {} s so far", work.spec().prefix(12), attempt.state.step(), seconds);
        }
      });
    }
    reported.keySet().retainAll(busy);
  }

  private long secondsSince(Instant since) {
    return Duration.between(since, clock.instant()).toSeconds();
  }

  /// Not to be had here for now, after twice as long as the last time to be tried again.
  private void trouble(Bytes32 spec, String why) {
    int tries = Optional.ofNullable(troubles.get(spec)).map(State.Failed::tries).orElse(0) + 1;
    Duration pause = pause(tries);
    LOG.info("spec {} is not ready, next try in {}: {}", spec.prefix(12), pause, why);
    troubles.put(spec, new State.Failed(why, clock.instant().plus(pause), tries));
  }

  private static Duration pause(int tries) {
    return FIRST_RETRY.multipliedBy(1L << Math.min(tries - 1, MAX_DOUBLINGS));
  }

  /// The nodes that an order names, this one perhaps among them; 0 for one that names none.
  private static Set<Integer> origins(Terms terms) {
    Set<Integer> origins = new LinkedHashSet<>();
    for (int id : new int[] {terms.originA(), terms.originB()}) {
      if (id != 0) {
        origins.add(id);
      }
    }
    return origins.isEmpty() ? Set.of(0) : origins;
  }

  /// The order's origins that may be asked now.
  private List<Integer> due(OrderView order) {
    Instant now = clock.instant();
    return origins(order.terms()).stream()
        .filter(id -> {
          Miss miss = misses.get(new Origin(order.terms().spec(), id));
          return miss == null
              || !miss.orders().contains(order.id())
              || !now.isBefore(miss.retryAt());
        })
        .toList();
  }

  /// What was said where the order's blobs should be; empty when there is an origin to ask.
  private Optional<State.Failed> failure(OrderView order) {
    if (!due(order).isEmpty()) {
      return Optional.empty();
    }
    return origins(order.terms()).stream()
        .map(id -> misses.get(new Origin(order.terms().spec(), id)))
        .filter(Objects::nonNull)
        .min(Comparator.comparing(Miss::retryAt))
        .map(miss -> new State.Failed(miss.why(), miss.retryAt(), miss.tries()));
  }

  private void missed(OrderView order, List<Integer> origins, NodeView me, String why) {
    for (int id : origins) {
      // Looking into one's own store costs nothing.
      boolean own = id == me.id();
      String what = own ? "nobody has brought it to this node, which is its origin" : why;
      Miss miss =
          misses.merge(
              new Origin(order.terms().spec(), id),
              new Miss(what, clock.instant().plus(pause(1)), 1, Set.of(order.id())),
              (before, more) -> {
                Set<Bytes32> orders = new HashSet<>(before.orders());
                orders.addAll(more.orders());
                int tries = before.tries() + 1;
                return new Miss(
                    what, clock.instant().plus(pause(own ? 1 : tries)), tries, Set.copyOf(orders));
              });
      if (miss.tries() == 1 || !own) {
        LOG.info(
            "spec {} is not to be had from node {}, next try in {}: {}",
            order.terms().spec().prefix(12),
            id,
            Duration.between(clock.instant(), miss.retryAt()),
            what);
      }
    }
  }

  private List<NodeView> nodes(List<Integer> ids, NodeView me) {
    List<NodeView> nodes = new ArrayList<>();
    for (int id : ids) {
      if (id != me.id()) {
        market.node(id).ifPresent(nodes::add);
      }
    }
    return nodes;
  }

  /// How long an order may want its blobs from now on.
  private static Duration need(Terms terms) {
    return Duration.ofSeconds(terms.openSeconds())
        .plusSeconds(terms.runSeconds())
        // A jury may want them until the last challenge is over.
        .plusSeconds(
            terms.mode() == Verification.OPTIMISTIC
                ? 2L * (terms.windowSeconds() + terms.runSeconds())
                : 0);
  }

  private boolean isHeldFor(OrderView order) {
    Instant until = heldUntil.getOrDefault(order.terms().spec(), Instant.MIN);
    return !until.isBefore(clock.instant().plus(need(order.terms())));
  }

  private Instant keepUntil(Terms terms) {
    return clock.instant().plus(need(terms)).plus(SLACK);
  }

  private void spec(OrderView order, List<Integer> origins, NodeView me)
      throws IOException, InterruptedException, Specs.BadSpec {
    Terms terms = order.terms();
    try {
      BlobId id = BlobId.fromBytes(terms.spec().bytes());
      TaskSpec spec = Specs.decode(specBytes(id, nodes(origins, me), keepUntil(terms)));
      facts.putIfAbsent(terms.spec(), new Fact.Known(spec));
    } catch (BlobFetcher.NotAtOrigins e) {
      missed(order, origins, me, String.valueOf(e.getMessage()));
    }
  }

  private void rest(OrderView order, TaskSpec spec, List<Integer> origins, NodeView me)
      throws IOException, InterruptedException {
    Terms terms = order.terms();
    Instant until = keepUntil(terms);
    try {
      for (BlobRef blob : Specs.blobs(spec)) {
        fetcher.fetch(Specs.id(blob), blob.getSizeBytes(), nodes(origins, me), until);
      }
      heldUntil.merge(terms.spec(), until, (one, other) -> one.isAfter(other) ? one : other);
      facts.computeIfPresent(
          terms.spec(), (id, fact) -> fact instanceof Fact.Known ? new Fact.Held(spec) : fact);
    } catch (BlobFetcher.NotAtOrigins e) {
      missed(order, origins, me, String.valueOf(e.getMessage()));
    }
  }

  private void tryOut(Terms terms, TaskSpec spec) throws InterruptedException {
    switch (trials.tryOut(spec, terms.consumer())) {
      case TaskRunner.Trial.Sound(Pace pace) -> {
        troubles.remove(terms.spec());
        facts.put(terms.spec(), new Fact.Ready(spec, pace));
      }
      case TaskRunner.Trial.Hopeless(String why) -> {
        LOG.info("spec {} cannot be served: {}", terms.spec().prefix(12), why);
        facts.put(terms.spec(), new Fact.Hopeless(why));
      }
      case TaskRunner.Trial.Failed(String why) -> {
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedException();
        }
        // What is missing here is fetched again.
        facts.put(terms.spec(), new Fact.Known(spec));
        trouble(terms.spec(), why);
      }
    }
  }

  /// The chain names the spec without its size, so it is read within bounds and hashed in memory.
  private byte[] specBytes(BlobId id, List<NodeView> origins, Instant keepUntil)
      throws IOException, InterruptedException {
    if (store.info(id).isPresent()) {
      return fetcher.read(id, Specs.MAX_BYTES);
    }
    List<String> problems = new ArrayList<>();
    for (NodeView origin : origins) {
      try (InputStream content =
          new PacedStream(source.open(origin, id), Specs.MAX_BYTES, System::nanoTime)) {
        byte[] bytes = content.readNBytes(Specs.MAX_BYTES + 1);
        if (bytes.length <= Specs.MAX_BYTES && BlobId.of(bytes).equals(id)) {
          store.put(
              id,
              bytes.length,
              new Holding(BlobFetcher.SELF, keepUntil, Holding.Access.SHARED),
              Long.MAX_VALUE,
              new ByteArrayInputStream(bytes));
          return bytes;
        }
        problems.add("node " + origin.id() + " sent other bytes");
      } catch (IOException e) {
        problems.add("node " + origin.id() + ": " + e.getMessage());
      }
    }
    throw new BlobFetcher.NotAtOrigins("the spec", problems);
  }
}
