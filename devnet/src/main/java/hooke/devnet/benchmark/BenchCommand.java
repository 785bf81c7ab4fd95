package hooke.devnet.benchmark;

import hooke.chain.wallet.Wallet;
import hooke.devnet.DevnetException;
import hooke.devnet.Founding;
import hooke.devnet.Progress;
import hooke.devnet.process.Layout;
import hooke.node.config.Network;
import hooke.node.task.Proof;
import hooke.node.task.ProviderNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `hooke bench`: measures the market on a devnet of its own, and the engines.
@Command(
    name = "bench",
    description = "Measure the market on a devnet made for it, and the engines.",
    mixinStandardHelpOptions = true)
public final class BenchCommand implements Callable<Integer> {
  private static final int USAGE = 64;
  private static final int UNAVAILABLE = 69;
  private static final int FAILED = 1;

  private final BiFunction<Layout, Progress, Founding> foundings;
  private final BiFunction<Network, Wallet, ProviderNode.Connector> connections;
  private final String mainClass;
  private final int workers;

  @Spec private @Nullable CommandSpec spec;

  /// Made once, by the program's main class.
  ///
  /// @param mainClass of the program whose `node run` is a node
  /// @param workers of each node that `foundings` makes
  public BenchCommand(
      BiFunction<Layout, Progress, Founding> foundings,
      BiFunction<Network, Wallet, ProviderNode.Connector> connections,
      String mainClass,
      int workers) {
    this.foundings = foundings;
    this.connections = connections;
    this.mainClass = mainClass;
    this.workers = workers;
  }

  @Override
  public Integer call() {
    spec().commandLine().usage(spec().commandLine().getOut());
    return USAGE;
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new IllegalStateException("not part of a command line");
    }
    return spec;
  }

  @Command(
      name = "first-light",
      description = {
        "Blocks, milliseconds and gas of each step of a task, in both modes; then many tasks at"
            + " once.",
        "Takes a few minutes. Exits with 0 if every task settled and none counted twice."
      },
      mixinStandardHelpOptions = true)
  int firstLight(
      @Option(names = "--nodes", defaultValue = "3", description = "Provider nodes (default: 3).")
          int nodes,
      @Option(
              names = "--repeat",
              defaultValue = "5",
              description = "Tasks bought one after the other in each mode (default: 5).")
          int repeat,
      @Option(
              names = "--tasks",
              defaultValue = "100",
              description = "Tasks bought at once; 0: none (default: 100).")
          int tasks)
      throws Exception {
    var out = spec().commandLine().getOut();
    Progress progress = new Progress(out);
    Layout here = Layout.ofEnvironment();
    try (FreshWorld made = FreshWorld.make(here.checkout(), progress, foundings, mainClass)) {
      FreshWorld.Access world = made.raise(nodes, Duration.ofSeconds(1), connections::apply);
      FirstLight bench = new FirstLight(world, here.checkout().resolve("examples"), out);
      boolean well = bench.steps(Proof.ATTENDED, repeat);
      well &= bench.steps(Proof.parse("quorum:2/3"), repeat);
      if (tasks > 0) {
        well &= bench.crowd(tasks, nodes, workers);
      }
      return well ? 0 : FAILED;
    } catch (DevnetException e) {
      spec().commandLine().getErr().println("hooke bench: " + e.getMessage());
      return UNAVAILABLE;
    }
  }

  @Command(
      name = "wasm",
      description = {
        "CPU time of metered programs in each engine, beside native code (gcc, clang) and V8"
            + " without metering.",
        "Takes a few minutes. Exits with 0 if all compute the same and Endive is at most 4.0 times"
            + " as slow as native code."
      },
      mixinStandardHelpOptions = true)
  int wasm(
      @Option(
              names = "--repeat",
              defaultValue = "5",
              description = "Runs of each kernel by each competitor (default: 5).")
          int repeat)
      throws Exception {
    Path work = Files.createTempDirectory("hooke-bench");
    try {
      Path kernels = Layout.ofEnvironment().checkout().resolve("devnet/kernels");
      return new WasmSpeed(kernels, work, spec().commandLine().getOut()).run(repeat) ? 0 : FAILED;
    } finally {
      try (Stream<Path> all = Files.walk(work)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(path);
        }
      }
    }
  }

  @Command(
      name = "worker",
      description = {
        "How long a worker takes to be ready, and a small program whose code is kept to run in"
            + " one.",
        "Needs no chain. Takes two minutes."
      },
      mixinStandardHelpOptions = true)
  int worker(
      @Option(
              names = "--starts",
              defaultValue = "30",
              description = "Workers started (default: 30).")
          int starts,
      @Option(
              names = "--runs",
              defaultValue = "300",
              description = "Runs in a worker that has run the program before (default: 300).")
          int runs)
      throws Exception {
    Layout here = Layout.ofEnvironment();
    Path home = Files.createTempDirectory("hooke-bench");
    try {
      return new WorkerStart(
                  home,
                  here.checkout().resolve("examples/exitcode.wasm"),
                  spec().commandLine().getOut())
              .measure(starts, runs)
          ? 0
          : FAILED;
    } finally {
      Layout.delete(home);
    }
  }
}
