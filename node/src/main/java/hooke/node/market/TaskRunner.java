package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.node.runtime.FailureReason;
import hooke.node.runtime.RunLimits;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.TaskRuntime;
import hooke.node.spec.ResultArchive;
import hooke.node.spec.ResultLeaf;
import hooke.node.spec.Specs;
import hooke.storage.BlobId;
import hooke.storage.BlobStore;
import hooke.storage.Holding;
import hooke.storage.PutOutcome;
import hooke.v1.EnvironmentVariable;
import hooke.v1.Input;
import hooke.v1.TaskSpec;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs one task: lays its blobs out as files, hands them to the runtime, packs what came out into
/// the canonical archive and keeps that. Each run has a directory of its own under `work`, which is
/// gone when the run is over, however it ended.
final class TaskRunner {
  private static final Logger LOG = LoggerFactory.getLogger(TaskRunner.class);

  private final BlobStore store;
  private final TaskRuntime runtime;
  private final Path work;

  TaskRunner(BlobStore store, TaskRuntime runtime, Path work) {
    this.store = store;
    this.runtime = runtime;
    this.work = work;
  }

  /// What a run gave here.
  sealed interface Outcome {
    /// A result whose archive is kept until `keepUntil`.
    record Result(ResultLeaf leaf, long stdoutSize, long stderrSize) implements Outcome {}

    /// No result from this machine, in one sentence.
    ///
    /// @param passing whether the reason lies in this machine's moment, and another try may do
    record NoResult(String why, boolean passing) implements Outcome {}
  }

  /// Where the run's standard output and error grow while it runs.
  Path directory(Bytes32 order, int slot) {
    return work.resolve(order.prefix(24) + "-" + slot);
  }

  Outcome run(
      Bytes32 order,
      int slot,
      Address client,
      TaskSpec spec,
      long fuelLimit,
      Duration wall,
      Instant keepUntil)
      throws InterruptedException {
    Path directory = directory(order, slot);
    try {
      delete(directory);
      Files.createDirectories(directory);
      Path program = directory.resolve("program.wasm");
      copy(Specs.id(spec.getProgram()), program);
      Path stdin = null;
      if (spec.hasStdin()) {
        stdin = directory.resolve("stdin");
        copy(Specs.id(spec.getStdin()), stdin);
      }
      Path in = directory.resolve("in");
      layOut(spec, in);
      Map<String, String> env = new HashMap<>();
      for (EnvironmentVariable variable : spec.getEnvList()) {
        env.put(variable.getName(), variable.getValue());
      }
      RunRequest request =
          new RunRequest(
              client.toString(),
              program,
              Specs.argv0(spec),
              spec.getArgsList(),
              env,
              BlobId.of(Specs.encode(spec)).toString(),
              Specs.clock(spec),
              stdin,
              in,
              directory.resolve("run"),
              new RunLimits(fuelLimit, Specs.memoryLimit(spec), Specs.outputLimit(spec), wall));
      return switch (runtime.run(request)) {
        case RunResult.Finished finished -> keep(directory, finished, keepUntil);
        case RunResult.Refused refused -> new Outcome.NoResult(refused.message(), false);
        case RunResult.HostFailure failure ->
            new Outcome.NoResult(
                failure.reason() + ": " + failure.message(), isPassing(failure.reason()));
      };
    } catch (IOException | IllegalArgumentException e) {
      return new Outcome.NoResult("the run could not be prepared: " + e.getMessage(), false);
    } finally {
      deleteQuietly(directory);
    }
  }

  private static boolean isPassing(FailureReason reason) {
    return switch (reason) {
      case WORKER_DIED, HOST_MEMORY, HOST_STACK, HOST_ENGINE, PREPARE_TIME -> true;
      case WALL_TIME, HOST_DISK, CLOSED -> false;
    };
  }

  private Outcome keep(Path directory, RunResult.Finished finished, Instant keepUntil)
      throws IOException {
    Path archive = directory.resolve("result.tar");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(archive), 1 << 16)) {
      ResultArchive.writeResult(out, finished.stdout(), finished.stderr(), finished.out());
    }
    BlobId id;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(archive), 1 << 16)) {
      id = BlobId.of(in);
    }
    long size = Files.size(archive);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(archive), 1 << 16)) {
      PutOutcome kept =
          store.put(
              id,
              size,
              new Holding(BlobFetcher.SELF, keepUntil, Holding.Access.OWNER_ONLY),
              Long.MAX_VALUE,
              in);
      if (!(kept instanceof PutOutcome.Stored) && !(kept instanceof PutOutcome.AlreadyHeld)) {
        return new Outcome.NoResult(
            "the result of " + size + " bytes could not be kept: " + kept, false);
      }
    }
    ResultLeaf leaf =
        new ResultLeaf(0, finished.outcome(), finished.exitCode(), finished.fuelUsed(), size, id);
    return new Outcome.Result(leaf, Files.size(finished.stdout()), Files.size(finished.stderr()));
  }

  private void layOut(TaskSpec spec, Path in) throws IOException {
    Files.createDirectories(in);
    for (Input input : spec.getInputsList()) {
      Path target = input.getPath().equals(".") ? in : in.resolve(input.getPath());
      if (input.getFormat() == Input.Format.FILE) {
        Path parent = target.getParent();
        Files.createDirectories(parent == null ? in : parent);
        copy(Specs.id(input.getBlob()), target);
      } else {
        Files.createDirectories(target);
        try (InputStream blob = open(Specs.id(input.getBlob()))) {
          ResultArchive.unpack(blob, target, input.getBlob().getSizeBytes());
        }
      }
    }
  }

  private void copy(BlobId id, Path target) throws IOException {
    try (InputStream blob = open(id)) {
      Files.copy(blob, target);
    }
  }

  private InputStream open(BlobId id) throws IOException {
    return store
        .read(id, 0)
        .orElseThrow(() -> new IOException("blob " + id.prefix() + " is not held here"));
  }

  private static void delete(@Nullable Path directory) throws IOException {
    if (directory == null || !Files.exists(directory)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  private static void deleteQuietly(Path directory) {
    try {
      delete(directory);
    } catch (IOException e) {
      // The next run of this slot and the next start of the node delete it again.
      LOG.warn("cannot delete {}: {}", directory, e.getMessage());
    }
  }

  /// Removes what an earlier process left behind.
  void clean() throws IOException {
    Files.createDirectories(work);
    try (Stream<Path> left = Files.list(work)) {
      for (Path each : left.toList()) {
        delete(each);
      }
    }
  }
}
