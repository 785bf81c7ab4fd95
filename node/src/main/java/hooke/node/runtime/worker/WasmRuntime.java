package hooke.node.runtime.worker;

import hooke.node.runtime.Check;
import hooke.node.runtime.FailureReason;
import hooke.node.runtime.Isolation;
import hooke.node.runtime.Outcome;
import hooke.node.runtime.RunLimits;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.TaskRuntime;
import hooke.node.runtime.engine.Ending;
import hooke.node.runtime.engine.EndiveEngine;
import hooke.node.runtime.engine.Job;
import hooke.node.runtime.v8.NodeJs;
import hooke.node.runtime.v8.Scripts;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Runs WASI programs in worker processes, with the engine of the operator's choice.
///
/// Endive's workers read, meter, check, compile and run. For V8 the first three happen in a JVM as
/// well, in workers that run nothing, and what is kept as "compiled" is the metered module: no
/// stranger's bytes reach V8 that were not read and rewritten by us.
///
/// A program goes to a worker by way of that worker's directory, with code from the [CompiledCache]
/// where there is some; what it leaves comes back over the worker's standard output and is written
/// by the node ([Delivery]). So a worker can write nothing that the node would later read as a
/// file.
public final class WasmRuntime implements TaskRuntime {
  /// Stands for metering and its schedule, which turn a program into the module that is compiled.
  /// Whoever changes one of them changes this.
  private static final String METERED_VERSION = "4";

  /// Endive and what is kept of its work; the JDK it was made for.
  private static final String ENDIVE_VERSION =
      "endive-1.0.0-pieces-jdk" + Runtime.version().feature();

  /// Programs that could not be prepared here, and for how long that is believed.
  private static final int HOPELESS = 256;

  /// What a run waits for a worker of its own, at the worst, where it needs a larger one than are
  /// kept warm: 2.9 s were seen on a machine with six times as much work as cores.
  private static final Duration WORKER_START = Duration.ofSeconds(3);

  private static final Duration HOPELESS_FOR = Duration.ofMinutes(10);

  private final WorkerSettings settings;
  private final WorkerPool pool;

  /// Workers that read, meter and check for the others; null where those do it themselves.
  private final @Nullable WorkerPool validators;

  private final Thread training;
  private final FileChannel owned;
  private final CompiledCache cache;
  private final Semaphore runs;
  private final Semaphore checks;
  private volatile @Nullable String unfit;

  private record Hopeless(Frame.Failed why, long until) {}

