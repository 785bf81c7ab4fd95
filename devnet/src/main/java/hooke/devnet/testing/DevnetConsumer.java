package hooke.devnet.testing;

import hooke.chain.wallet.Wallet;
import hooke.devnet.Main;
import hooke.devnet.market.DevnetWallets;
import hooke.node.cli.Home;
import hooke.node.cli.Terminal;
import hooke.node.rpc.ConsumerNode;
import hooke.node.task.ConsumerChain;
import hooke.node.task.PreparedTask;
import hooke.node.task.ProviderNode;
import hooke.node.task.Quote;
import hooke.node.task.TaskBuyer;
import hooke.node.task.TaskDraft;
import hooke.node.task.TaskWatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// A consumer in a [Devnet]: a wallet and a `HOOKE_HOME` that names the network, and what the
/// command line makes of them. Buys through the same parts as the commands, or runs the commands
/// themselves.
public final class DevnetConsumer implements AutoCloseable {
  private static final String NETWORK = "devnet";

  private final Devnet world;
  private final String name;
  private final Wallet wallet;
  private final Path home;
  private final List<Process> processes = new CopyOnWriteArrayList<>();
  private @Nullable ConsumerChain chain;

  /// What a command said.
  public record Ran(int exit, String out, String err) {}

  DevnetConsumer(Devnet world, String name, Wallet wallet, Path home) {
    this.world = world;
    this.name = name;
    this.wallet = wallet;
    this.home = home;
    new Home(home).keep(NETWORK, world.network(), true);
  }

  public Wallet wallet() {
    return wallet;
  }

  /// Its `HOOKE_HOME`.
  public Path home() {
    return home;
  }

  /// The same person at a new machine, who brought nothing along but the wallet's file and its
  /// password.
  public DevnetConsumer elsewhere(String where) throws IOException {
    Path next = home.resolveSibling(name + "-" + where);
    DevnetWallets old = new DevnetWallets(home.resolve("wallets"));
    DevnetWallets fresh = new DevnetWallets(next.resolve("wallets"));
    Files.createDirectories(next.resolve("wallets"));
    Files.copy(old.keystore(name), fresh.keystore(name));
    Files.copy(old.passwordFile(name), fresh.passwordFile(name));
    return world.kept(new DevnetConsumer(world, name, fresh.open(name), next));
  }

  /// Runs a command in this process and this home, as if typed.
  public Ran hooke(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Map.of("HOOKE_HOME", home.toString()),
            home,
            question -> Optional.empty());
    int exit = Main.cli(terminal).run(args);
    return new Ran(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /// Starts a command as a process of its own, which ends with the world at the latest.
  ///
  /// @param said file that takes both its outputs
  public Process hookeProcess(Path said, String... args) {
    return hookeProcess(said, System.getenv(), args);
  }

  /// The same with another environment than this process's, but for `HOOKE_HOME`.
  public Process hookeProcess(Path said, Map<String, String> environment, String... args) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dcom.linecorp.armeria.warnNettyVersions=false",
                "-Dhooke.home=" + world.layout().checkout(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(List.of(args));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("HOOKE_HOME", home.toString());
    try {
      Process process = builder.start();
      processes.add(process);
      return process;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start hooke " + String.join(" ", args), e);
    }
  }

  /// This consumer's own view of the chain.
  public synchronized ConsumerChain chain() {
    if (chain == null) {
      chain = ConsumerChain.open(world.network());
    }
    return chain;
  }

  /// Connects to nodes in this consumer's name.
  public ProviderNode.Connector nodes() {
    return ConsumerNode.connector(world.network(), wallet, Clock.systemUTC());
  }

  /// Quotes, uploads and orders, whether or not anybody would take it.
  public TaskBuyer.Placed order(TaskDraft draft) throws InterruptedException {
    TaskBuyer buyer = new TaskBuyer(chain(), nodes(), wallet.address(), step -> {});
    try (PreparedTask task = PreparedTask.of(draft)) {
      Quote quote = buyer.quote(task);
      return buyer.place(task, quote, wallet, id -> {});
    }
  }

  /// Follows an order of this consumer as `task wait` does; close it.
  ///
  /// @param said takes each line of progress
  public TaskWatch watch(List<String> said) {
    return new TaskWatch(chain(), nodes(), wallet, said::add);
  }

  /// Ends its processes and leaves the chain.
  @Override
  public synchronized void close() {
    processes.forEach(Process::destroyForcibly);
    if (chain != null) {
      chain.close();
      chain = null;
    }
  }
}
