package hooke.devnet.cli;

import hooke.devnet.DevnetException;
import hooke.devnet.Founding;
import hooke.devnet.ProcessDevnet;
import hooke.devnet.Progress;
import hooke.devnet.UpRequest;
import hooke.devnet.process.ChainHost;
import hooke.devnet.process.DevnetState;
import hooke.devnet.process.Layout;
import hooke.devnet.process.ProcessRef;
import hooke.node.config.ConfigException;
import hooke.node.config.Units;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `hooke devnet`: a whole world on this machine.
@Command(
    name = "devnet",
    description = "A whole world on this machine: a chain, the contracts, wallets, provider nodes.",
    mixinStandardHelpOptions = true)
public final class DevnetCommand implements Callable<Integer> {
  private static final int OK = 0;
  private static final Duration WATCH = Duration.ofMillis(300);
  private static final Duration MAX_BLOCK_TIME = Duration.ofMinutes(10);

  private final BiFunction<Layout, Progress, Founding> foundings;
  private final BiFunction<DevnetState, PrintWriter, Integer> demo;
  private final String mainClass;

  @Spec private @Nullable CommandSpec spec;

  /// Made once, by the program's main class.
  ///
  /// @param foundings makes what turns a chain into a market
  /// @param demo runs a first task and shows its way; answers the exit code
  /// @param mainClass of the program whose `node run` is a node
  public DevnetCommand(
      BiFunction<Layout, Progress, Founding> foundings,
      BiFunction<DevnetState, PrintWriter, Integer> demo,
      String mainClass) {
    this.foundings = foundings;
    this.demo = demo;
    this.mainClass = mainClass;
  }

