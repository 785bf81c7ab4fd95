package hooke.node.cli;

import hooke.node.Node;
import hooke.node.NodeDirectory;
import hooke.node.config.ConfigException;
import hooke.node.config.Network;
import hooke.node.market.Behaviour;
import hooke.node.market.Clientele;
import hooke.node.rpc.TlsIdentity;
import hooke.node.runtime.sandbox.Sandbox;
import hooke.node.spec.HostNames;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `hooke node`: one machine that sells.
@Command(
    name = "node",
    description = "A provider's machine: set it up, run it, look at it.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class NodeCommand {
  @Mixin private final Session session;

  NodeCommand(Terminal terminal, Session.Connections connections) {
    session = new Session(terminal, connections);
  }

  @Command(
      name = "init",
      description = "Write a commented node.yaml, a node key and a TLS key.",
      mixinStandardHelpOptions = true)
  int init(
      @Parameters(paramLabel = "DIR", description = "The node's directory.") Path directory,
      @Option(
              names = "--join",
              paramLabel = "NETWORK|URL#CONTRACT",
              description =
                  "Market to join: a network of config.yaml, or a chain's RPC URL and the address"
                      + " of Hooke there, which is added to it (default: the current one).")
          @Nullable String join,
      @Option(
              names = "--listen",
              paramLabel = "HOST:PORT",
              description = "Address of the API (default: a free port on 127.0.0.1).")
          @Nullable String listen,
      @Option(
              names = "--endpoint",
              paramLabel = "URL",
              description = "Where others reach it (default: https:// and the address).")
          @Nullable URI endpoint,
      @Option(names = "--workers", defaultValue = "2", description = "Tasks at once (default: 2).")
          int workers)
      throws IOException {
    String address = listen == null ? "127.0.0.1:" + freePort() : listen;
    NodeDirectory node =
        NodeDirectory.create(
            session.path(directory),
            network(join),
            address,
            endpoint == null ? URI.create("https://" + address) : endpoint,
            workers);
    session.out().println(node.key().address());
    session.progress("node key and settings are in " + HostNames.shown(node.config().directory()));
    session.progress("next: hooke provider register --node " + HostNames.shown(directory));
    session.progress("then: hooke node run " + HostNames.shown(directory));
    return 0;
  }

  private Network network(@Nullable String join) {
    if (join == null || !JoinLink.isOne(join)) {
      return session.home().network(Optional.ofNullable(join));
    }
    Network found = JoinLink.resolve(join);
    String name = JoinLink.nameOf(found);
    session.home().keep(name, found, false);
    session.progress(
        "network %s is in %s: chain %d, Hooke %s"
            .formatted(name, session.home().configFile(), found.chainId(), found.contract()));
    return found;
  }

  /// Found once and then kept in node.yaml; another program could take it before the node runs,
  /// which the node then says.
  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Command(
      name = "run",
      description = "Run the node in the foreground until it is told to stop.",
      mixinStandardHelpOptions = true)
  int run(@Parameters(paramLabel = "DIR") Path directory) throws IOException, InterruptedException {
    NodeDirectory node = NodeDirectory.open(session.path(directory));
    Node running = Node.start(node, Behaviour.HONEST, Clock.systemUTC());
    Thread closing = Thread.ofPlatform().name("stop").unstarted(running::close);
    Runtime.getRuntime().addShutdownHook(closing);
    session.progress("the API listens on " + node.config().endpoint() + "; stop with ^C");
    throw running.awaitFailure();
  }

  @Command(
      name = "info",
      description = "Show a node's key, endpoint, engine and sandbox, and whose work it takes.",
      mixinStandardHelpOptions = true)
  int info(@Parameters(paramLabel = "DIR") Path directory, @Mixin Output output)
      throws IOException {
    NodeDirectory node = NodeDirectory.open(session.path(directory));
    Map<String, Object> info = new LinkedHashMap<>();
    info.put("key", node.key().address());
    info.put("endpoint", node.config().endpoint());
    info.put("tls_key_hash", node.tls().keyHash());
    info.put("tls_certificate", node.config().directory().resolve(TlsIdentity.CERTIFICATE_FILE));
    info.put("workers", node.config().capacity().workers());
    info.put("wasm_engine", Node.engine(node.config()).description());
    Clientele clientele = Clientele.of(node.config().network(), Sandbox.detect().isolation());
    info.put("strangers_work", clientele.anyone() ? "taken" : "refused");
    info.put("sandbox", clientele.explanation());
    if (output.json()) {
      session.out().println(Json.write(info));
    } else {
      Table table = new Table("node", HostNames.shown(node.config().directory()));
      info.forEach(table::row);
      session.out().println(table);
    }
    return 0;
  }

  /// Reads a node's directory for another command.
  static NodeDirectory open(Path directory) {
    try {
      return NodeDirectory.open(directory);
    } catch (IOException e) {
      throw new ConfigException(HostNames.shown(directory) + ": " + e.getMessage());
    }
  }
}
