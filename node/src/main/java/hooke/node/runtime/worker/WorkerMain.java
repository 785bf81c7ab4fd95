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
import java.util.concurrent.SynchronousQueue;
import org.jspecify.annotations.Nullable;

/// A worker process: takes work on standard input, one piece after the other, and answers on
/// standard output. Ends when its input does, also in the middle of a job, so that no worker
/// outlives its node.
///
/// Arguments: the directory in which the node lays out a job's files, the file to keep contents in
/// that the program writes, whether it runs programs or only validates them for another engine
/// ([#RUNS], [#VALIDATES]), and, if there is one, the practice program's code. It needs no other
/// file, and writes no other but the second.
public final class WorkerMain {
  static final String RUNS = "runs";
  static final String VALIDATES = "validates";

  private final Engine engine;
  private final Answers answers;
  private final Path in;
  private final Path scratch;

  /// The last job's program, in case that the next job has the same.
  private @Nullable Loaded loaded;

  private record Loaded(String hash, long memoryBytes, Engine.Prepared program) {}

  private WorkerMain(Engine engine, Answers answers, Path in, Path scratch) {
    this.engine = engine;
    this.answers = answers;
    this.in = in;
    this.scratch = scratch;
  }

  /// Entry point of the worker process.
  public static void main(String[] args) throws IOException, InterruptedException {
    serve(args[2].equals(VALIDATES) ? new Validator() : EndiveEngine.compiling(), args);
  }

  /// Serves with an engine. Does not return.
  static void serve(Engine engine, String[] args) throws IOException, InterruptedException {
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
    Path jobs = Path.of(args[0]);
    Path scratch = Path.of(args[1]);
    String complaint = Surroundings.complaint(jobs, scratch);
    if (complaint != null) {
      System.err.println("a worker must not serve here: " + complaint);
      Runtime.getRuntime().halt(1);
    }
    WorkerMain worker = new WorkerMain(engine, answers, jobs, scratch);
    answers.start();
    answers.send(new Frame.Ready());
    Practice practice = args.length > 3 ? Practice.of(Path.of(args[3]), scratch) : null;
    Frame.Work next = work.poll();
    for (int n = 0; practice != null && n < Practice.ROUNDS && next == null; n++) {
      practice.round();
      next = work.poll();
    }
    while (true) {
      worker.work(next == null ? work.take() : next);
      next = null;
    }
  }

  private void work(Frame.Work work) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Loaded program;
    try {
      program = loaded;
      if (program == null || !program.hash().equals(work.program())) {
        // First, so that there is room for the next.
        loaded = null;
        program = load(work);
        loaded = program;
      }
      if (program == null) {
        return;
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
    if (program.memoryBytes() > work.memoryBytes()) {
      answers.send(tooLarge(program.memoryBytes(), work.memoryBytes()));
      return;
    }
    long ready = System.nanoTime();
    answers.send(new Frame.Prepared(ready - start, program.memoryBytes()));
    Job job = work.job();
    if (job != null) {
      JobFiles files =
          new JobFiles(
              work.stdin() ? in.resolve(WorkerFolder.STDIN) : null,
              work.inputs() ? in.resolve(WorkerFolder.INPUTS) : null,
              scratch,
              answers);
      Ending ending = Execution.run(program.program(), job, files);
      answers.send(new Frame.Done(ending, System.nanoTime() - ready));
    }
  }

  /// Makes the job's program ready.
  ///
  /// @return null when it is refused, which is said
  private @Nullable Loaded load(Frame.Work work) throws IOException {
    CompiledCache.Ready kept =
        work.compiled() ? CompiledCache.read(in.resolve(WorkerFolder.CODE)) : null;
    if (kept != null) {
      Engine.Prepared program =
          engine.prepare(kept.metered(), new Code(kept.metered(), kept.code()));
      return new Loaded(work.program(), kept.memoryBytes(), program);
    }
    byte[] bytes;
    try (InputStream file = Files.newInputStream(in.resolve(WorkerFolder.PROGRAM))) {
      bytes = file.readNBytes(ModuleCaps.WASM_DET_1.moduleBytes() + 1);
    }
    return switch (Inspection.of(bytes)) {
      case Inspection.Refused refused -> {
        answers.send(new Frame.Refused(refused.reason(), refused.message()));
        yield null;
      }
      case Inspection.Accepted accepted -> {
        long memoryBytes = accepted.module().memoryBytes();
        if (memoryBytes > work.memoryBytes()) {
          answers.send(tooLarge(memoryBytes, work.memoryBytes()));
          yield null;
        }
        byte[] metered = Metering.meter(accepted.module());
        Engine.Prepared program = engine.prepare(metered, new Code(metered, null));
        yield new Loaded(work.program(), memoryBytes, program);
      }
    };
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
    private final byte[] metered;
    private final byte @Nullable [] stored;

    Code(byte[] metered, byte @Nullable [] stored) {
      this.metered = metered;
      this.stored = stored;
    }

    @Override
    public byte @Nullable [] stored() {
      return stored;
    }

    @Override
    public void store(byte[] code) {
      try {
        // What a validator leaves is the metered module itself.
        boolean whole = engine instanceof Validator;
        answers.code(whole ? code : CompiledCache.Ready.content(metered, code));
      } catch (IOException e) {
        throw new java.io.UncheckedIOException("the node is gone", e);
      }
    }
  }
}
