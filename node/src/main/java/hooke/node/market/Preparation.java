package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
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
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gets a task ready before its slot is bid for: spec, program and inputs are fetched, checked and
/// held, since a node may only promise what it has. The spec comes first and says what the rest
/// costs, so that nothing is fetched for a task that is not wanted.
///
/// Works on virtual threads, a bounded number at a time and for one consumer: origins may be slow,
/// or in league with whoever orders. The agent's thread asks; states are written by the workers.
final class Preparation {
  private static final Logger LOG = LoggerFactory.getLogger(Preparation.class);
  private static final int AT_ONCE = 16;
  private static final int AT_ONCE_FOR_ONE = 8;
  private static final Duration FIRST_RETRY = Duration.ofSeconds(3);
  private static final int MAX_DOUBLINGS = 7;
  private static final Duration REPORT_EVERY = Duration.ofSeconds(10);
  private static final Duration SLACK = Duration.ofHours(1);

  /// How far a spec has come.
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

  private final BlobStore store;
  private final BlobFetcher fetcher;
  private final BlobSource source;
  private final TaskRunner trials;
  private final MarketState market;
  private final Clock clock;
  private final Runnable changed;
  private final Consumer<RuntimeException> onFailure;
  private final Map<Bytes32, State> states = new ConcurrentHashMap<>();
  private final Map<Bytes32, Integer> failures = new ConcurrentHashMap<>();

  /// After how many seconds each was last spoken of. The agent's thread alone.
  private final Map<Bytes32, Long> reported = new HashMap<>();

  private final Map<Address, Integer> underway = new HashMap<>();
  private int allUnderway;

  /// @param trials lays tasks out and compiles them as the run will
  /// @param market says who the origins are
  /// @param promised bytes of the store that must be left for results
  /// @param changed called when a state has changed
  /// @param onFailure told when the disk fails
  Preparation(
      BlobStore store,
      BlobSource source,
      TaskRunner trials,
      MarketState market,
      LongSupplier promised,
      Clock clock,
      Runnable changed,
      Consumer<RuntimeException> onFailure) {
    this.store = store;
    this.fetcher = new BlobFetcher(store, source, promised);
    this.source = source;
    this.trials = trials;
    this.market = market;
    this.clock = clock;
    this.changed = changed;
    this.onFailure = onFailure;
  }

  /// The state of an order's spec; begins to fetch the spec, or tries again, where that is due.
  State of(Terms terms, NodeView me) {
    State known = states.get(terms.spec());
    boolean retry =
        known instanceof State.Failed failed && !clock.instant().isBefore(failed.retryAt());
    if (known != null && !retry) {
      return known;
    }
    return begin(terms, "fetching its spec", () -> spec(terms, origins(terms, me)));
  }

  /// Fetches all that a [State.Known] spec names.
  void fetch(Terms terms, NodeView me) {
    if (states.get(terms.spec()) instanceof State.Known known) {
      begin(
          terms,
          "fetching its program and inputs",
          () -> rest(terms, known.spec(), origins(terms, me)));
    }
  }

  /// Forgets specs that no order asks for any more.
  void keepOnly(Set<Bytes32> specs) {
    states.keySet().retainAll(specs);
    failures.keySet().retainAll(specs);
    reported.keySet().retainAll(specs);
  }

  @FunctionalInterface
  private interface Step {
    State take() throws IOException, InterruptedException, Specs.BadSpec;
  }

  /// What keeps a spec from being bid for. Any thread.
  Optional<Reason> obstacle(Bytes32 spec) {
    return switch (states.get(spec)) {
      case null -> Optional.of(new Reason.Preparing("others' tasks are got ready first"));
      case State.Queued ignored ->
          Optional.of(new Reason.Preparing("others' tasks are got ready first"));
      case State.Underway(String step, Instant since) ->
          Optional.of(new Reason.Preparing(step + ": " + secondsSince(since) + " s so far"));
      case State.Failed failed ->
          Optional.of(new Reason.CannotRun(failed.why(), Optional.of(failed.retryAt())));
      case State.Hopeless hopeless ->
          Optional.of(new Reason.CannotRun(hopeless.why(), Optional.empty()));
      case State.Known ignored -> Optional.empty();
      case State.Ready ignored -> Optional.empty();
    };
  }

  /// The spec, once it is here. Any thread.
  Optional<TaskSpec> spec(Bytes32 spec) {
    return switch (states.get(spec)) {
      case State.Known known -> Optional.of(known.spec());
      case State.Ready ready -> Optional.of(ready.spec());
      case null, default -> Optional.empty();
    };
  }

  /// How a task's program will run here, as far as that is known. Any thread.
  Pace pace(Bytes32 spec) {
    return states.get(spec) instanceof State.Ready ready ? ready.pace() : Pace.USUAL;
  }