  @Override
  public Integer call() {
    spec().commandLine().usage(out());
    return 64;
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new IllegalStateException("not part of a command line");
    }
    return spec;
  }

  private PrintWriter out() {
    return spec().commandLine().getOut();
  }

  private ProcessDevnet devnet(Layout layout) {
    Progress progress = new Progress(out());
    return new ProcessDevnet(layout, progress, foundings.apply(layout, progress), mainClass);
  }

  /// Runs `body`; turns an expected failure into one sentence and its exit code.
  private int guarded(Callable<Integer> body) {
    try {
      return body.call();
    } catch (DevnetException e) {
      return failed(
          e.getMessage(),
          switch (e.code()) {
            case USAGE -> 64;
            case UNAVAILABLE, PORT_TAKEN -> 69;
            case BUSY -> 75;
            case WRONG_WORLD -> 78;
          });
    } catch (ConfigException e) {
      return failed(e.getMessage(), 78);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private int failed(@Nullable String message, int code) {
    PrintWriter err = spec().commandLine().getErr();
    err.println("hooke devnet: " + message);
    err.flush();
    return code;
  }

  @Command(
      name = "up",
      description = {
        "Start everything, or heal what is not running; wait until every node bids.",
        "Stays until ^C, which takes everything down again; with --detach it returns."
      },
      mixinStandardHelpOptions = true)
  int up(
      @Option(
              names = "--nodes",
              paramLabel = "N",
              description = "Provider nodes, 1 to 32 (default: 3).")
          @Nullable Integer nodes,
      @Option(
              names = "--chain",
              paramLabel = "CHAIN",
              description =
                  "hardhat (default; lives in memory), anvil (persists), or the URL of a chain of"
                      + " your own.")
          @Nullable String chain,
      @Option(
              names = "--block-time",
              paramLabel = "D",
              defaultValue = "1s",
              description =
                  "Time between two blocks, such as 250ms or 2s; anvil: whole seconds (default: 1s).")
          String blockTime,
      @Option(names = "--detach", description = "Return when everything is up.") boolean detach,
      @Option(names = "--fresh", description = "Wipe a world that is there, then start a new one.")
          boolean fresh,
      @Option(names = "--demo", description = "Run a first task and show its way.")
          boolean runDemo) {
    return guarded(() -> {
      UpRequest request = request(nodes, chain, blockTime, fresh);
      Layout layout = Layout.ofEnvironment();
      ProcessDevnet devnet = devnet(layout);
      AtomicBoolean takenDown = new AtomicBoolean();
      if (!detach) {
        // From here on, leaving means taking down what was started, also half-way.
        Runtime.getRuntime()
            .addShutdownHook(
                new Thread(
                    () -> {
                      if (!takenDown.get()) {
                        out().println();
                        devnet.abandon();
                        devnet.down(false);
                      }
                    },
                    "take-down"));
      }
      boolean wasUp = devnet.state().isPresent();
      DevnetState state;
      try {
        state = devnet.up(request);
      } catch (RuntimeException e) {
        // A refusal must not end what was running before.
        takenDown.set(wasUp);
        throw e;
      }
      report(layout, state);
      int code = runDemo ? demo.apply(state, out()) : OK;
      if (detach || state.supervisor().map(ProcessRef::alive).orElse(false)) {
        takenDown.set(true);
        return code;
      }
      watch(devnet);
      takenDown.set(true);
      return code;
    });
  }

  private static UpRequest request(
      @Nullable Integer nodes, @Nullable String chain, String blockTime, boolean fresh) {
    if (nodes != null && (nodes < 1 || nodes > UpRequest.MAX_NODES)) {
      throw new DevnetException(
          "--nodes must be 1 to " + UpRequest.MAX_NODES + ", not " + nodes,
          DevnetException.Code.USAGE);
    }
    Duration time;
    try {
      time = Units.duration(blockTime);
    } catch (ConfigException e) {
      throw new DevnetException("--block-time: " + e.getMessage(), DevnetException.Code.USAGE);
    }
    if (time.compareTo(Duration.ofMillis(10)) < 0 || time.compareTo(MAX_BLOCK_TIME) > 0) {
      throw new DevnetException(
          "--block-time must be 10 ms to 10 m, not " + blockTime, DevnetException.Code.USAGE);
    }
    Optional<DevnetState.Kind> kind = Optional.empty();
    Optional<URI> external = Optional.empty();
    if (chain != null) {
      switch (chain.toLowerCase(Locale.ROOT)) {
        case "hardhat" -> kind = Optional.of(DevnetState.Kind.HARDHAT);
        case "anvil" -> kind = Optional.of(DevnetState.Kind.ANVIL);
        default -> {
          kind = Optional.of(DevnetState.Kind.EXTERNAL);
          external = Optional.of(ChainHost.external(chain));
        }
      }
    }
    return new UpRequest(Optional.ofNullable(nodes), kind, external, time, fresh);
  }

  private void report(Layout layout, DevnetState state) {
    PrintWriter out = out();
    out.println();
    out.println("  chain   " + state.chain().rpc() + "   Hooke " + state.chain().contract());
    for (DevnetState.Node node : state.nodes()) {
      out.println("  " + node.name() + "   https://127.0.0.1:" + node.port());
    }
    out.printf(
        "  join    hooke node init DIR --join %s#%s%n",
        state.chain().rpc(), state.chain().contract());
    out.println("  logs    " + layout.logs() + "   (hooke devnet logs node1 -f)");
    out.println("  wallets " + layout.wallets() + "   alice is the consumer; the passwords beside");
    out.println("          them are for this devnet only");
    out.println();
    out.println("  next    hooke market list");
    out.println("          hooke task run examples/wordcount.wasm --in README.md -- /in/README.md");
    out.println("          hooke devnet status | logs | kill | pause | start | down");
    out.flush();
  }

  /// Stays until the devnet is taken down from elsewhere; ^C ends the JVM and with it, by the hook,
  /// the devnet.
  private void watch(ProcessDevnet devnet) {
    DevnetState last = devnet.supervise(ProcessRef.of("devnet up", ProcessHandle.current()));
    out().println("  ^C takes everything down");
    out().flush();
    while (true) {
      LockSupport.parkNanos(WATCH.toNanos());
      Optional<DevnetState> now = devnet.state();
      if (now.isEmpty() || now.get().supervisor().isEmpty()) {
        out().println("  taken down from elsewhere");
        out().flush();
        return;
      }
      List<String> bad = devnet.casualties(last, now.get());
      bad.forEach(out()::println);
      out().flush();
      if (!bad.isEmpty() || !now.get().equals(last)) {
        last = now.get();
      }
    }
  }

  @Command(
      name = "status",
      description = "What runs, where, since when.",
      mixinStandardHelpOptions = true)
  int status() {
    return guarded(() -> {
      Layout layout = Layout.ofEnvironment();
      ProcessDevnet devnet = devnet(layout);
      DevnetState state = devnet.existing();
      boolean answers = devnet.chainAnswers(state);
      PrintWriter out = out();
      String row = "%-8s %-8s %-8s %-28s %s%n";
      out.printf(row, "NAME", "STATE", "PID", "ADDRESS", "LOG");
      String chainState =
          state.chain().kind() == DevnetState.Kind.EXTERNAL
              ? (answers ? "running" : "ended")
              : word(state.chain().process());
      out.printf(
          row,
          "chain",
          chainState,
          pid(state.chain().process()),
          state.chain().rpc(),
          layout.log("chain"));
      for (DevnetState.Node node : state.nodes()) {
        out.printf(
            row,
            node.name(),
            word(node.process()),
            pid(node.process()),
            "https://127.0.0.1:" + node.port(),
            layout.log(node.name()));
      }
      boolean well =
          answers
              && state.nodes().stream()
                  .allMatch(node ->
                      ProcessDevnet.conditionOf(node.process()) == ProcessDevnet.Condition.RUNNING);
      if (!well) {
        out.println("not everything runs: `hooke devnet up` heals what can be healed");
      }
      out.flush();
      return well ? OK : 69;
    });
  }

  private static String word(Optional<ProcessRef> process) {
    return ProcessDevnet.conditionOf(process).name().toLowerCase(Locale.ROOT);
  }

  private static String pid(Optional<ProcessRef> process) {
    return process.filter(ProcessRef::alive).map(ref -> Long.toString(ref.pid())).orElse("-");
  }

  @Command(
      name = "down",
      description = "End everything this devnet started.",
      mixinStandardHelpOptions = true)
  int down(
      @Option(
              names = "--wipe",
              description = "Also forget the world: chain state, node directories, logs.")
          boolean wipe) {
    return guarded(() -> {
      if (!devnet(Layout.ofEnvironment()).down(wipe)) {
        out().println("there is no devnet: nothing to take down");
        out().flush();
      }
      return OK;
    });
  }

  @Command(
      name = "kill",
      description = "End a node by force, as a power cut would (SIGKILL).",
      mixinStandardHelpOptions = true)
  int kill(@Parameters(paramLabel = "NODE") String node) {
    return guarded(() -> {
      devnet(Layout.ofEnvironment()).kill(node);
      return OK;
    });
  }

  @Command(
      name = "pause",
      description = "Freeze a node (SIGSTOP); start lets it go on.",
      mixinStandardHelpOptions = true)
  int pause(@Parameters(paramLabel = "NODE") String node) {
    return guarded(() -> {
      devnet(Layout.ofEnvironment()).pause(node);
      return OK;
    });
  }

  @Command(
      name = "start",
      description = "Start a node that ended, or let a frozen one go on.",
      mixinStandardHelpOptions = true)
  int start(@Parameters(paramLabel = "NODE") String node) {
    return guarded(() -> {
      devnet(Layout.ofEnvironment()).start(node);
      return OK;
    });
  }

  @Command(
      name = "logs",
      description = "Print what a node (or `chain`) wrote; -f goes on printing.",
      mixinStandardHelpOptions = true)
  int logs(
      @Parameters(paramLabel = "NODE", description = "node1, node2, ... or chain") String name,
      @Option(
              names = {"-f", "--follow"},
              description = "Go on until ^C.")
          boolean follow) {
    return guarded(() -> {
      Layout layout = Layout.ofEnvironment();
      Path log = layout.log(name);
      if (!name.matches("[a-z0-9]+") || !Files.exists(log)) {
        throw new DevnetException(
            "there is no log of '%s' in %s".formatted(name, layout.logs()),
            DevnetException.Code.USAGE);
      }
      copy(log, follow);
      return OK;
    });
  }

  private void copy(Path log, boolean follow) {
    PrintWriter out = out();
    byte[] buffer = new byte[64 << 10];
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      while (true) {
        int read = file.read(buffer);
        if (read > 0) {
          out.print(new String(buffer, 0, read, StandardCharsets.UTF_8));
          out.flush();
        } else if (!follow || out.checkError()) {
          return;
        } else {
          LockSupport.parkNanos(WATCH.toNanos());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + log, e);
    }
  }
}
