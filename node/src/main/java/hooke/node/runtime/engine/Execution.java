package hooke.node.runtime.engine;

import hooke.node.runtime.wasi.FileTree;
import hooke.node.runtime.wasi.Halt;
import hooke.node.runtime.wasi.OutputBudget;
import hooke.node.runtime.wasi.Wasi;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One run of one program: its files and streams around an [Engine].
///
/// In the job's directory: `stdout` and `stderr` grow while it runs; `out` is filled at its end,
/// whatever the end was.
public final class Execution {
  /// The stack a program needs to reach the profile's call depth on any engine: the memory is
  /// touched only by programs that recurse.
  public static final long STACK_BYTES = 1L << 30;

  private Execution() {}

  /// Runs to the end, in a thread of its own. Blocks.
  public static Ending run(Engine.Prepared program, Job job) throws InterruptedException {
    AtomicReference<@Nullable Ending> ending = new AtomicReference<>();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Thread thread =
        new Thread(
            Thread.currentThread().getThreadGroup(),
            () -> ending.set(runHere(program, job)),
            "program",
            STACK_BYTES);
    thread.setUncaughtExceptionHandler((_, e) -> failure.set(e));
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      thread.interrupt();
      thread.join();
      throw e;
    }
    Ending result = ending.get();
    if (result == null) {
      return new Ending(Ending.Kind.HOST_ENGINE, 0, 0, String.valueOf(failure.get()));
    }
    return result;
  }

  private static Ending runHere(Engine.Prepared program, Job job) {
    Path scratch = job.directory().resolve("scratch");
    Path out = job.directory().resolve("out");
    try {
      Files.createDirectory(scratch);
      Files.createDirectory(out);
      Ending ending;
      try (InputStream stdin =
              job.stdin() == null
                  ? InputStream.nullInputStream()
                  : Files.newInputStream(job.stdin());
          OutputStream stdout = Files.newOutputStream(job.directory().resolve("stdout"));
          OutputStream stderr = Files.newOutputStream(job.directory().resolve("stderr"))) {
        OutputBudget budget = new OutputBudget(job.outputBytes());
        FileTree files = new FileTree(job.inputs(), scratch, budget, Wasi.EPOCH);
        Wasi wasi =
            new Wasi(
                job.args(),
                job.env(),
                HexFormat.of().parseHex(job.seed()),
                stdin,
                stdout,
                stderr,
                files,
                budget);
        int pages = (int) Math.min(job.memoryBytes() >> 16, 32_767);
        ending = program.run(wasi, job.fuel(), pages);
        wasi.close();
        files.deliver(out);
      }
      Files.deleteIfExists(scratch);
      return ending;
    } catch (Halt.HostDisk e) {
      return new Ending(Ending.Kind.HOST_DISK, 0, 0, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return new Ending(Ending.Kind.HOST_DISK, 0, 0, e.toString());
    }
  }
}
