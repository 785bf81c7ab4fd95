package hooke.devnet.benchmark;

import hooke.node.runtime.Check;
import hooke.node.runtime.RunLimits;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.worker.WasmRuntime;
import hooke.node.runtime.worker.WorkerSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/// How long workers take to be ready, and how long a small program takes in one, from the request
/// to its result.
final class WorkerStart {
  private static final RunLimits LIMITS =
      new RunLimits(1L << 30, 32 << 20, 1 << 20, Duration.ofMinutes(1));

  /// What a worker practises after it is ready, on a machine with nothing else to do.
  private static final Duration PRACTICE = Duration.ofSeconds(2);

  private static final int FIRST_RUNS = 10;

  private final Path home;
  private final Path program;
  private final PrintWriter out;
  private int runs;

  /// @param home empty, for the workers
  /// @param program that exits with the code it is told
  WorkerStart(Path home, Path program, PrintWriter out) {
    this.home = home;
    this.program = program;
    this.out = out;
  }

  /// Measures both and prints them.
  ///
  /// @return whether everything ran
  boolean measure(int starts, int repetitions) throws IOException, InterruptedException {
    try (WasmRuntime runtime = new WasmRuntime(WorkerSettings.of(home.resolve("workers"), 1))) {
      out.println(runtime.isolation().description());
      Check check = runtime.check("bench", program, LIMITS.memoryBytes());
      if (!(check instanceof Check.Ready)) {
        out.println("the program cannot be run: " + check);
        return false;
      }
      runtime.awaitWarm();
      announce("starting %d workers", starts);
      List<Long> ready = new ArrayList<>();
      for (int n = 0; n < starts; n++) {
        ready.add(runtime.startOne().toNanos());
      }
      print("worker ready", ready);
      announce("running the program in %d new workers", starts);
      List<Long> fresh = new ArrayList<>();
      for (int n = 0; n < starts; n++) {
        runtime.awaitWarm();
        LockSupport.parkNanos(PRACTICE.toNanos());
        fresh.add(run(runtime, "client " + n));
      }
      print("small program, kept code, worker new to it", fresh);
      announce("running the program %d times in one", repetitions);
      for (int n = 0; n < FIRST_RUNS; n++) {
        run(runtime, "bench");
      }
      List<Long> again = new ArrayList<>();
      for (int n = 0; n < repetitions; n++) {
        again.add(run(runtime, "bench"));
      }
      print("small program, kept code, worker has run it", again);
      return true;
    }
  }

  private void announce(String what, int times) {
    out.printf(Locale.ROOT, what + " ...%n", times);
    out.flush();
  }

  private long run(WasmRuntime runtime, String client) throws InterruptedException {
    RunRequest request =
        new RunRequest(
            client,
            program,
            List.of("0"),
            Map.of(),
            "00",
            null,
            null,
            home.resolve("run" + runs++),
            LIMITS);
    long start = System.nanoTime();
    RunResult result = runtime.run(request);
    long nanos = System.nanoTime() - start;
    if (!(result instanceof RunResult.Finished)) {
      throw new IllegalStateException("the program did not finish: " + result);
    }
    return nanos;
  }

  private void print(String what, List<Long> nanos) {
    out.printf(
        Locale.ROOT,
        "%-46s median %8.1f ms   p99 %8.1f ms   (%d times)%n",
        what,
        Figures.median(nanos) / 1e6,
        Figures.percentile99(nanos) / 1e6,
        nanos.size());
    out.flush();
  }
}
