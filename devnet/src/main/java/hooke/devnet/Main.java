package hooke.devnet;

import hooke.chain.contract.NodeProfile;
import hooke.chain.eip712.Domain;
import hooke.chain.wallet.Signer;
import hooke.chain.wallet.Wallet;
import hooke.devnet.benchmark.BenchCommand;
import hooke.devnet.cli.DevnetCommand;
import hooke.devnet.market.DevnetWallets;
import hooke.devnet.market.NodeDirectories;
import hooke.devnet.market.ProcessFounding;
import hooke.devnet.process.Layout;
import hooke.node.NodeDirectory;
import hooke.node.cli.Cli;
import hooke.node.cli.Home;
import hooke.node.cli.Terminal;
import hooke.node.config.Network;
import hooke.node.config.Reach;
import hooke.node.rpc.ConsumerNode;
import hooke.node.rpc.NodeClient;
import hooke.node.rpc.RpcFailure;
import hooke.node.task.ProviderNode;
import hooke.v1.Node;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;

/// The program `hooke`: every command of a node, and a devnet's.
public final class Main {
  private static final Duration PROBE = Duration.ofSeconds(2);
  private static final int WORKERS = 2;

  private Main() {}

  /// Runs one command and exits with its code.
  public static void main(String[] args) {
    boolean node = args.length >= 2 && args[0].equals("node") && args[1].equals("run");
    System.setProperty("hooke.log", node ? "INFO" : System.getProperty("hooke.log", "WARN"));
    System.exit(Cli.ofProcess(args, Main::cli));
  }

  /// The whole program around a terminal.
  public static Cli cli(Terminal terminal) {
    DevnetCommand devnet =
        new DevnetCommand(
            Main::founding, (state, out) -> demo(terminal, out), Main.class.getName());
    return new Cli(terminal, Main::connector)
        .group("Devnet", "devnet", devnet)
        .unlisted(
            "bench",
            new BenchCommand(Main::founding, Main::connector, Main.class.getName(), WORKERS));
  }

  private static ProcessFounding founding(Layout layout, Progress progress) {
    return new ProcessFounding(
        layout, progress, Main::prepare, Main::bids, network -> announce(layout, network));
  }

  private static ProviderNode.Connector connector(Network network, Signer consumer) {
    return ConsumerNode.connector(network, consumer, Clock.systemUTC());
  }

  private static NodeDirectories.Prepared prepare(Path directory, Network network, int port) {
    String address = "127.0.0.1:" + port;
    try {
      NodeDirectory node =
          NodeDirectory.create(
              directory, network, address, URI.create("https://" + address), WORKERS);
      return new NodeDirectories.Prepared(node.profile(), node.key());
    } catch (IOException e) {
      throw new DevnetException(
          "the node directory %s cannot be made: %s".formatted(directory, e.getMessage()),
          DevnetException.Code.UNAVAILABLE);
    }
  }

  /// GetNode is public: neither the node's number nor the asker matters.
  private static boolean bids(NodeProfile profile) {
    Domain nowhere = Domain.hooke(0, profile.key());
    try (NodeClient client =
        new NodeClient(
            1,
            profile.endpoint(),
            profile.tlsKeyHash(),
            nowhere,
            Wallet.random(),
            Clock.systemUTC(),
            Reach.PRIVATE)) {
      return client.node(PROBE).getState() == Node.State.ACTIVE;
    } catch (RpcFailure e) {
      return false;
    }
  }

  private static void announce(Layout layout, Network network) {
    Home home = new Home(layout.home());
    home.keep("devnet", network, false);
    if (home.config().wallet().isEmpty()) {
      home.choose(DevnetWallets.CONSUMER);
    }
  }

  /// The same commands a person would type.
  private static int demo(Terminal terminal, PrintWriter out) {
    Path checkout = Layout.ofEnvironment().checkout();
    String[][] steps = {
      {"wallet", "balance", "--wallet", DevnetWallets.CONSUMER, "--network", "devnet"},
      {
        "task",
        "run",
        checkout.resolve("examples/wordcount.wasm").toString(),
        "--in",
        checkout.resolve("examples/README.md").toString(),
        "--verify",
        "quorum:2/3",
        "--wallet",
        DevnetWallets.CONSUMER,
        "--network",
        "devnet",
        "--",
        "/in/README.md"
      },
      {"wallet", "balance", "--wallet", DevnetWallets.CONSUMER, "--network", "devnet"},
      {"provider", "list", "--network", "devnet"}
    };
    for (String[] step : steps) {
      out.println();
      out.println("$ hooke " + String.join(" ", step).replace(checkout + "/", ""));
      out.flush();
      int code = cli(terminal).run(step);
      if (code != 0) {
        return code;
      }
    }
    return 0;
  }
}
