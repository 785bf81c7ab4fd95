package hooke.devnet.benchmark;

import hooke.node.runtime.Outcome;
import hooke.node.runtime.RunLimits;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.TaskRuntime;
import hooke.node.runtime.v8.NodeJs;
import hooke.node.runtime.worker.EngineChoice;
import hooke.node.runtime.worker.WasmRuntime;
import hooke.node.runtime.worker.WorkerSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How fast metered programs run, beside the same C code compiled for this machine and beside the
/// unmetered module in Node.js's V8.
///
/// Every competitor runs every kernel in turn, again and again, so that what else the machine does
/// meets all of them; figures are medians of CPU time. Hooke's engines run in their real workers,
/// which stay warm as they do in a node: the first run, which compiles, is left out.
final class WasmSpeed {
  private static final List<String> COMPILERS = List.of("gcc", "clang");

  /// What it is compared with.
  private static final String AIM = "Hooke, Endive";

  private static final double AIMED = 4.0;

  /// `times` of a POSIX shell: its own CPU time, then its children's.
  private static final Pattern TIMES =
      Pattern.compile("\\d+m[\\d.]+s \\d+m[\\d.]+s\\s+(\\d+)m([\\d.]+)s (\\d+)m([\\d.]+)s\\s*$");

  private record Kernel(String name, String argument) {}

  private static final List<Kernel> KERNELS =
      List.of(
          new Kernel("nbody", "4000000"),
          new Kernel("sha256", "1500"),
          new Kernel("sort", "2000000"),
          new Kernel("text", "120"));

  /// What one run took and said.
  private record Run(double seconds, String said) {}

  @FunctionalInterface
  private interface Competitor {
    Run run(Kernel kernel) throws IOException, InterruptedException;
  }

  private final Path kernels;
  private final Path work;
  private final PrintWriter out;

  /// @param kernels their directory
  /// @param work empty directory for binaries and workers
  WasmSpeed(Path kernels, Path work, PrintWriter out) {
    this.kernels = kernels;
    this.work = work;
    this.out = out;
  }

  /// Runs everything and prints it.
  ///
  /// @return whether all said the same and the aim was met
  boolean run(int repeat) throws IOException, InterruptedException {
    Map<String, Competitor> competitors = new LinkedHashMap<>();
    List<TaskRuntime> opened = new ArrayList<>();
    try {
      for (String compiler : COMPILERS) {
        if (builds(compiler)) {
          competitors.put(compiler + " -O2", kernel -> natively(compiler, kernel));
        } else {
          out.printf("%s is not here: no figures of native code by it%n", compiler);
        }
      }
      hooke(AIM, new EngineChoice.Endive(), competitors, opened);
      switch (NodeJs.find(null)) {
        case NodeJs.Found(NodeJs node) -> {
          hooke("Hooke, V8", new EngineChoice.V8(node), competitors, opened);
          competitors.put("V8, unmetered", kernel -> plainV8(node, kernel));
        }
        case NodeJs.Missing(String why) -> out.printf("no figures of V8: %s%n", why);
      }
      return measure(competitors, repeat);
    } finally {
      opened.forEach(WasmSpeed::close);
    }
  }

  private static void close(TaskRuntime runtime) {
    runtime.close();
  }

  private boolean measure(Map<String, Competitor> competitors, int repeat)
      throws IOException, InterruptedException {
    Map<String, Map<String, List<Double>>> seconds = new LinkedHashMap<>();
    boolean same = true;
    for (int round = 0; round <= repeat; round++) {
      out.printf("round %d of %d ...%n", round, repeat);
      out.flush();
      for (Kernel kernel : KERNELS) {
        String said = null;
        for (Map.Entry<String, Competitor> each : competitors.entrySet()) {
          Run run = each.getValue().run(kernel);
          if (said != null && !said.equals(run.said())) {
            same = false;
            out.printf(
                "%s: %s says %s, others %s%n", kernel.name(), each.getKey(), run.said(), said);
          }
          said = run.said();
          if (round > 0) {
            seconds
                .computeIfAbsent(each.getKey(), _ -> new HashMap<>())
                .computeIfAbsent(kernel.name(), _ -> new ArrayList<>())
                .add(run.seconds());
          }
        }
      }
    }
    return report(seconds, repeat) && same;
  }

  private boolean report(Map<String, Map<String, List<Double>>> seconds, int repeat) {
    Optional<String> base =
        seconds.keySet().stream().filter(name -> name.endsWith("-O2")).findFirst();
    out.printf(Locale.ROOT, "CPU seconds, median of %d", repeat);
    base.ifPresent(name -> out.printf("; in brackets times %s", name));
    out.println();
    out.printf("%-16s", "");
    KERNELS.forEach(kernel -> out.printf("%16s", kernel.name()));
    out.printf("%16s%n", base.isPresent() ? "geometric mean" : "");
    boolean met = true;
    for (Map.Entry<String, Map<String, List<Double>>> each : seconds.entrySet()) {
      out.printf("%-16s", each.getKey());
      double product = 1;
      for (Kernel kernel : KERNELS) {
        double own = median(each.getValue(), kernel);
        if (base.isPresent()) {
          double ratio = own / median(seconds.getOrDefault(base.get(), Map.of()), kernel);
          product *= ratio;
          out.printf(Locale.ROOT, "%9.2f (%4.2f)", own, ratio);
        } else {
          out.printf(Locale.ROOT, "%16.2f", own);
        }
      }
      if (base.isPresent()) {
        double mean = Math.pow(product, 1.0 / KERNELS.size());
        out.printf(Locale.ROOT, "%16.2f", mean);
        met &= !each.getKey().equals(AIM) || mean <= AIMED;
      }
      out.println();
    }
    out.printf(Locale.ROOT, "aim: %s at most %.1f times native%n", AIM, AIMED);
    out.flush();
    return met;
  }

