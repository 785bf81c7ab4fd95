package hooke.node.runtime.engine;

import hooke.node.runtime.ListedTree;
import hooke.node.runtime.wasi.Output;
import hooke.node.runtime.wasm.Costs;
import hooke.node.runtime.wasm.Inspection;
import hooke.node.runtime.wasm.Metering;
import hooke.node.runtime.worker.V8Runs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What a unit of fuel costs a host, by what it is spent on: nanoseconds with Endive and with V8.
/// The schedule is right where none stands out.
///
/// A plain main, not a test: run it from an IDE or with the test class path, in a folder of its
/// own. Its argument is a pattern that names must match.
final class CostBenchmark {
  private static final long LONG_NANOS = 200_000_000;
  private static final int ARGUMENTS = 1_000;

  private CostBenchmark() {}

  private interface Runner {
    Ending run(byte[] metered, Job job, JobFiles files) throws IOException, InterruptedException;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    Pattern wanted = Pattern.compile(args.length > 0 ? args[0] : "");
    Path home = Files.createTempDirectory("costs");
    Path inputs = ListedTree.write(home.resolve("in"), Map.of("a", "a", "b", "b"));
    Path stdin = Files.write(home.resolve("stdin"), new byte[64 << 20]);
    try (V8Runs v8 = V8Runs.start(Files.createDirectory(home.resolve("v8")))) {
      for (Map.Entry<String, byte[]> each : Costs.all().entrySet()) {
        if (!wanted.matcher(each.getKey()).find()) {
          continue;
        }
        byte[] metered =
            switch (Inspection.of(each.getValue())) {
              case Inspection.Accepted accepted -> Metering.meter(accepted.module());
              case Inspection.Refused refused ->
                  throw new IllegalStateException(each.getKey() + ": " + refused.message());
            };
        Map<String, String> costs = new LinkedHashMap<>();
        Engine.Prepared prepared = EndiveEngine.compiling().prepare(metered, CompiledCode.NONE);
        Runner endive = (_, job, files) -> Execution.run(prepared, job, files);
        for (Runner engine : List.of(endive, (Runner) v8::run)) {
          costs.put(engine == endive ? "Endive" : "V8", cost(engine, metered, home, stdin, inputs));
        }
        System.out.printf("%-60s %s%n", each.getKey(), costs);
      }
    }
  }

  /// Runs it with more and more fuel, until that takes long enough to be told from a run's start.
  private static String cost(Runner engine, byte[] metered, Path home, Path stdin, Path inputs)
      throws IOException, InterruptedException {
    long last = 0;
    for (long fuel = 1 << 18; ; fuel *= 4) {
      Job job =
          new Job(Collections.nCopies(ARGUMENTS, "a"), Map.of(), "00", 0, fuel, 1L << 30, 1L << 30);
      Path scratch = home.resolve("scratch");
      Files.deleteIfExists(scratch);
      long begun = System.nanoTime();
      long used = used();
      Ending ending = engine.run(metered, job, new JobFiles(stdin, inputs, scratch, new Nowhere()));
      // Others' work on this machine makes the clock slow; compilers make processors' time long.
      long nanos = Math.min(System.nanoTime() - begun, used() - used);
      if (ending.kind() != Ending.Kind.OUT_OF_FUEL) {
        return ending.kind() + " after " + ending.fuelUsed() + " in " + nanos / 1_000 + " us";
      }
      // The first round is a run's start, more than anything.
      if ((last > 0 && nanos - last > LONG_NANOS) || fuel > 1L << 33 || nanos > 30 * LONG_NANOS) {
        return String.format("%.1f", (double) (nanos - last) / (fuel - fuel / 4));
      }
      last = nanos;
    }
  }

  /// Processors' time of this process and its children.
  private static long used() {
    return Stream.concat(Stream.of(ProcessHandle.current()), ProcessHandle.current().descendants())
        .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
        .mapToLong(Duration::toNanos)
        .sum();
  }

  private static final class Nowhere implements Output {
    @Override
    public void stream(int number, byte[] bytes, int offset, int length) {}

    @Override
    public void directory(String path) {}

    @Override
    public void file(String path, long size) {}

    @Override
    public void link(String path, String target) {}

    @Override
    public void content(byte[] bytes, int length) {}
  }
}
