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
import hooke.node.runtime.engine.Job;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Runs WASI programs in worker processes.
///
/// A worker has one job at a time and goes back to the pool only after a job that ended as a
/// result; after anything else it is killed. The pool refills itself in the background.
public final class WasmRuntime implements TaskRuntime {
  private final WorkerSettings settings;
  private final Semaphore room;
  private final Object lock = new Object();

  /// Workers at rest. Guarded by `lock`, as are the two after it.
  private final Deque<Worker> idle = new ArrayDeque<>();

  private int starting;
  private boolean closed;
  private final java.util.Set<Worker> busy = ConcurrentHashMap.newKeySet();

  public WasmRuntime(WorkerSettings settings) {
    this.settings = settings;
    this.room = new Semaphore(settings.most());
    refill();
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
  public Isolation isolation() {
    return settings.sandbox().isolation();
  }

  @Override
  public Check check(Path program, long memoryBytes) throws InterruptedException {
    Frame.Work work = new Frame.Work(program.toAbsolutePath(), memoryBytes, null);
    Frame answer = withWorker(memoryBytes, worker -> worker.prepare(work, settings.prepareLimit()));
    return switch (answer) {
      case Frame.Prepared _ -> new Check.Ready();
      case Frame.Refused refused -> new Check.Refused(refused.reason(), refused.message());
      case Frame.Failed failed -> new Check.HostFailure(failed.reason(), failed.message());
      case Frame other -> throw new IllegalStateException("not an answer: " + other);
    };
  }

  @Override
  public RunResult run(RunRequest request) throws InterruptedException {
    RunLimits limits = request.limits();
    Path directory = request.directory().toAbsolutePath();
    try {
      Files.createDirectories(directory);
      try (Stream<Path> files = Files.list(directory)) {
        if (files.findAny().isPresent()) {
          throw new IllegalArgumentException("the run's directory is not empty: " + directory);
        }
      }
    } catch (IOException e) {
      return new RunResult.HostFailure(FailureReason.HOST_DISK, e.toString());
    }
    List<String> args = new ArrayList<>();
    args.add("task");
    args.addAll(request.args());
    Job job =
        new Job(
            args,
            request.env(),
            request.seed(),
            absolute(request.stdin()),
            absolute(request.inputs()),
            directory,
            limits.fuel(),
            limits.memoryBytes(),
            limits.outputBytes());
    Frame.Work work = new Frame.Work(request.program().toAbsolutePath(), limits.memoryBytes(), job);
    long[] prepared = new long[1];
    Frame answer =
        withWorker(
            limits.memoryBytes(),
            worker -> {
              Frame first = worker.prepare(work, settings.prepareLimit());
              if (first instanceof Frame.Prepared(long nanos)) {
                prepared[0] = nanos;
                return worker.finish(limits.wall());
              }
              return first;
            });
    return switch (answer) {
      case Frame.Done done -> finished(done, directory, limits, Duration.ofNanos(prepared[0]));
      case Frame.Refused refused -> new RunResult.Refused(refused.reason(), refused.message());
      case Frame.Failed failed -> new RunResult.HostFailure(failed.reason(), failed.message());
      case Frame other -> throw new IllegalStateException("not an answer: " + other);
    };
  }

  private static @Nullable Path absolute(@Nullable Path path) {
    return path == null ? null : path.toAbsolutePath();
  }

  private static RunResult finished(
      Frame.Done done, Path directory, RunLimits limits, Duration prepared) {
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
        directory.resolve("out"),
        directory.resolve("stdout"),
        directory.resolve("stderr"),
        ending.message(),
        prepared,
        Duration.ofNanos(done.nanos()));
  }

  private interface Use {
    Frame of(Worker worker) throws InterruptedException;
  }

  private Frame withWorker(long memoryBytes, Use use) throws InterruptedException {
    room.acquire();
    try {
      Worker worker;
      try {
        worker = take(memoryBytes);
      } catch (IOException e) {
        return new Frame.Failed(FailureReason.WORKER_DIED, String.valueOf(e.getMessage()));
      }
      if (worker == null) {
        return new Frame.Failed(FailureReason.CLOSED, "the node is shutting down");
      }
      boolean sound = false;
      busy.add(worker);
      try {
        Frame answer = use.of(worker);
        sound = sound(answer);
        return answer;
      } finally {
        busy.remove(worker);
        giveBack(worker, sound);
      }
    } finally {
      room.release();
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

  private @Nullable Worker take(long memoryBytes) throws IOException, InterruptedException {
    while (true) {
      Worker worker;
      synchronized (lock) {
        if (closed) {
          return null;
        }
        worker = memoryBytes > settings.warmMemoryBytes() ? null : idle.poll();
      }
      if (worker == null) {
        return Worker.start(settings, Math.max(memoryBytes, settings.warmMemoryBytes()));
      }
      if (worker.alive()) {
        return worker;
      }
      worker.close();
    }
  }

  private void giveBack(Worker worker, boolean sound) {
    synchronized (lock) {
      if (sound
          && !closed
          && worker.alive()
          && worker.jobs() < settings.jobs()
          && worker.memoryBytes() == settings.warmMemoryBytes()
          && idle.size() < settings.warm()) {
        idle.push(worker);
        return;
      }
    }
    worker.close();
    refill();
  }

  /// Starts workers in the background until as many as wanted are at rest, at work or starting.
  private void refill() {
    synchronized (lock) {
      while (!closed && idle.size() + starting + busy.size() < settings.warm()) {
        starting++;
        Thread.ofVirtual().name("start-worker").start(this::startOne);
      }
    }
  }

  private void startOne() {
    Worker worker = null;
    try {
      worker = Worker.start(settings, settings.warmMemoryBytes());
    } catch (IOException e) {
      // The next task starts one itself, and reports what is wrong.
      System.getLogger(WasmRuntime.class.getName())
          .log(System.Logger.Level.WARNING, "no warm worker: {0}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (lock) {
      starting--;
      if (worker != null && !closed) {
        idle.push(worker);
        lock.notifyAll();
        return;
      }
    }
    if (worker != null) {
      worker.close();
    }
  }

  /// Waits until the pool is warm. For benchmarks and tests.
  public void awaitWarm() throws InterruptedException {
    synchronized (lock) {
      while (!closed && starting > 0) {
        lock.wait(100);
      }
    }
  }

  /// Process ids of workers at work. For tests and `doctor`.
  public List<Long> busyPids() {
    return busy.stream().map(Worker::pid).toList();
  }

  @Override
  public void close() {
    List<Worker> all;
    synchronized (lock) {
      closed = true;
      all = new ArrayList<>(idle);
      idle.clear();
      lock.notifyAll();
    }
    all.addAll(busy);
    all.forEach(Worker::close);
  }
}
