package hooke.node.runtime.worker;

import hooke.node.runtime.FailureReason;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One worker process, seen from the node. Used by one thread at a time.
final class Worker implements AutoCloseable {
  /// A JVM that prints more than this to its error stream is not believed to be well.
  private static final long STARTUP_SECONDS = 30;

  /// What the JVM needs beside the program's memory.
  private static final long OWN_HEAP_MIB = 192;

  /// Exit code of a JVM that ran out of heap, by -XX:+ExitOnOutOfMemoryError.
  private static final int OUT_OF_MEMORY = 3;

  /// What came out of the worker: a frame, or why there will be none.
  private sealed interface Answer {
    record Heard(Frame frame) implements Answer {}

    record Gone(String why) implements Answer {}
  }

  private final Process process;
  private final Path home;
  private final OutputStream orders;
  private final BlockingQueue<Answer> answers = new ArrayBlockingQueue<>(16);
  private final long memoryBytes;
  private int jobs;

  private Worker(Process process, Path home, long memoryBytes) {
    this.process = process;
    this.home = home;
    this.memoryBytes = memoryBytes;
    this.orders = process.getOutputStream();
  }

  /// Starts a worker and waits until it is ready.
  ///
  /// @param memoryBytes the most that a job may ask for
  static Worker start(WorkerSettings settings, long memoryBytes)
      throws IOException, InterruptedException {
    Files.createDirectories(settings.home());
    Path home = Files.createTempDirectory(settings.home(), "worker");
    List<String> command =
        settings.sandbox().wrap(command(settings, memoryBytes), home, List.of(settings.home()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectError(home.resolve("log").toFile());
    Map<String, String> environment = builder.environment();
    environment.clear();
    // File names are UTF-8, whatever the node's own locale is.
    environment.put("LC_ALL", "C.UTF-8");
    Worker worker = new Worker(builder.start(), home, memoryBytes);
    Thread.ofVirtual().name("worker-" + worker.process.pid()).start(worker::listen);
    try {
      Answer first = worker.answers.poll(STARTUP_SECONDS, TimeUnit.SECONDS);
      if (!(first instanceof Answer.Heard(Frame.Ready _))) {
        String why = first instanceof Answer.Gone(String text) ? text : "it was not ready in time";
        throw new IOException("a worker did not start: " + why);
      }
    } catch (IOException | InterruptedException e) {
      worker.close();
      throw e;
    }
    return worker;
  }

  private static List<String> command(WorkerSettings settings, long memoryBytes) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + (OWN_HEAP_MIB + ((memoryBytes * 9 / 8) >> 20)) + "m");
    command.add("-Xms32m");
    command.add("-XX:+UseSerialGC");
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.add("-XX:MaxMetaspaceSize=256m");
    command.add("-XX:ReservedCodeCacheSize=96m");
    command.add("-XX:MaxDirectMemorySize=32m");
    command.add("-XX:-UsePerfData");
    command.add("-XX:+DisableAttachMechanism");
    command.add("-XX:-CreateCoredumpOnCrash");
    command.add("-Dsun.jnu.encoding=UTF-8");
    command.add("-cp");
    command.add(String.join(java.io.File.pathSeparator, classPath()));
    command.add(WorkerMain.class.getName());
    command.add(settings.home().resolve("compiled").toAbsolutePath().toString());
    command.add(Long.toString(settings.cacheBytes()));
    return command;
  }

  /// Only what a worker needs of the node's class path: this module, Endive and ASM.
  private static Set<String> classPath() {
    Set<String> path = new LinkedHashSet<>();
    for (String name :
        List.of(
            WorkerMain.class.getName(),
            "run.endive.runtime.Instance",
            "run.endive.wasm.Parser",
            "run.endive.compiler.Cache",
            "org.objectweb.asm.ClassWriter",
            "org.objectweb.asm.commons.InstructionAdapter",
            "org.objectweb.asm.tree.ClassNode",
            "org.objectweb.asm.tree.analysis.Analyzer",
            "org.objectweb.asm.util.CheckClassAdapter")) {
      try {
        Class<?> type = Class.forName(name, false, Worker.class.getClassLoader());
        path.add(
            Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
      } catch (ClassNotFoundException | java.net.URISyntaxException e) {
        throw new IllegalStateException("the worker's class path lacks " + name, e);
      }
    }
    return path;
  }

  private void listen() {
    String why = "it ended";
    try (InputStream in = new BufferedInputStream(process.getInputStream())) {
      Frame frame;
      while ((frame = Frame.read(in)) != null) {
        if (!answers.offer(new Answer.Heard(frame))) {
          why = "it said more than it was asked";
          break;
        }
      }
    } catch (IOException e) {
      why = "it broke the protocol: " + e.getMessage();
    }
    process.destroyForcibly();
    try {
      answers.put(new Answer.Gone(why));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  long memoryBytes() {
    return memoryBytes;
  }

  int jobs() {
    return jobs;
  }

  boolean alive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }

  /// Prepares a program. The worker is of no more use unless the answer is [Frame.Prepared] or
  /// [Frame.Refused].
  Frame prepare(Frame.Work work, Duration limit) throws InterruptedException {
    jobs++;
    try {
      Frame.write(orders, work);
    } catch (IOException e) {
      return died("it took no work: " + e.getMessage());
    }
    return switch (next(limit)) {
      case null -> new Frame.Failed(FailureReason.PREPARE_TIME, "compiling took over " + limit);
      case Frame.Prepared prepared -> prepared;
      case Frame.Refused refused -> refused;
      case Frame.Failed failed -> failed;
      case Frame other -> died("it answered out of turn: " + other);
    };
  }

  /// Waits for the end of the job given to [#prepare].
  Frame finish(Duration limit) throws InterruptedException {
    return switch (next(limit)) {
      case null -> new Frame.Failed(FailureReason.WALL_TIME, "it ran for over " + limit);
      case Frame.Done done -> done;
      case Frame.Failed failed -> failed;
      case Frame other -> died("it answered out of turn: " + other);
    };
  }

  private @Nullable Frame next(Duration limit) throws InterruptedException {
    return switch (answers.poll(limit.toNanos(), TimeUnit.NANOSECONDS)) {
      case null -> null;
      case Answer.Heard(Frame frame) -> frame;
      case Answer.Gone(String why) -> died(why);
    };
  }

  private Frame.Failed died(String why) throws InterruptedException {
    process.destroyForcibly();
    if (process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == OUT_OF_MEMORY) {
      return new Frame.Failed(
          FailureReason.HOST_MEMORY, "the worker's heap was too small for this program");
    }
    return new Frame.Failed(FailureReason.WORKER_DIED, "the worker died: " + why + log());
  }

  private String log() {
    try {
      String log = Files.readString(home.resolve("log"));
      return log.isBlank()
          ? ""
          : "; its last words: " + log.substring(Math.max(0, log.length() - 500));
    } catch (IOException e) {
      return "; its log cannot be read: " + e.getMessage();
    }
  }

  /// Kills the process and removes its directory.
  @Override
  public void close() {
    process.destroyForcibly();
    boolean interrupted = false;
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      System.getLogger(Worker.class.getName())
          .log(System.Logger.Level.WARNING, "a worker's directory stays: " + home, e);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
