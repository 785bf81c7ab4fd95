package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.contract.Terms;
import hooke.node.runtime.Check;
import hooke.node.runtime.TaskRuntime;
import hooke.node.spec.Specs;
import hooke.storage.BlobId;
import hooke.storage.BlobStore;
import hooke.storage.Holding;
import hooke.v1.BlobRef;
import hooke.v1.TaskSpec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gets a task ready before its slot is bid for: spec, program and inputs are fetched, checked and
/// held, since a node may only promise what it has. Works on virtual threads, a bounded number at a
/// time.
final class Preparation {
  private static final Logger LOG = LoggerFactory.getLogger(Preparation.class);
  private static final int AT_ONCE = 8;
  private static final Duration RETRY = Duration.ofSeconds(3);
  private static final Duration SLACK = Duration.ofHours(1);

  /// How far a spec has come.
  sealed interface State {
    record Underway() implements State {}

    /// Everything is held and the program can run here.
    record Ready(TaskSpec spec) implements State {}

    /// Not to be had at the moment.
    record Failed(String why, Instant retryAt) implements State {}

    /// No node can serve it.
    record Hopeless(String why) implements State {}
  }

  private final BlobStore store;
  private final BlobFetcher fetcher;
  private final BlobSource source;
  private final TaskRuntime runtime;
  private final Path work;
  private final Clock clock;
  private final Semaphore permits = new Semaphore(AT_ONCE);
  private final Map<Bytes32, State> states = new ConcurrentHashMap<>();

  Preparation(BlobStore store, BlobSource source, TaskRuntime runtime, Path work, Clock clock) {
    this.store = store;
    this.fetcher = new BlobFetcher(store, source);
    this.source = source;
    this.runtime = runtime;
    this.work = work;
    this.clock = clock;
  }

  /// The state of this spec; starts work on it, or a new try, where that is due.
  ///
  /// @param origins nodes to ask, in order
  /// @param changed called when the state has changed
  State of(Terms terms, List<NodeView> origins, Runnable changed) {
    State known = states.get(terms.spec());
    boolean retry =
        known instanceof State.Failed failed && !clock.instant().isBefore(failed.retryAt());
    if (known != null && !retry) {
      return known;
    }
    State underway = new State.Underway();
    states.put(terms.spec(), underway);
    Thread.ofVirtual()
        .name("prepare-" + terms.spec().prefix(8))
        .start(() -> {
          states.put(terms.spec(), prepare(terms, origins));
          changed.run();
        });
    return underway;
  }

  /// Forgets specs that no order asks for any more.
  void keepOnly(Set<Bytes32> specs) {
    states.keySet().retainAll(specs);
  }

  private State prepare(Terms terms, List<NodeView> origins) {
    try {
      permits.acquire();
      try {
        return fetchAll(terms, origins);
      } finally {
        permits.release();
      }
    } catch (Specs.BadSpec e) {
      LOG.info("spec {} cannot be served: {}", terms.spec().prefix(12), e.getMessage());
      return new State.Hopeless(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      LOG.info("spec {} is not ready: {}", terms.spec().prefix(12), e.getMessage());
      return new State.Failed(String.valueOf(e.getMessage()), clock.instant().plus(RETRY));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new State.Failed("the node stops", clock.instant().plus(RETRY));
    }
  }

  private State fetchAll(Terms terms, List<NodeView> origins)
      throws IOException, InterruptedException, Specs.BadSpec {
    Instant keepUntil =
        clock
            .instant()
            .plusSeconds(terms.openSeconds())
            .plusSeconds(terms.runSeconds())
            .plus(SLACK);
    TaskSpec spec =
        Specs.decode(specBytes(BlobId.fromBytes(terms.spec().bytes()), origins, keepUntil));
    for (BlobRef blob : Specs.blobs(spec)) {
      fetcher.fetch(Specs.id(blob), blob.getSizeBytes(), origins, keepUntil);
    }
    Files.createDirectories(work);
    Path program = Files.createTempFile(work, "check-", ".wasm");
    try {
      Files.write(program, fetcher.read(Specs.id(spec.getProgram()), Specs.MAX_PROGRAM_BYTES));
      return switch (runtime.check(terms.consumer().toString(), program, Specs.memoryLimit(spec))) {
        case Check.Ready ignored -> new State.Ready(spec);
        case Check.Refused refused -> new State.Hopeless(refused.message());
        case Check.HostFailure failure ->
            new State.Failed(failure.message(), clock.instant().plus(RETRY));
      };
    } finally {
      Files.deleteIfExists(program);
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
      try (InputStream content = source.open(origin, id)) {
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
