package hooke.node.cli;

import hooke.node.Node;
import hooke.node.NodeDirectory;
import hooke.node.config.NodeConfig;
import hooke.node.market.OverheadTrial;
import hooke.node.runtime.selftest.SelfTest;
import hooke.node.runtime.worker.EngineChoice;
import hooke.node.runtime.worker.WasmRuntime;
import hooke.node.runtime.worker.WorkerSettings;
import hooke.scheduler.model.Overhead;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `hooke selftest`: whether this machine gives the answers that every other one gives.
@Command(
    name = "selftest",
    description =
        "Whether programs give the same results here as everywhere, before a stake is at risk.",
    mixinStandardHelpOptions = true)
final class SelftestCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Option(
      names = "--node",
      paramLabel = "DIR",
      description = "Use the engine of this node's node.yaml (default: Endive).")
  private @Nullable Path node;

  @Option(
      names = {"-v", "--verbose"},
      description = "Name the programs that agree, too.")
  private boolean verbose;

  /// What deadlines are judged by.
  private Overhead reckoned = NodeConfig.OVERHEAD;

  SelftestCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    EngineChoice engine = new EngineChoice.Endive();
    if (node != null) {
      NodeDirectory directory = NodeCommand.open(terminal.directory().resolve(node.toString()));
      engine = Node.engine(directory.config());
      reckoned = directory.config().speed().overhead();
    }
    Path home = Files.createTempDirectory("hooke-selftest");
    try (WasmRuntime runtime =
        new WasmRuntime(
            WorkerSettings.of(Files.createDirectory(home.resolve("workers")), 1).with(engine))) {
      terminal.out().println(runtime.engine());
      terminal.out().println(runtime.isolation().description());
      SelfTest.Report report =
          new SelfTest(runtime, home.resolve("runs"))
              .whole(verdict -> {
                if (verbose || !(verdict instanceof SelfTest.Verdict.Agrees)) {
                  terminal.out().println(SelfTest.words(verdict));
                  terminal.out().flush();
                }
              });
      int faults = report.faults().size();
      int all = report.verdicts().size();
      terminal
          .out()
          .printf(
              Locale.ROOT,
              "%d of %d programs gave everybody's result (%.1f s)%n",
              all - faults,
              all,
              report.took().toMillis() / 1_000.0);
      sayOverhead(OverheadTrial.measure(runtime, Files.createDirectory(home.resolve("trial"))));
      if (faults > 0) {
        throw new CliException(
            ExitCode.UNAVAILABLE,
            "this machine would lose bonds with this engine",
            "do not run a node here before the cause is found; what differs is named above");
      }
      return ExitCode.OK.number();
    } finally {
      hooke.node.task.ResultFolder.delete(home);
    }
  }

  /// What was measured, beside what a node reckons with.
  private void sayOverhead(Overhead seen) {
    terminal
        .out()
        .println("beside its fuel a run takes here (node.yaml reckons with, as `overhead`):");
    int longer = 0;
    longer += sayOverhead("task", seen.task(), reckoned.task());
    longer +=
        sayOverhead(
            "thousandInputs",
            seen.entry().multipliedBy(1_000),
            reckoned.entry().multipliedBy(1_000));
    longer += sayOverhead("inputMib", seen.inputMib(), reckoned.inputMib());
    longer += sayOverhead("outputMib", seen.outputMib(), reckoned.outputMib());
    longer += sayOverhead("memoryMib", seen.memoryMib(), reckoned.memoryMib());
    if (longer > 0) {
      terminal
          .out()
          .println(
              "what took longer than reckoned may miss deadlines: write larger numbers into node.yaml, or give this machine less to do");
    }
    terminal.out().flush();
  }

  /// @return 1 for what takes longer than reckoned, else 0
  private int sayOverhead(String name, Duration seen, Duration reckoned) {
    boolean sound = seen.compareTo(reckoned) <= 0;
    terminal
        .out()
        .printf(
            Locale.ROOT,
            "  %-15s %8.1f ms (%.0f ms)%s%n",
            name,
            seen.toNanos() / 1e6,
            reckoned.toNanos() / 1e6,
            sound ? "" : "  LONGER");
    return sound ? 0 : 1;
  }
}
