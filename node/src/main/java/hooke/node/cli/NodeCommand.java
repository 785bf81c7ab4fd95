package hooke.node.cli;

import hooke.chain.eip712.Domain;
import hooke.node.Node;
import hooke.node.NodeDirectory;
import hooke.node.config.ConfigException;
import hooke.node.config.Network;
import hooke.node.config.Reach;
import hooke.node.market.Behaviour;
import hooke.node.market.Clientele;
import hooke.node.market.NodeView;
import hooke.node.rpc.NodeClient;
import hooke.node.rpc.TlsIdentity;
import hooke.node.runtime.sandbox.Sandbox;
import hooke.node.spec.Escaped;
import hooke.node.spec.HostNames;
import hooke.node.task.ConsumerChain;
import hooke.storage.BlobId;
import hooke.v1.DeclinedSpec;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
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
  private static final int MAX_WHY = 500;

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

  @Command(
      name = "declined",
      description = {
        "Show the specs that this node bids for no more since one gave no result here, or let them be bid"
            + " for again.",
        "The node must run."
      },
      mixinStandardHelpOptions = true)
  int declined(
      @Parameters(paramLabel = "DIR", description = "The node's directory.") Path directory,
      @Option(
              names = "--clear",
              paramLabel = "SPEC",
              description = "Let orders of this spec be bid for again; may be given several times.")
          @Nullable List<String> cleared,
      @Option(names = "--clear-all", description = "The same for all of them.") boolean all,
      @Mixin Output output)
      throws InterruptedException {
    NodeDirectory node = open(session.path(directory));
    List<BlobId> specs =
        (cleared == null ? List.<String>of() : cleared).stream().map(NodeCommand::spec).toList();
    if (all && !specs.isEmpty()) {
      throw new CliException(
          ExitCode.USAGE, "--clear-all clears every spec", "leave one of --clear-all and --clear");
    }
    try (ConsumerChain chain = session.chain()) {
      chain.sync();
      NodeView view =
          chain
              .market()
              .nodeOf(node.key().address())
              .orElseThrow(() ->
                  new CliException(
                      ExitCode.NOT_PERMITTED,
                      "this node is not registered here, so it bids for nothing",
                      "hooke provider register --node " + HostNames.shown(directory)));
      Network network = node.config().network();
      try (NodeClient client =
          new NodeClient(
              view.id(),
              node.config().endpoint().getAuthority(),
              node.tls().keyHash(),
              Domain.hooke(network.chainId(), network.contract()),
              node.key(),
              Clock.systemUTC(),
              // The operator's own node, which his machine may well reach from inside only.
              Reach.PRIVATE)) {
        if (all || !specs.isEmpty()) {
          int count = client.clearDeclined(specs);
          session
              .out()
              .println(
                  output.json()
                      ? Json.write(Map.of("cleared", count))
                      : "%d cleared".formatted(count));
        } else {
          print(client.declined(), output);
        }
      }
    }
    return 0;
  }

  private static BlobId spec(String text) {
    String hex = text.startsWith("0x") ? text.substring(2) : text;
    return BlobId.parse(hex)
        .orElseThrow(() ->
            new CliException(
                ExitCode.USAGE,
                "'" + Escaped.text(text, 80) + "' is no spec: its id is 64 hex digits",
                "see: hooke node declined DIR"));
  }

  private void print(List<DeclinedSpec> declined, Output output) {
    if (output.json()) {
      session.out().println(Json.write(declined.stream().map(NodeCommand::json).toList()));
      return;
    }
    Table table = new Table("SPEC", "SINCE", "UNTIL", "CONSUMER", "WHY");
    for (DeclinedSpec each : declined) {
      table.row(
          each.getSpec(),
          Instant.ofEpochSecond(each.getDeclineTime().getSeconds()),
          each.hasExpireTime()
              ? Instant.ofEpochSecond(each.getExpireTime().getSeconds())
              : "cleared",
          each.getConsumer(),
          Escaped.text(each.getReason(), MAX_WHY));
    }
    session.out().println(table);
  }

  private static Map<String, Object> json(DeclinedSpec each) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("spec", each.getSpec());
    json.put("order", each.getOrder());
    json.put("slot", each.getSlot());
    json.put("consumer", each.getConsumer());
    json.put("since", Instant.ofEpochSecond(each.getDeclineTime().getSeconds()).toString());
    if (each.hasExpireTime()) {
      json.put("until", Instant.ofEpochSecond(each.getExpireTime().getSeconds()).toString());
    }
    json.put("why", each.getReason());
    return json;
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
