package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.node.runtime.Check;
import hooke.node.runtime.FailureReason;
import hooke.node.runtime.RunLimits;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.TaskRuntime;
import hooke.node.spec.ArrayLines;
import hooke.node.spec.BadArchive;
import hooke.node.spec.BilledFuel;
import hooke.node.spec.LeafTable;
import hooke.node.spec.ResultArchive;
import hooke.node.spec.ResultLeaf;
import hooke.node.spec.SlotResult;
import hooke.node.spec.Specs;
import hooke.scheduler.model.Pace;
import hooke.storage.BlobId;
import hooke.storage.BlobStore;
import hooke.storage.Holding;
import hooke.storage.PutOutcome;
import hooke.v1.TaskSpec;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs a slot's tasks, one after the other: lays their blobs out as files, hands them to the
/// runtime, packs what came out into canonical archives and keeps these. A slot has a directory of
/// its own under `work`, which is gone when its run is over, however it ended.
final class TaskRunner {
  private static final Logger LOG = LoggerFactory.getLogger(TaskRunner.class);

  private final BlobStore store;
  private final TaskRuntime runtime;
  private final Path work;
  private final Promised promised;

  /// How much of the store results may still fill that were promised to others.
  @FunctionalInterface
  interface Promised {
    /// Nothing was.
    Promised NOTHING = (order, slot) -> 0;

    long beside(Bytes32 order, int slot);
  }

  TaskRunner(BlobStore store, TaskRuntime runtime, Path work) {
    this(store, runtime, work, Promised.NOTHING);
  }

  TaskRunner(BlobStore store, TaskRuntime runtime, Path work, Promised promised) {
    this.store = store;
    this.runtime = runtime;
    this.work = work;
    this.promised = promised;
  }

  /// Who holds what a slot gave: so that it can be let go of without what else has the same bytes.
  static String holder(Bytes32 order, int slot) {
    return "result-" + order.prefix(48) + "-" + slot;
  }

  /// What a run gave here.
  sealed interface Outcome {
    /// A result that is kept until `keepUntil`: of all tasks, or of an array's first ones.
    record Result(SlotResult result, long stdoutSize, long stderrSize) implements Outcome {}

    /// No result from this machine, in one sentence.
    record NoResult(String why, Cause cause) implements Outcome {}
  }

  /// Where it lies that there is no result.
  enum Cause {
    /// Perhaps in this machine's moment, so another try may do; what fails twice is taken for the
    /// task's.
    MOMENT,
    /// In this machine, whatever the task.
    MACHINE,
    /// It took longer than it was given.
    TIME,
    /// In what the task asks of a machine like this one.
    TASK
  }

  /// Where the run's standard output and error grow while it runs.
  Path directory(Bytes32 order, int slot) {
    return work.resolve(order.prefix(24) + "-" + slot);
  }

  /// What is finished of an array's slot, so that a run that was cut off goes on there.
  interface Progress {
    /// Keeps nothing: for runs that begin anew.
    Progress FORGOTTEN =
        new Progress() {
          @Override
          public List<ResultLeaf> leaves() {
            return List.of();
          }

          @Override
          public void goOnAt(int index) {}

          @Override
          public void keep(ResultLeaf leaf) {}
        };

    /// What [#keep] was given, by index, perhaps with gaps.
    List<ResultLeaf> leaves();

    /// Told which task is the first to run; nothing of an earlier one is in the run's directory.
    void goOnAt(int index);

    /// Keeps what the task at work gave; the next one runs from here on. Durable when it returns,
    /// as is the archive that the leaf names. Nothing of the task is in the run's directory any
    /// more.
    void keep(ResultLeaf leaf);

    /// Told why there is no result of the task at work, where those before it are one.
    default void stopped(Outcome.NoResult why) {}
  }

  /// What a slot runs.
  ///
  /// @param first index of its first task in the order
  /// @param count how many; 1 unless the spec is of an array
  /// @param fuelLimit of each task, more than [BilledFuel#START]
  /// @param wall for all of them together
  /// @param reporting what is reported for a leaf that a run gave
  /// @param progress of an array's slot
  record Work(
      Bytes32 order,
      int slot,
      Address client,
      TaskSpec spec,
      int first,
      int count,
      long fuelLimit,
      Duration wall,
      Instant keepUntil,
      UnaryOperator<ResultLeaf> reporting,
      Progress progress) {}

