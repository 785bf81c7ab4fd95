package hooke.node.runtime.worker;

import hooke.node.runtime.FailureReason;
import hooke.node.runtime.sandbox.Confined;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One worker process, seen from the node. Used by one thread at a time; anything it says may be a
/// lie.
final class Worker implements AutoCloseable {
  private static final long STARTUP_SECONDS = 30;
  private static final long END_SECONDS = 10;

  /// Frames that wait to be read; a worker that says more waits itself.
  private static final int FRAMES = 16;

  private static final int LOG_BYTES = 8 << 10;

  /// Exit code of a worker that ran out of heap: a JVM's, by -XX:+ExitOnOutOfMemoryError, and what
  /// worker.mjs takes over from it.
  private static final int OUT_OF_MEMORY = 3;

  /// What came out of the worker: a frame, or why there will be none.
  private sealed interface Answer {
    record Heard(Frame frame) implements Answer {}

    record Gone(String why) implements Answer {}
  }

  private final Confined confined;
  private final WorkerFolder folder;
  private final OutputStream orders;
  private final BlockingQueue<Answer> answers = new ArrayBlockingQueue<>(FRAMES);
  private final Tail log = new Tail();
  private final WorkerSize size;
  private @Nullable String client;
  private int jobs;
  private volatile boolean closed;

  private Worker(Confined confined, WorkerFolder folder, WorkerSize size) {
    this.confined = confined;
    this.folder = folder;
    this.size = size;
    this.orders = confined.process().getOutputStream();
  }

  /// Starts a worker and waits until it is ready.
  static Worker start(WorkerSettings settings, WorkerProcess process, WorkerSize size)
      throws IOException, InterruptedException {
    WorkerFolder folder = WorkerFolder.create(settings.home());
    Worker worker;
    try {
      worker = new Worker(settings.sandbox().start(process.launch(folder, size)), folder, size);
    } catch (IOException e) {
      folder.delete();
      throw e;
    }
    String name = "worker-" + worker.pid();
    Thread.ofPlatform().daemon().name(name).start(worker::listen);
    Thread.ofPlatform().daemon().name(name + "-log").start(worker::readLog);
    try {
      Answer first = worker.answers.poll(STARTUP_SECONDS, TimeUnit.SECONDS);
      if (!(first instanceof Answer.Heard(Frame.Ready _))) {
        String why = first instanceof Answer.Gone(String text) ? text : "it was not ready in time";
        throw new IOException("a worker did not start: " + why + worker.lastWords());
      }
    } catch (IOException | InterruptedException e) {
      worker.close();
      throw e;
    }
    return worker;
  }

  private void listen() {
    String why = "it ended";
    try {
      try (InputStream in = new BufferedInputStream(confined.process().getInputStream())) {
        Frame frame;
        while ((frame = Frame.read(in)) != null) {
          say(new Answer.Heard(frame));
        }
      } catch (IOException e) {
        why = "it broke the protocol: " + e.getMessage();
      }
      confined.process().destroyForcibly();
      say(new Answer.Gone(why));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void say(Answer answer) throws InterruptedException {
    while (!closed && !answers.offer(answer, 1, TimeUnit.SECONDS)) {
      // Nobody asks at the moment, and what a worker says unasked must not fill the memory.
    }
  }

  private void readLog() {
    try (InputStream in = confined.process().getErrorStream()) {
      byte[] buffer = new byte[1 << 10];
      int n;
      while ((n = in.read(buffer)) > 0) {
        log.add(buffer, n);
      }
    } catch (IOException e) {
      // The process is gone: what it said so far is kept.
    }
  }

  /// The last bytes that a worker printed to its error stream.
  private static final class Tail {
    private final byte[] last = new byte[LOG_BYTES];
    private long total;

    synchronized void add(byte[] bytes, int length) {
      for (int i = 0; i < length; i++) {
        last[(int) (total++ % LOG_BYTES)] = bytes[i];
      }
    }

    synchronized String text() {
      int length = (int) Math.min(total, LOG_BYTES);
      byte[] ordered = new byte[length];
      for (int i = 0; i < length; i++) {
        ordered[i] = last[(int) ((total - length + i) % LOG_BYTES)];
      }
      return new String(ordered, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", " ").strip();
    }
  }

  WorkerSize size() {
    return size;
  }

  /// Whom it has worked for; null while it is fresh.
  @Nullable String client() {
    return client;
  }

  int jobs() {
    return jobs;
  }

  boolean alive() {
    return confined.process().isAlive();
  }

  long pid() {
    return confined.process().pid();
  }

  WorkerFolder folder() {
    return folder;
  }

  /// Gives it work. From now on it works for `whom` only.
  ///
  /// @param until nanoseconds of the JVM's clock, by which it must have taken it: a worker that
  ///   does not read would otherwise keep the caller for ever
  /// @return null, or why it cannot take any
  Frame.@Nullable Failed order(String whom, Frame.Work work, long until)
      throws InterruptedException {
    client = whom;
    jobs++;
    AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
    Thread writer =
        Thread.ofPlatform()
            .daemon()
            .name("worker-" + pid() + "-order")
            .start(() -> {
              try {
                Frame.write(orders, work);
              } catch (IOException e) {
                failure.set(e);
              }
            });
    if (!writer.join(Duration.ofNanos(Math.max(1, until - System.nanoTime())))) {
      return died("it took no work in time");
    }
    IOException e = failure.get();
    return e == null ? null : died("it took no work: " + e.getMessage());
  }

  /// The next thing it says; null when `until` (nanoseconds of the JVM's clock) comes first.
  @Nullable Frame next(long until) throws InterruptedException {
    return switch (answers.poll(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS)) {
      case null -> null;
      case Answer.Heard(Frame frame) -> frame;
      case Answer.Gone(String why) -> died(why);
    };
  }

  /// Kills it, and says why for people.
  Frame.Failed died(String why) throws InterruptedException {
    Process process = confined.process();
    boolean byItself = !process.isAlive();
    process.destroyForcibly();
    if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
      return new Frame.Failed(FailureReason.WORKER_DIED, "the worker does not die: " + why);
    }
    if (process.exitValue() == OUT_OF_MEMORY) {
      return new Frame.Failed(
          FailureReason.HOST_MEMORY, "the worker's heap was too small for this program");
    }
    return switch (confined.verdict()) {
      case MEMORY ->
          new Frame.Failed(
              FailureReason.HOST_MEMORY, "the worker used more memory than it was given");
      case SYSTEM_CALL ->
          new Frame.Failed(
              FailureReason.WORKER_DIED,
              "the worker was killed: " + confined.verdict().sentence() + lastWords());
      case NOTHING ->
          new Frame.Failed(
              FailureReason.WORKER_DIED,
              "the worker died: "
                  + why
                  + (byItself ? " (exit code " + process.exitValue() + ")" : "")
                  + lastWords());
    };
  }

  private String lastWords() {
    String text = log.text();
    return text.isEmpty()
        ? ""
        : "; its last words: " + text.substring(Math.max(0, text.length() - 500));
  }

  /// Kills the process and removes its directory.
  @Override
  public void close() {
    closed = true;
    confined.close();
    try {
      folder.delete();
    } catch (IOException | java.io.UncheckedIOException e) {
      System.getLogger(Worker.class.getName())
          .log(System.Logger.Level.WARNING, "a worker's directory stays: " + folder.home(), e);
    }
  }
}
