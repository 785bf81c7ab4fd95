package hooke.node.runtime.engine;

import hooke.node.runtime.wasi.Clocks;
import hooke.node.runtime.wasi.FileTree;
import hooke.node.runtime.wasi.Halt;
import hooke.node.runtime.wasi.OutputBudget;
import hooke.node.runtime.wasi.RandomStream;
import hooke.node.runtime.wasi.Scratch;
import hooke.node.runtime.wasi.Wasi;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One run of one program: its files and streams around an [Engine].
///
/// Streams are given away while it runs, files at its end, whatever the end was.
public final class Execution {
  /// The stack a program needs to reach the profile's call depth on any engine: the memory is
  /// touched only by programs that recurse.
  public static final long STACK_BYTES = 1L << 30;

  private Execution() {}

  /// Runs to the end, in a thread of its own. Blocks.
  public static Ending run(Engine.Prepared program, Job job, JobFiles files)
      throws InterruptedException {
    AtomicReference<@Nullable Ending> ending = new AtomicReference<>();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Thread thread =
        new Thread(
            Thread.currentThread().getThreadGroup(),
            () -> ending.set(runHere(program, job, files)),
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

  private static Ending runHere(Engine.Prepared program, Job job, JobFiles given) {
    try (InputStream stdin =
            given.stdin() == null
                ? InputStream.nullInputStream()
                : new BufferedInputStream(
                    Files.newInputStream(given.stdin(), LinkOption.NOFOLLOW_LINKS), 1 << 16);
        Scratch scratch = Scratch.open(given.scratch())) {
      OutputBudget budget = new OutputBudget(job.outputBytes());
      Clocks clocks = job.realTime() ? Clocks.ofHost() : Clocks.ofFuel(job.clock());
      RandomStream random =
          job.realTime()
              ? RandomStream.ofHost()
              : RandomStream.ofSeed(HexFormat.of().parseHex(job.seed()));
      FileTree files = new FileTree(given.inputs(), scratch, budget, clocks.start());
      Wasi wasi =
          new Wasi(clocks, random, job.args(), job.env(), stdin, given.output(), files, budget);
      int pages = (int) Math.min(job.memoryBytes() >> 16, 32_767);
      Ending ending = program.run(wasi, job.fuel(), pages);
      wasi.close();
      files.deliver(given.output());
      return ending;
    } catch (Halt.HostDisk e) {
      return new Ending(Ending.Kind.HOST_DISK, 0, 0, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return new Ending(Ending.Kind.HOST_DISK, 0, 0, e.toString());
    }
  }
}