  /// Says in the log what takes long, each thing once in [#REPORT_EVERY].
  void report() {
    states.forEach((spec, state) -> {
      if (state instanceof State.Underway(String step, Instant since)) {
        long due = reported.getOrDefault(spec, 0L) + REPORT_EVERY.toSeconds();
        long seconds = secondsSince(since);
        if (seconds >= due) {
          reported.put(spec, seconds);
          LOG.info("spec {}: {}: {} s so far", spec.prefix(12), step, seconds);
        }
      } else {
        reported.remove(spec);
      }
    });
  }

  private long secondsSince(Instant since) {
    return Duration.between(since, clock.instant()).toSeconds();
  }

  private State begin(Terms terms, String what, Step step) {
    if (!enter(terms.consumer())) {
      return new State.Queued();
    }
    State begun = new State.Underway(what, clock.instant());
    states.put(terms.spec(), begun);
    Thread.ofVirtual()
        .name("prepare-" + terms.spec().prefix(8))
        .start(() -> {
          try {
            states.put(terms.spec(), outcome(terms, step));
          } finally {
            leave(terms.consumer());
            changed.run();
          }
        });
    return begun;
  }

  private boolean enter(Address consumer) {
    synchronized (underway) {
      int his = underway.getOrDefault(consumer, 0);
      if (allUnderway >= AT_ONCE || his >= AT_ONCE_FOR_ONE) {
        return false;
      }
      allUnderway++;
      underway.put(consumer, his + 1);
      return true;
    }
  }

  private void leave(Address consumer) {
    synchronized (underway) {
      allUnderway--;
      underway.computeIfPresent(consumer, (key, his) -> his == 1 ? null : his - 1);
    }
  }

  private State outcome(Terms terms, Step step) {
    try {
      return step.take();
    } catch (Specs.BadSpec e) {
      LOG.info("spec {} cannot be served: {}", terms.spec().prefix(12), e.getMessage());
      return new State.Hopeless(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return failed(terms, String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return failed(terms, "the node stops");
    } catch (StorageFailure e) {
      onFailure.accept(e);
      return failed(terms, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("spec {} cannot be prepared", terms.spec().prefix(12), e);
      return failed(terms, e.toString());
    }
  }

  /// To be tried again, after twice as long as the last time.
  private State failed(Terms terms, String why) {
    int tries = failures.merge(terms.spec(), 1, Integer::sum);
    Duration pause = FIRST_RETRY.multipliedBy(1L << Math.min(tries - 1, MAX_DOUBLINGS));
    LOG.info("spec {} is not ready, next try in {}: {}", terms.spec().prefix(12), pause, why);
    return new State.Failed(why, clock.instant().plus(pause), tries);
  }

  private List<NodeView> origins(Terms terms, NodeView me) {
    List<NodeView> origins = new ArrayList<>();
    for (int id : new int[] {terms.originA(), terms.originB()}) {
      if (id != me.id()) {
        market.node(id).ifPresent(origins::add);
      }
    }
    return origins;
  }

  private Instant keepUntil(Terms terms) {
    return clock
        .instant()
        .plusSeconds(terms.openSeconds())
        .plusSeconds(terms.runSeconds())
        // A jury may want them until the last challenge is over.
        .plusSeconds(
            terms.mode() == Verification.OPTIMISTIC
                ? 2L * (terms.windowSeconds() + terms.runSeconds())
                : 0)
        .plus(SLACK);
  }

  private State spec(Terms terms, List<NodeView> origins)
      throws IOException, InterruptedException, Specs.BadSpec {
    BlobId id = BlobId.fromBytes(terms.spec().bytes());
    return new State.Known(Specs.decode(specBytes(id, origins, keepUntil(terms))));
  }

  private State rest(Terms terms, TaskSpec spec, List<NodeView> origins)
      throws IOException, InterruptedException, Specs.BadSpec {
    for (BlobRef blob : Specs.blobs(spec)) {
      fetcher.fetch(Specs.id(blob), blob.getSizeBytes(), origins, keepUntil(terms));
    }
    return switch (trials.tryOut(
        spec,
        terms.consumer(),
        () ->
            states.put(
                terms.spec(), new State.Underway("compiling its program", clock.instant())))) {
      case TaskRunner.Trial.Sound(Pace pace) -> new State.Ready(spec, pace);
      case TaskRunner.Trial.Hopeless(String why) -> {
        LOG.info("spec {} cannot be served: {}", terms.spec().prefix(12), why);
        yield new State.Hopeless(why);
      }
      case TaskRunner.Trial.Failed(String why) -> failed(terms, why);
    };
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
    throw new IOException(
        "the spec cannot be had: "
            + (problems.isEmpty() ? "the order names no origin" : String.join("; ", problems)));
  }
}