  private final Map<String, Hopeless> hopeless =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Hopeless> eldest) {
          return size() > HOPELESS;
        }
      };

  public WasmRuntime(WorkerSettings settings) {
    this.settings = settings;
    this.runs = new Semaphore(settings.pool().runs());
    this.checks = new Semaphore(settings.pool().checks());
    try {
      this.cache =
          new CompiledCache(
              settings.home().resolve("compiled"),
              switch (settings.engine()) {
                case EngineChoice.Endive _ -> ENDIVE_VERSION + "-" + METERED_VERSION;
                case EngineChoice.V8 _ -> "metered-" + METERED_VERSION;
              },
              settings.compiling().cacheBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("the cache of compiled programs cannot be used", e);
    }
    WorkerImage image;
    try {
      this.owned = own(settings.home());
      image = WorkerImage.open(settings.image());
    } catch (IOException e) {
      throw new UncheckedIOException("workers' classes cannot be laid out", e);
    }
    switch (settings.engine()) {
      case EngineChoice.Endive _ -> {
        this.validators = null;
        this.pool = new WorkerPool(settings, new JvmWorker(image, false));
      }
      case EngineChoice.V8(NodeJs nodeJs) -> {
        V8Worker process;
        try {
          process =
              new V8Worker(
                  nodeJs.program(),
                  Scripts.unpack(settings.home().resolve("scripts").toAbsolutePath()),
                  V8Worker.OPTIMISED_BYTES);
        } catch (IOException e) {
          throw new UncheckedIOException("workers on Node.js cannot be set up", e);
        }
        this.validators = new WorkerPool(settings.forValidating(), new JvmWorker(image, true));
        this.pool = new WorkerPool(settings, process);
      }
    }
    this.training = Thread.ofVirtual().name("worker-image").start(() -> train(image));
  }

  /// Locks the workers' home and removes what a killed node left in it; does neither when another
  /// runtime works there.
  private static FileChannel own(Path home) throws IOException {
    FileChannel channel =
        FileChannel.open(home.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      // Held until the channel is closed.
      FileLock lock = channel.tryLock();
      if (lock != null) {
        WorkerFolder.sweep(home);
      }
    } catch (OverlappingFileLockException e) {
      // Another runtime of this process.
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    return channel;
  }

  private static void train(WorkerImage image) {
    try {
      image.train();
    } catch (IOException e) {
      System.getLogger(WasmRuntime.class.getName())
          .log(System.Logger.Level.WARNING, "workers start slowly: {0}", e.getMessage());
    } catch (InterruptedException e) {
      // The runtime is closed.
    }
  }

  @Override
  public String name() {
    return "wasm";
  }

  @Override
  public String profile() {
    return "wasm-det/1";
  }

  @Override
  public String engine() {
    return settings.engine().description();
  }

  @Override
  public Isolation isolation() {
    return settings.sandbox().isolation();
  }

  @Override
  public Optional<String> unfit() {
    return Optional.ofNullable(unfit);
  }

  /// From now on it is [#unfit()].
  public void distrust(String why) {
    unfit = why;
  }

  @Override
  public Check check(String client, Path program, long memoryBytes) throws InterruptedException {
    Task task = new Task(client, program, null, null, memoryBytes, 0, null, null);
    checks.acquire();
    try {
      return switch (inWorker(task)) {
        case Frame.Prepared(long _, long first) -> ready(program, first, memoryBytes);
        case Frame.Refused refused -> new Check.Refused(refused.reason(), refused.message());
        case Frame.Failed failed -> new Check.HostFailure(failed.reason(), failed.message());
        case Frame other -> throw new IllegalStateException("not an answer: " + other);
      };
    } finally {
      checks.release();
    }
  }

  /// How a program that can run will do so.
  private Check ready(Path program, long first, long memoryBytes) {
    EngineChoice engine = settings.engine();
    try {
      return new Check.Ready(
          engine
              .startPerMib()
              .multipliedBy(Files.size(program) >> 20)
              .plus(memoryBytes > settings.warmSize().memoryBytes() ? WORKER_START : Duration.ZERO),
          engine.interpreted() > 1 && interprets(program) ? engine.interpreted() : 1,
          first);
    } catch (IOException e) {
      return new Check.HostFailure(FailureReason.HOST_DISK, e.toString());
    }
  }

  /// Whether an engine that compiles left some functions as they are; the worst is assumed where
  /// that was not kept.
  private boolean interprets(Path program) throws IOException {
    Optional<CompiledCache.Kept> kept = cache.find(CompiledCache.hash(program));
    if (kept.isEmpty()) {
      return true;
    }
    try (DataInputStream code = CompiledCache.code(kept.get().file())) {
      return EndiveEngine.interprets(code);
    } catch (NoSuchFileException e) {
      // Deleted a moment ago, to make room.
      return true;
    }
  }

  @Override
  public RunResult run(RunRequest request) throws InterruptedException {
    RunLimits limits = request.limits();
    Path directory = request.directory().toAbsolutePath();
    List<String> args = new ArrayList<>();
    args.add(request.argv0());
    args.addAll(request.args());
    Job job =
        new Job(
            args,
            request.env(),
            request.seed(),
            request.clockNanos(),
            request.realTime(),
            limits.fuel(),
            limits.memoryBytes(),
            limits.outputBytes());
    runs.acquire();
    try (Delivery delivery = new Delivery(emptied(directory), limits.outputBytes())) {
      Task task =
          new Task(
              request.client(),
              request.program(),
              request.stdin(),
              request.inputs(),
              limits.memoryBytes(),
              limits.outputBytes(),
              job,
              new Running(delivery, limits.wall()));
      return switch (inWorker(task)) {
        case Frame.Done done -> finished(done, directory, limits, task);
        case Frame.Refused refused -> new RunResult.Refused(refused.reason(), refused.message());
        case Frame.Failed failed -> new RunResult.HostFailure(failed.reason(), failed.message());
        case Frame other -> throw new IllegalStateException("not an answer: " + other);
      };
    } catch (IOException | UncheckedIOException e) {
      return new RunResult.HostFailure(FailureReason.HOST_DISK, e.toString());
    } finally {
      runs.release();
    }
  }

  private static Path emptied(Path directory) throws IOException {
    Files.createDirectories(directory);
    try (Stream<Path> files = Files.list(directory)) {
      if (files.findAny().isPresent()) {
        throw new IllegalArgumentException("the run's directory is not empty: " + directory);
      }
    }
    return directory;
  }

  private static RunResult finished(Frame.Done done, Path directory, RunLimits limits, Task task) {
    Ending ending = done.ending();
    Outcome outcome =
        switch (ending.kind()) {
          case EXITED -> Outcome.EXITED;
          case TRAPPED -> Outcome.TRAPPED;
          case OUT_OF_FUEL -> Outcome.OUT_OF_FUEL;
          case OUTPUT_LIMIT -> Outcome.OUTPUT_LIMIT;
          case HOST_STACK, HOST_DISK, HOST_ENGINE -> null;
        };
    if (outcome == null) {
      FailureReason reason =
          switch (ending.kind()) {
            case HOST_STACK -> FailureReason.HOST_STACK;
            case HOST_DISK -> FailureReason.HOST_DISK;
            default -> FailureReason.HOST_ENGINE;
          };
      return new RunResult.HostFailure(reason, ending.message());
    }
    if (ending.fuelUsed() < 0 || ending.fuelUsed() > limits.fuel()) {
      return new RunResult.HostFailure(
          FailureReason.WORKER_DIED, "the worker named impossible fuel: " + ending.fuelUsed());
    }
    return new RunResult.Finished(
        outcome,
        ending.exitCode(),
        ending.fuelUsed(),
        directory.resolve("left"),
        directory.resolve("stdout"),
        directory.resolve("stderr"),
        ending.message(),
        task.prepared(),
        Duration.ofNanos(done.nanos()),
        task.memoryBytes);
  }

  /// Where what a run leaves goes, and how long it may take.
  private record Running(Delivery delivery, Duration wall) {}

  /// One piece of work on its way through a worker.
  private static final class Task {
    private final String client;
    private final Path program;
    private final @Nullable Path stdin;
    private final @Nullable Path inputs;
    private final WorkerSize needed;
    private final @Nullable Job job;
    private final @Nullable Running running;
    private Duration prepared = Duration.ZERO;

    /// What the program's memory starts with; 0 until it is prepared.
    private long memoryBytes;

    Task(
        String client,
        Path program,
        @Nullable Path stdin,
        @Nullable Path inputs,
        long memoryBytes,
        long outputBytes,
        @Nullable Job job,
        @Nullable Running running) {
      this.client = client;
      this.program = program;
      this.stdin = stdin;
      this.inputs = inputs;
      this.needed = new WorkerSize(memoryBytes, outputBytes, sizeOf(program));
      this.job = job;
      this.running = running;
    }

    /// What is not there has no size: laying it out says so.
    private static long sizeOf(Path program) {
      try {
        return Files.size(program);
      } catch (IOException e) {
        return 0;
      }
    }

    Duration prepared() {
      return prepared;
    }

    /// The same program, not run.
    Task preparationOnly() {
      return new Task(client, program, null, null, needed.memoryBytes(), 0, null, null);
    }
  }

  private Frame inWorker(Task task) throws InterruptedException {
    try {
      String hash = CompiledCache.hash(task.program);
      String attempt = hash + "/" + task.needed.memoryBytes();
      WorkerPool first = validators;
      boolean looksItself = first == null && task.job != null;
      Optional<CompiledCache.Kept> kept = looksItself ? cache.find(hash) : cache.findSound(hash);
      Frame.Failed known = knownHopeless(attempt);
      if (known != null && kept.isEmpty() && task.job == null) {
        return known;
      }
      if (kept.isPresent() && kept.get().memoryBytes() > task.needed.memoryBytes()) {
        return WorkerMain.tooLarge(kept.get().memoryBytes(), task.needed.memoryBytes());
      }
      if (kept.isPresent() && task.job == null) {
        pool.probe(task.needed);
        return new Frame.Prepared(0, kept.get().memoryBytes());
      }
      Frame answer;
      if (first == null) {
        answer = inWorker(pool, task, hash, kept.map(CompiledCache.Kept::file).orElse(null));
      } else {
        answer = validated(first, task, hash, kept);
      }
      if (answer instanceof Frame.Failed failed && kept.isEmpty()) {
        remember(attempt, failed);
      }
      return answer;
    } catch (WorkerPool.NotStarted e) {
      return new Frame.Failed(FailureReason.HOST_MEMORY, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return new Frame.Failed(FailureReason.HOST_DISK, e.toString());
    }
  }

  /// Has a program read, metered and checked in one worker, where that is still to be done, and
  /// compiled and run in another.
  private Frame validated(
      WorkerPool first, Task task, String hash, Optional<CompiledCache.Kept> known)
      throws IOException, InterruptedException {
    Optional<CompiledCache.Kept> kept = known;
    Duration reading = Duration.ZERO;
    if (kept.isEmpty()) {
      Task reads = task.preparationOnly();
      Frame answer = inWorker(first, reads, hash, null);
      if (!(answer instanceof Frame.Prepared(long nanos, _))) {
        return answer;
      }
      reading = Duration.ofNanos(nanos);
      kept = cache.find(hash);
      if (kept.isEmpty()) {
        return new Frame.Failed(
            FailureReason.HOST_DISK, "the cache of compiled programs has no room for this one");
      }
    }
    Frame answer = inWorker(pool, task, hash, kept.get().file());
    task.prepared = task.prepared.plus(reading);
    if (answer instanceof Frame.Failed && known.isEmpty() && task.job == null) {
      // What V8 does not take must not count as prepared.
      cache.drop(hash);
    }
    return answer;
  }

  private Frame inWorker(WorkerPool from, Task task, String hash, @Nullable Path code)
      throws IOException, InterruptedException {
    // What a worker compiles is kept if it is its first work only, and keeping it is what a check
    // is
    // for; a run without a check before can do with one that knows its client.
    Worker worker = from.take(task.client, task.needed, code == null && task.job == null);
    if (worker == null) {
      return new Frame.Failed(FailureReason.CLOSED, "the node is shutting down");
    }
    boolean sound = false;
    try {
      Frame answer = prepare(worker, task, hash, code);
      if (answer instanceof Frame.Prepared(long nanos, long first) && task.running != null) {
        task.prepared = Duration.ofNanos(nanos);
        task.memoryBytes = first;
        answer = finish(worker, task.running);
      }
      sound = sound(answer);
      return answer;
    } finally {
      from.giveBack(worker, sound);
    }
  }

  private Frame.@Nullable Failed knownHopeless(String attempt) {
    synchronized (hopeless) {
      Hopeless known = hopeless.get(attempt);
      if (known != null && System.nanoTime() - known.until() < 0) {
        return known.why();
      }
      hopeless.remove(attempt);
      return null;
    }
  }

  /// A program that could not be prepared would be checked again whenever somebody asks again, for
  /// a minute of work each time. Runs are tried in any case: they were promised.
  private void remember(String attempt, Frame.Failed why) {
    switch (why.reason()) {
      case PREPARE_TIME, HOST_MEMORY, HOST_ENGINE, WORKER_DIED -> {
        synchronized (hopeless) {
          hopeless.put(attempt, new Hopeless(why, System.nanoTime() + HOPELESS_FOR.toNanos()));
        }
      }
      case WALL_TIME, HOST_STACK, HOST_DISK, CLOSED -> {}
    }
  }

  /// Lays out the task's files, hands it over, and waits until the program is ready to run.
  private Frame prepare(Worker worker, Task task, String hash, @Nullable Path code)
      throws IOException, InterruptedException {
    boolean compiles = code == null || validators == null;
    worker.folder().fill(compiles ? task.program : null, code, task.stdin, task.inputs);
    Frame.Work work =
        new Frame.Work(
            hash,
            task.needed.memoryBytes(),
            code != null,
            task.stdin != null,
            task.inputs != null,
            task.job);
    Duration limit = settings.compiling().limit(task.needed.programBytes());
    long until = System.nanoTime() + limit.toNanos();
    Frame.Failed failed = worker.order(task.client, work, until);
    if (failed != null) {
      return failed;
    }
    // Code is kept from workers that had not run anything before.
    boolean trusted = worker.jobs() == 1;
    try (CompiledCache.Entering entering = cache.enter(hash)) {
      while (true) {
        switch (worker.next(until)) {
          case null -> {
            return new Frame.Failed(
                FailureReason.PREPARE_TIME, "compiling took over " + limit.toSeconds() + " s");
          }
          case Frame.Code(byte[] part) when compiles -> {
            if (code != null) {
              cache.drop(hash);
            }
            entering.add(part);
          }
          case Frame.Prepared prepared -> {
            if (trusted) {
              entering.keep(prepared.memoryBytes());
            }
            return prepared;
          }
          case Frame.Refused refused -> {
            return refused;
          }
          case Frame.Failed itself -> {
            return itself;
          }
          case Frame other -> {
            return worker.died("it answered out of turn: " + other.getClass().getSimpleName());
          }
        }
      }
    }
  }

  /// Takes what the program leaves until it ends.
  private static Frame finish(Worker worker, Running running)
      throws IOException, InterruptedException {
    long until = System.nanoTime() + running.wall().toNanos();
    Delivery delivery = running.delivery();
    try {
      while (true) {
        switch (worker.next(until)) {
          case null -> {
            return new Frame.Failed(FailureReason.WALL_TIME, "it ran for over " + running.wall());
          }
          case Frame.Stream(int number, byte[] part) ->
              delivery.stream(number, part, 0, part.length);
          case Frame.Directory(String path) -> delivery.directory(path);
          case Frame.File(String path, long size) -> delivery.file(path, size);
          case Frame.Link(String path, String target) -> delivery.link(path, target);
          case Frame.Content(byte[] part) -> delivery.content(part, part.length);
          case Frame.Done done -> {
            delivery.finish();
            return done;
          }
          case Frame.Failed itself -> {
            return itself;
          }
          case Frame other -> {
            return worker.died("it answered out of turn: " + other.getClass().getSimpleName());
          }
        }
      }
    } catch (Delivery.Breach e) {
      return worker.died(String.valueOf(e.getMessage()));
    }
  }

  private static boolean sound(Frame answer) {
    return switch (answer) {
      case Frame.Prepared _, Frame.Refused _ -> true;
      case Frame.Done(Ending ending, _) ->
          switch (ending.kind()) {
            case EXITED, TRAPPED, OUT_OF_FUEL, OUTPUT_LIMIT -> true;
            case HOST_STACK, HOST_DISK, HOST_ENGINE -> false;
          };
      case Frame _ -> false;
    };
  }

  /// Waits until what workers start from is made and the pools are warm. For benchmarks and tests.
  public void awaitWarm() throws InterruptedException {
    training.join();
    if (validators != null) {
      validators.awaitWarm();
    }
    pool.awaitWarm();
  }

  /// Starts a worker that takes no work. For benchmarks.
  ///
  /// @return how long it took to be ready
  public Duration startOne() throws IOException, InterruptedException {
    return pool.startAndStop();
  }

  /// Process ids of workers at work. For tests and `doctor`.
  public List<Long> busyPids() {
    return pool.busy().stream().map(Worker::pid).toList();
  }

  @Override
  public void close() {
    training.interrupt();
    if (validators != null) {
      validators.close();
    }
    pool.close();
    try {
      owned.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the lock of the workers' home cannot be given up", e);
    }
  }
}