  /// How it went to do for a task all that comes before its first instruction.
  sealed interface Trial {
    /// All of it can be done here.
    ///
    /// @param pace how the program will run
    record Sound(Pace pace) implements Trial {}

    /// It lies in the task: no node could.
    record Hopeless(String why) implements Trial {}

    /// It lies in this machine, or in this moment.
    record Failed(String why) implements Trial {}
  }

  /// Does all that a run of the task does before its first instruction, by the same code and with
  /// the same limits, and leaves nothing: a node may only promise what it has seen to work.
  Trial tryOut(TaskSpec spec, Address client) throws InterruptedException {
    Path directory = null;
    try {
      Files.createDirectories(work);
      directory = Files.createTempDirectory(work, "trial-");
      TaskLayout laid = TaskLayout.of(store, spec, directory);
      for (List<String> args : extremes(spec)) {
        request(
            spec,
            client,
            laid,
            args,
            0,
            directory.resolve("run"),
            limits(spec, 1, Duration.ofSeconds(1)));
      }
      return switch (runtime.check(client.toString(), laid.program(), Specs.memoryLimit(spec))) {
        case Check.Ready(Duration start, int slowdown, long memoryBytes) ->
            new Trial.Sound(new Pace(start, slowdown, memoryBytes, laid.entries()));
        case Check.Refused refused -> new Trial.Hopeless(refused.message());
        case Check.HostFailure failure -> new Trial.Failed(failure.message());
      };
    } catch (Specs.BadSpec | BadArchive | IllegalArgumentException e) {
      return new Trial.Hopeless(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return new Trial.Failed("it cannot be laid out: " + e);
    } finally {
      if (directory != null) {
        deleteQuietly(directory);
      }
    }
  }

  /// The arguments that a run may have: of an array those with its first and its longest line.
  private List<List<String>> extremes(TaskSpec spec) throws IOException, Specs.BadSpec {
    if (!spec.hasArray()) {
      return List.of(spec.getArgsList());
    }
    String longest = "x".repeat(ArrayLines.MAX_LINE_BYTES);
    int count;
    try (InputStream in = TaskLayout.open(store, spec.getArray().getLines())) {
      count = ArrayLines.count(in);
    }
    if (count != spec.getArray().getCount()) {
      throw new IllegalArgumentException(
          "the array has %d lines, and says it has %d"
              .formatted(count, spec.getArray().getCount()));
    }
    try (InputStream in = TaskLayout.open(store, spec.getArray().getLines())) {
      return Stream.of(ArrayLines.read(in, 0, 1).getFirst(), longest)
          .map(line -> ArrayLines.args(spec.getArgsList(), line))
          .toList();
    }
  }

  Outcome run(Work work) throws InterruptedException {
    Path directory = directory(work.order(), work.slot());
    try {
      delete(directory);
      Files.createDirectories(directory);
      TaskLayout laid = TaskLayout.of(store, work.spec(), directory);
      return work.spec().hasArray()
          ? array(work, laid, directory)
          : switch (one(
              work, laid, directory.resolve("run"), work.spec().getArgsList(), 0, work.wall())) {
            case Ran.Kept kept ->
                new Outcome.Result(
                    SlotResult.of(kept.leaf()), kept.stdoutSize(), kept.stderrSize());
            case Ran.Not(Outcome.NoResult why) -> why;
          };
    } catch (Specs.BadSpec | BadArchive | IllegalArgumentException e) {
      return new Outcome.NoResult("the run could not be prepared: " + e.getMessage(), Cause.TASK);
    } catch (IOException e) {
      return new Outcome.NoResult(
          "the run's files could not be written or kept: " + e.getMessage(), Cause.MACHINE);
    } finally {
      deleteQuietly(directory);
    }
  }

  /// What one task gave.
  private sealed interface Ran {
    record Kept(ResultLeaf leaf, long stdoutSize, long stderrSize) implements Ran {}

    record Not(Outcome.NoResult why) implements Ran {}
  }

  /// All tasks of a slot, or its first ones when there is no result of a later one: what is done is
  /// worth delivering.
  private Outcome array(Work work, TaskLayout laid, Path directory)
      throws IOException, InterruptedException, Specs.BadSpec {
    List<String> lines;
    try (InputStream in = TaskLayout.open(store, work.spec().getArray().getLines())) {
      lines = ArrayLines.read(in, work.first(), work.count());
    }
    long end = System.nanoTime() + work.wall().toNanos();
    String holder = holder(work.order(), work.slot());
    List<ResultLeaf> leaves = finished(holder, work.first(), work.count(), work.progress());
    if (!leaves.isEmpty()) {
      LOG.info(
          "order {} slot {}: {} of {} tasks were finished before; goes on at task {}",
          work.order().prefix(12),
          work.slot(),
          leaves.size(),
          work.count(),
          work.first() + leaves.size());
    }
    work.progress().goOnAt(work.first() + leaves.size());
    Path run = directory.resolve("run");
    while (leaves.size() < lines.size()) {
      int index = work.first() + leaves.size();
      List<String> args = ArrayLines.args(work.spec().getArgsList(), lines.get(leaves.size()));
      Ran ran = one(work, laid, run, args, index, left(end));
      if (ran instanceof Ran.Not(Outcome.NoResult first) && first.cause() == Cause.MOMENT) {
        delete(run);
        ran = one(work, laid, run, args, index, left(end));
      }
      switch (ran) {
        case Ran.Kept kept -> {
          delete(run);
          work.progress().keep(kept.leaf());
          leaves.add(kept.leaf());
        }
        case Ran.Not(Outcome.NoResult why) -> {
          if (leaves.isEmpty()) {
            return why;
          }
          LOG.warn(
              "order {} slot {}: task {} gave no result here: {}",
              work.order().prefix(12),
              work.slot(),
              index,
              why.why());
          work.progress().stopped(why);
          return new Outcome.Result(keep(work, leaves), 0, 0);
        }
      }
    }
    return new Outcome.Result(keep(work, leaves), 0, 0);
  }

  private static Duration left(long end) {
    return Duration.ofNanos(Math.max(1, end - System.nanoTime()));
  }

  /// The leaves of a slot's first tasks that need not be run: up to the first one that is not known
  /// or whose archive is not here.
  private List<ResultLeaf> finished(String holder, int first, int count, Progress progress) {
    List<ResultLeaf> leaves = new ArrayList<>();
    for (ResultLeaf leaf : progress.leaves()) {
      if (leaves.size() == count
          || leaf.index() != first + leaves.size()
          || store
              .info(leaf.archive())
              .filter(held -> held.size() == leaf.size() && held.readableBy(holder))
              .isEmpty()) {
        break;
      }
      leaves.add(leaf);
    }
    return leaves;
  }

  /// The result of what is finished, when the rest will not be; empty if nothing is.
  Optional<SlotResult> part(Bytes32 order, SlotView slot, Instant keepUntil, Progress progress)
      throws IOException {
    List<ResultLeaf> leaves =
        finished(holder(order, slot.slot()), slot.first(), slot.count(), progress);
    return leaves.isEmpty()
        ? Optional.empty()
        : Optional.of(keep(order, slot.slot(), slot.first(), leaves, keepUntil));
  }

  private SlotResult keep(Work work, List<ResultLeaf> leaves) throws IOException {
    return keep(work.order(), work.slot(), work.first(), leaves, work.keepUntil());
  }

  private SlotResult keep(
      Bytes32 order, int slot, int first, List<ResultLeaf> leaves, Instant keepUntil)
      throws IOException {
    LeafTable table = new LeafTable(first, leaves);
    byte[] bytes = table.bytes();
    BlobId id = BlobId.of(bytes);
    put(order, slot, id, bytes.length, keepUntil, new ByteArrayInputStream(bytes));
    return SlotResult.of(table, id);
  }

  /// Lets go of all that a slot gave here: nobody pays for it, so it takes no room.
  void letGo(Job job, Progress progress) {
    List<BlobId> given = new ArrayList<>();
    progress.leaves().forEach(leaf -> given.add(leaf.archive()));
    SlotResult result = job.result();
    if (result != null) {
      given.add(result.kept());
      if (result.leaf() == null) {
        try {
          Challenges.table(store, result).leaves().forEach(leaf -> given.add(leaf.archive()));
        } catch (IOException | IllegalArgumentException e) {
          LOG.debug(
              "order {} slot {}: its table is gone: {}",
              job.order().prefix(12),
              job.slot(),
              e.getMessage());
        }
      }
    }
    store.drop(given, holder(job.order(), job.slot()));
  }

  /// What fails here on the disk ends this task alone: those before it are worth delivering.
  private Ran one(Work work, TaskLayout laid, Path run, List<String> args, int index, Duration wall)
      throws InterruptedException {
    try {
      return ran(work, laid, run, args, index, wall);
    } catch (IOException e) {
      return new Ran.Not(
          new Outcome.NoResult(
              "the run's files could not be written or kept: " + e.getMessage(), Cause.MACHINE));
    }
  }

  private Ran ran(Work work, TaskLayout laid, Path run, List<String> args, int index, Duration wall)
      throws IOException, InterruptedException {
    RunRequest request =
        request(
            work.spec(),
            work.client(),
            laid,
            args,
            index,
            run,
            limits(work.spec(), BilledFuel.leftToBurn(work.fuelLimit()), wall));
    return switch (runtime.run(request)) {
      case RunResult.Finished finished -> keep(run, finished, index, work);
      case RunResult.Refused refused ->
          new Ran.Not(new Outcome.NoResult(refused.message(), Cause.TASK));
      case RunResult.HostFailure failure ->
          new Ran.Not(
              new Outcome.NoResult(
                  failure.reason() + ": " + failure.message(), causeOf(failure.reason())));
    };
  }

  private static RunLimits limits(TaskSpec spec, long fuel, Duration wall) {
    return new RunLimits(fuel, Specs.memoryLimit(spec), Specs.outputLimit(spec), wall);
  }

  private static RunRequest request(
      TaskSpec spec,
      Address client,
      TaskLayout laid,
      List<String> args,
      int index,
      Path run,
      RunLimits limits) {
    String seed = BlobId.of(Specs.encode(spec)).toString();
    return new RunRequest(
        client.toString(),
        laid.program(),
        Specs.argv0(spec),
        args,
        laid.env(),
        // Each task of an array has random numbers of its own.
        spec.hasArray() ? seed + "%08x".formatted(index) : seed,
        Specs.clock(spec),
        spec.getRealTime(),
        laid.stdin(),
        laid.inputs(),
        run,
        limits);
  }

  private static Cause causeOf(FailureReason reason) {
    return switch (reason) {
      case WORKER_DIED, HOST_MEMORY, HOST_STACK, HOST_ENGINE, PREPARE_TIME -> Cause.MOMENT;
      case WALL_TIME -> Cause.TIME;
      case HOST_DISK, CLOSED -> Cause.MACHINE;
    };
  }

  private Ran keep(Path run, RunResult.Finished finished, int index, Work work) throws IOException {
    Path archive = run.resolveSibling("result.tar");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(archive), 1 << 16)) {
      ResultArchive.writeResult(out, finished.stdout(), finished.stderr(), finished.left());
    }
    BlobId id;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(archive), 1 << 16)) {
      id = BlobId.of(in);
    }
    long size = Files.size(archive);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(archive), 1 << 16)) {
      put(work.order(), work.slot(), id, size, work.keepUntil(), in);
    }
    long fuel = BilledFuel.of(work.fuelLimit(), finished.fuelUsed(), finished.memoryBytes(), size);
    ResultLeaf leaf =
        new ResultLeaf(index, finished.outcome(), finished.exitCode(), fuel, size, id);
    return new Ran.Kept(
        work.reporting().apply(leaf), Files.size(finished.stdout()), Files.size(finished.stderr()));
  }

  private void put(
      Bytes32 order, int slot, BlobId id, long size, Instant keepUntil, InputStream content)
      throws IOException {
    PutOutcome kept =
        store.put(
            id,
            size,
            new Holding(holder(order, slot), keepUntil, Holding.Access.OWNER_ONLY),
            Long.MAX_VALUE,
            promised.beside(order, slot),
            content);
    if (!(kept instanceof PutOutcome.Stored) && !(kept instanceof PutOutcome.AlreadyHeld)) {
      throw new IOException("the result of " + size + " bytes could not be kept: " + kept);
    }
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
