package hooke.node.runtime.worker;

import hooke.node.runtime.FailureReason;
import hooke.node.runtime.engine.CompiledCache;
import hooke.node.runtime.engine.Ending;
import hooke.node.runtime.engine.EndiveEngine;
import hooke.node.runtime.engine.Engine;
import hooke.node.runtime.engine.Execution;
import hooke.node.runtime.engine.Job;
import hooke.node.runtime.wasm.Inspection;
import hooke.node.runtime.wasm.Metering;
import hooke.node.runtime.wasm.ModuleCaps;
import hooke.node.runtime.wasm.Refusal;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.SynchronousQueue;

/// A worker process: takes work on standard input, one piece after the other, and answers on
/// standard output. Ends when its input does, also in the middle of a job, so that no worker
/// outlives its node.
///
/// Arguments: the directory of compiled modules, and its size limit in bytes.
public final class WorkerMain {
  private final Engine engine;
  private final OutputStream answers;

  private WorkerMain(Engine engine, OutputStream answers) {
    this.engine = engine;
    this.answers = answers;
  }

  /// Entry point of the worker process.
  public static void main(String[] args) throws IOException, InterruptedException {
    InputStream in = new BufferedInputStream(new FileInputStream(FileDescriptor.in));
    OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out));
    System.setOut(System.err);
    CompiledCache cache = new CompiledCache(Path.of(args[0]), Long.parseLong(args[1]));
    SynchronousQueue<Frame.Work> work = new SynchronousQueue<>();
    Thread.ofPlatform()
        .daemon()
        .name("node")
        .start(() -> {
          try {
            while (Frame.read(in) instanceof Frame.Work next) {
              work.put(next);
            }
          } catch (IOException | InterruptedException e) {
            System.err.println("the node is gone: " + e);
          }
          Runtime.getRuntime().halt(0);
        });
    WorkerMain worker = new WorkerMain(EndiveEngine.compiling(cache), out);
    worker.warmUp();
    Frame.write(out, new Frame.Ready());
    while (true) {
      worker.work(work.take());
    }
  }

  /// Loads the classes that every job needs, by preparing and running the smallest program there
  /// is.
  private void warmUp() throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory(Path.of("").toAbsolutePath(), "warm");
    if (Inspection.of(Smallest.PROGRAM) instanceof Inspection.Accepted accepted) {
      Engine.Prepared prepared = engine.prepare(Metering.meter(accepted.module()));
      Job job =
          new Job(
              java.util.List.of(),
              java.util.Map.of(),
              "",
              null,
              null,
              directory,
              1_000_000,
              1 << 16,
              0);
      Execution.run(prepared, job);
    }
  }

  private void work(Frame.Work work) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Engine.Prepared program;
    try {
      byte[] bytes;
      try (InputStream in = Files.newInputStream(work.program())) {
        bytes = in.readNBytes(ModuleCaps.WASM_DET_1.moduleBytes() + 1);
      }
      switch (Inspection.of(bytes)) {
        case Inspection.Refused refused -> {
          Frame.write(answers, new Frame.Refused(refused.reason(), refused.message()));
          return;
        }
        case Inspection.Accepted accepted -> {
          if (accepted.module().memoryBytes() > work.memoryBytes()) {
            Frame.write(
                answers,
                new Frame.Refused(
                    Refusal.TOO_LARGE,
                    "The program starts with "
                        + accepted.module().memoryBytes()
                        + " bytes of memory, but the order gives "
                        + work.memoryBytes()
                        + "."));
            return;
          }
          program = engine.prepare(Metering.meter(accepted.module()));
        }
      }
    } catch (Engine.InvalidModuleException e) {
      Frame.write(answers, new Frame.Refused(Refusal.INVALID, String.valueOf(e.getMessage())));
      return;
    } catch (IOException e) {
      Frame.write(answers, new Frame.Failed(FailureReason.HOST_DISK, e.toString()));
      return;
    } catch (RuntimeException | StackOverflowError e) {
      Frame.write(answers, new Frame.Failed(FailureReason.HOST_ENGINE, e.toString()));
      return;
    }
    long ready = System.nanoTime();
    Frame.write(answers, new Frame.Prepared(ready - start));
    Job job = work.job();
    if (job != null) {
      Ending ending = Execution.run(program, job);
      Frame.write(answers, new Frame.Done(ending, System.nanoTime() - ready));
    }
  }
}
