package hooke.node.runtime.worker;

import hooke.node.runtime.engine.Ending;
import hooke.node.runtime.engine.Job;
import hooke.node.runtime.engine.JobFiles;
import hooke.node.runtime.sandbox.PlainProcess;
import hooke.node.runtime.v8.Scripts;
import hooke.node.runtime.wasi.Output;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// One V8 worker as an engine, for comparing: metered modules in, endings and what they leave out.
/// A plain process, so that engines can be compared wherever a Node.js is.
public final class V8Runs implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final WorkerSize SIZE = new WorkerSize(2L << 30, 1L << 30, 0);

  private final WorkerSettings settings;
  private final WorkerProcess process;
  private final Path code;
  private Worker worker;

  private V8Runs(WorkerSettings settings, WorkerProcess process, Path code, Worker worker) {
    this.settings = settings;
    this.process = process;
    this.code = code;
    this.worker = worker;
  }

  /// Starts it, with its files in `home`.
  public static V8Runs start(Path home) throws IOException, InterruptedException {
    return start(home, V8Worker.OPTIMISED_BYTES);
  }

  /// The same with programs of another size treated as large ones.
  public static V8Runs start(Path home, long optimisedBytes)
      throws IOException, InterruptedException {
    WorkerSettings settings =
        WorkerSettings.of(home.resolve("workers"), 1).with(new PlainProcess("a test"));
    WorkerProcess process =
        new V8Worker(
            AnyNodeJs.FOUND.program(), Scripts.unpack(home.resolve("scripts")), optimisedBytes);
    return new V8Runs(
        settings, process, home.resolve("code"), Worker.start(settings, process, SIZE));
  }

  /// Runs a program to its end.
  ///
  /// @param given stdin, inputs and where to leave what it leaves; scratch is the worker's own
  public Ending run(byte[] metered, Job job, JobFiles given)
      throws IOException, InterruptedException {
    ByteBuffer kept = ByteBuffer.allocate(40 + metered.length);
    Files.write(code, kept.position(40).put(metered).array());
    WorkerFolder.makeReadable(code);
    worker.folder().fill(null, code, given.stdin(), given.inputs());
    Frame.Failed failed =
        worker.order(
            "me",
            new Frame.Work(
                "", job.memoryBytes(), true, given.stdin() != null, given.inputs() != null, job),
            System.nanoTime() + Duration.ofMinutes(1).toNanos());
    if (failed != null) {
      throw new IOException(failed.message());
    }
    try {
      return listen(given.output());
    } finally {
      if (worker.alive()) {
        worker.folder().clear();
      } else {
        worker.close();
        worker = Worker.start(settings, process, SIZE);
      }
    }
  }

  private Ending listen(Output output) throws IOException, InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      switch (worker.next(until)) {
        case null -> throw new IOException(worker.died("nothing for " + PATIENCE).message());
        case Frame.Prepared _ -> {}
        case Frame.Stream(int number, byte[] part) -> output.stream(number, part, 0, part.length);
        case Frame.Directory(String path) -> output.directory(path);
        case Frame.File(String path, long size) -> output.file(path, size);
        case Frame.Link(String path, String target) -> output.link(path, target);
        case Frame.Content(byte[] part) -> output.content(part, part.length);
        case Frame.Done(Ending ending, _) -> {
          return ending;
        }
        case Frame.Failed f ->
            throw new IOException("the worker failed: " + f.reason() + ": " + f.message());
        case Frame other -> throw new IOException("not an answer: " + other);
      }
    }
  }

  @Override
  public void close() {
    worker.close();
  }
}