  private static double median(Map<String, List<Double>> seconds, Kernel kernel) {
    List<Double> sorted = seconds.getOrDefault(kernel.name(), List.of()).stream().sorted().toList();
    return sorted.isEmpty() ? Double.NaN : sorted.get((sorted.size() - 1) / 2);
  }

  private boolean builds(String compiler) throws IOException, InterruptedException {
    for (Kernel kernel : KERNELS) {
      try {
        Process process =
            new ProcessBuilder(
                    compiler,
                    "-O2",
                    "-o",
                    binary(compiler, kernel).toString(),
                    kernels.resolve("src").resolve(kernel.name() + ".c").toString(),
                    "-lm")
                .redirectErrorStream(true)
                .start();
        process.getInputStream().readAllBytes();
        if (process.waitFor() != 0) {
          return false;
        }
      } catch (IOException e) {
        return false;
      }
    }
    return true;
  }

  private Path binary(String compiler, Kernel kernel) {
    return work.resolve(kernel.name() + "." + compiler);
  }

  private Run natively(String compiler, Kernel kernel) throws IOException, InterruptedException {
    String said =
        said(
            "sh",
            "-c",
            "\"$0\" \"$1\"; times",
            binary(compiler, kernel).toString(),
            kernel.argument());
    Matcher times = TIMES.matcher(said);
    if (!times.find()) {
      throw new IOException("the shell's times are not understood: " + said);
    }
    double seconds =
        60 * (Double.parseDouble(times.group(1)) + Double.parseDouble(times.group(3)))
            + Double.parseDouble(times.group(2))
            + Double.parseDouble(times.group(4));
    return new Run(seconds, said.substring(0, times.start()).strip());
  }

  private Run plainV8(NodeJs node, Kernel kernel) throws IOException, InterruptedException {
    String said =
        said(
            node.executable().toString(),
            kernels.resolve("v8.mjs").toString(),
            wasm(kernel).toString(),
            kernel.argument());
    int end = said.lastIndexOf('\n');
    return new Run(
        Double.parseDouble(said.substring(end + 1)) / 1e6, said.substring(0, Math.max(0, end)));
  }

  /// Standard output and error of a program that ends well, without white space around.
  private static String said(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    int code = process.waitFor();
    if (code != 0) {
      throw new IOException(String.join(" ", command) + " ended with " + code + ": " + said);
    }
    return said;
  }

  private Path wasm(Kernel kernel) {
    return kernels.resolve(kernel.name() + ".wasm");
  }

  private void hooke(
      String name,
      EngineChoice engine,
      Map<String, Competitor> competitors,
      List<TaskRuntime> opened) {
    Path home = work.resolve(name.replaceAll("\\W+", "-"));
    WasmRuntime runtime =
        new WasmRuntime(WorkerSettings.of(home.resolve("workers"), 1).with(engine));
    opened.add(runtime);
    competitors.put(name, kernel -> metered(runtime, home, kernel));
  }

  /// In a worker, whose CPU time is what the process that used most of it meanwhile took.
  private Run metered(TaskRuntime runtime, Path home, Kernel kernel)
      throws IOException, InterruptedException {
    Path directory = home.resolve("run" + System.nanoTime());
    Map<Long, Duration> before = cpu();
    RunResult result =
        runtime.run(
            new RunRequest(
                "bench",
                wasm(kernel),
                List.of(kernel.argument()),
                Map.of(),
                "",
                null,
                null,
                directory,
                new RunLimits(1L << 50, 256L << 20, 1 << 20, Duration.ofMinutes(5))));
    double seconds = 0;
    for (Map.Entry<Long, Duration> after : cpu().entrySet()) {
      Duration used = after.getValue().minus(before.getOrDefault(after.getKey(), Duration.ZERO));
      seconds = Math.max(seconds, used.toMillis() / 1e3);
    }
    if (!(result instanceof RunResult.Finished done) || done.outcome() != Outcome.EXITED) {
      throw new IOException(kernel.name() + " did not end well: " + result);
    }
    return new Run(seconds, Files.readString(done.stdout()).strip());
  }

  private static Map<Long, Duration> cpu() {
    Map<Long, Duration> used = new HashMap<>();
    ProcessHandle.current()
        .descendants()
        .filter(Predicate.not(process -> process.info().totalCpuDuration().isEmpty()))
        .forEach(process ->
            used.put(process.pid(), process.info().totalCpuDuration().orElse(Duration.ZERO)));
    return used;
  }
}
