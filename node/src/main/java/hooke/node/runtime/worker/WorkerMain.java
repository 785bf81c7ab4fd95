package hooke.node.runtime.worker;

import hooke.node.runtime.FailureReason;
import hooke.node.runtime.engine.CompiledCode;
import hooke.node.runtime.engine.Ending;
import hooke.node.runtime.engine.EndiveEngine;
import hooke.node.runtime.engine.Engine;
import hooke.node.runtime.engine.Execution;
import hooke.node.runtime.engine.Job;
import hooke.node.runtime.engine.JobFiles;
import hooke.node.runtime.engine.Validator;
import hooke.node.runtime.wasi.Output;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.SynchronousQueue;
import org.jspecify.annotations.Nullable;

/// A worker process: takes work on standard input, one piece after the other, and answers on
/// standard output. Ends when its input does, also in the middle of a job, so that no worker
/// outlives its node.
///
/// Arguments: the directory in which the node lays out a job's files, the file to keep contents in
/// that the program writes, and whether it runs programs or only validates them for another engine
/// ([#RUNS], [#VALIDATES]). It needs no other file, and writes no other.
public final class WorkerMain {
  static final String RUNS = "runs";
  static final String VALIDATES = "validates";

  private final Engine engine;
  private final Answers answers;
  private final Path in;
  private final Path scratch;

  private WorkerMain(Engine engine, Answers answers, Path in, Path scratch) {
    this.engine = engine;
    this.answers = answers;
    this.in = in;
    this.scratch = scratch;
  }

  /// Entry point of the worker process.
  public static void main(String[] args) throws IOException, InterruptedException {
    InputStream in = new BufferedInputStream(new FileInputStream(FileDescriptor.in));
    Answers answers =
        new Answers(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16));
    System.setOut(System.err);
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
    Engine engine = args[2].equals(VALIDATES) ? new Validator() : EndiveEngine.compiling();
    WorkerMain worker = new WorkerMain(engine, answers, Path.of(args[0]), Path.of(args[1]));
    worker.warmUp();
    answers.start();
    answers.send(new Frame.Ready());
    while (true) {
      worker.work(work.take());
    }
  }

  /// Loads the classes that every job needs, by preparing and running the smallest program there
  /// is.
  private void warmUp() throws InterruptedException {
    if (Inspection.of(Smallest.PROGRAM) instanceof Inspection.Accepted accepted) {
      Engine.Prepared prepared =
          engine.prepare(Metering.meter(accepted.module()), CompiledCode.NONE);
      Job job = new Job(List.of(), Map.of(), "", 1_000_000, 1 << 16, 0);
      Execution.run(prepared, job, new JobFiles(null, null, scratch, new Nowhere()));
    }
  }

  /// What the smallest program leaves: nothing.
  private static final class Nowhere implements Output {
    @Override
    public void stream(int number, byte[] bytes, int offset, int length) {}

    @Override
    public void directory(String path) {}

    @Override
    public void file(String path, long size) {}

    @Override
    public void content(byte[] bytes, int length) {}
  }

  private void work(Frame.Work work) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Engine.Prepared program;
    long memoryBytes;
    try {
      byte[] bytes;
      try (InputStream file = Files.newInputStream(in.resolve(WorkerFolder.PROGRAM))) {
        bytes = file.readNBytes(ModuleCaps.WASM_DET_1.moduleBytes() + 1);
      }
      switch (Inspection.of(bytes)) {
        case Inspection.Refused refused -> {
          answers.send(new Frame.Refused(refused.reason(), refused.message()));
          return;
        }
        case Inspection.Accepted accepted -> {
          memoryBytes = accepted.module().memoryBytes();
          if (memoryBytes > work.memoryBytes()) {
            answers.send(tooLarge(memoryBytes, work.memoryBytes()));
            return;
          }
          program = engine.prepare(Metering.meter(accepted.module()), new Code(work.compiled()));
        }
      }
    } catch (Engine.InvalidModuleException e) {
      answers.send(new Frame.Refused(Refusal.INVALID, String.valueOf(e.getMessage())));
      return;
    } catch (IOException e) {
      answers.send(new Frame.Failed(FailureReason.HOST_DISK, e.toString()));
      return;
    } catch (RuntimeException | StackOverflowError e) {
      answers.send(new Frame.Failed(FailureReason.HOST_ENGINE, e.toString()));
      return;
    }
    long ready = System.nanoTime();
    answers.send(new Frame.Prepared(ready - start, memoryBytes));
    Job job = work.job();
    if (job != null) {
      JobFiles files =
          new JobFiles(
              work.stdin() ? in.resolve(WorkerFolder.STDIN) : null,
              work.inputs() ? in.resolve(WorkerFolder.INPUTS) : null,
              scratch,
              answers);
      Ending ending = Execution.run(program, job, files);
      answers.send(new Frame.Done(ending, System.nanoTime() - ready));
    }
  }

  static Frame.Refused tooLarge(long memoryBytes, long givenBytes) {
    return new Frame.Refused(
        Refusal.TOO_LARGE,
        "The program starts with "
            + memoryBytes
            + " bytes of memory, but the order gives "
            + givenBytes
            + ".");
  }

  /// Compiled code from and to the node.
  private final class Code implements CompiledCode {
    private final boolean given;

    Code(boolean given) {
      this.given = given;
    }

    @Override
    public byte @Nullable [] stored() {
      try {
        return given ? CompiledCache.read(in.resolve(WorkerFolder.CODE)) : null;
      } catch (IOException e) {
        // Compiling again is as good.
        return null;
      }
    }

    @Override
    public void store(byte[] code) {
      try {
        answers.code(code);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException("the node is gone", e);
      }
    }
  }
}
