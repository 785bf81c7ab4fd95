package hooke.devnet.process;

import hooke.node.config.ConfigException;
import hooke.node.config.Yaml;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a devnet has to remember between commands: which processes it started, on which ports, and
/// which world they belong to. Kept as `state.json`, replaced whole and atomically after every
/// step, so that a command which was cut off can be continued.
///
/// @param supervisor the `devnet up` that stays in the foreground, if one does
public record DevnetState(Chain chain, List<Node> nodes, Optional<ProcessRef> supervisor) {

  public DevnetState {
    nodes = List.copyOf(nodes);
  }

  /// Which program is the chain.
  public enum Kind {
    /// In memory only: when it ends, its world ends.
    HARDHAT,
    /// Writes its state to a file when asked to end, and every few seconds.
    ANVIL,
    /// Somebody else's, reached by URL: never started or stopped here.
    EXTERNAL;

    /// For people.
    public String word() {
      return switch (this) {
        case HARDHAT -> "Hardhat";
        case ANVIL -> "Anvil";
        case EXTERNAL -> "a chain of your own";
      };
    }
  }

  /// The chain and the law on it, as far as they are there.
  ///
  /// @param blockTime between two blocks; zero for an external chain, which keeps its own
  /// @param genesis hash of block 0, empty until the chain first answered
  /// @param contract address of Hooke, empty until it was deployed
  /// @param token address of the payment token, empty until it was deployed
  /// @param deployBlock no event of the contract is older
  public record Chain(
      Kind kind,
      URI rpc,
      Duration blockTime,
      Optional<ProcessRef> process,
      String genesis,
      String contract,
      String token,
      long deployBlock) {
    public Chain withProcess(ProcessRef started) {
      return new Chain(
          kind, rpc, blockTime, Optional.of(started), genesis, contract, token, deployBlock);
    }

    public Chain withoutProcess() {
      return new Chain(
          kind, rpc, blockTime, Optional.empty(), genesis, contract, token, deployBlock);
    }

    public Chain withRpc(URI uri) {
      return new Chain(kind, uri, blockTime, process, genesis, contract, token, deployBlock);
    }

    public Chain withGenesis(String hash) {
      return new Chain(kind, rpc, blockTime, process, hash, contract, token, deployBlock);
    }

    public Chain withLaw(String hooke, String payment, long block) {
      return new Chain(kind, rpc, blockTime, process, genesis, hooke, payment, block);
    }
  }

  /// One provider node.
  ///
  /// @param name its directory under `nodes` and its log under `logs`: `node1`
  /// @param wallet name of its operator's wallet: `operator1`
  /// @param port of its API
  public record Node(String name, String wallet, int port, Optional<ProcessRef> process) {
    public Node withProcess(Optional<ProcessRef> running) {
      return new Node(name, wallet, port, running);
    }

    public boolean alive() {
      return process.isPresent() && process.get().alive();
    }
  }

  public DevnetState withChain(Chain changed) {
    return new DevnetState(changed, nodes, supervisor);
  }

  public DevnetState withSupervisor(Optional<ProcessRef> changed) {
    return new DevnetState(chain, nodes, changed);
  }

  /// Replaces the node of the same name, or appends it.
  public DevnetState withNode(Node changed) {
    List<Node> all = new ArrayList<>(nodes);
    int index = all.indexOf(node(changed.name()).orElse(changed));
    if (index < 0) {
      all.add(changed);
    } else {
      all.set(index, changed);
    }
    return new DevnetState(chain, all, supervisor);
  }

  public Optional<Node> node(String name) {
    return nodes.stream().filter(each -> each.name().equals(name)).findFirst();
  }

  /// Reads what [#write] wrote; empty if there is no devnet.
  ///
  /// @throws ConfigException if the file is damaged
  public static Optional<DevnetState> read(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    // JSON is YAML; the strict reader names the field that is wrong.
    Yaml yaml = Yaml.read(file);
    Yaml chain = yaml.section("chain");
    DevnetState state =
        new DevnetState(
            new Chain(
                chain.value("kind", Kind::valueOf),
                chain.value("rpc", URI::create),
                Duration.ofMillis(chain.number("blockMillis", 0, 0, Integer.MAX_VALUE)),
                process(chain, "chain"),
                chain.text("genesis"),
                chain.text("contract"),
                chain.text("token"),
                chain.number("deployBlock", 0, 0, Long.MAX_VALUE)),
            yaml.list(
                "nodes",
                text -> {
                  throw new ConfigException("a node is a mapping");
                },
                node ->
                    new Node(
                        node.text("name"),
                        node.text("wallet"),
                        (int) node.number("port", 0, 0, 65_535),
                        process(node, node.text("name")))),
            process(yaml.section("supervisor"), "devnet up"));
    yaml.done();
    return Optional.of(state);
  }

  private static Optional<ProcessRef> process(Yaml at, String name) {
    long pid = at.number("pid", 0, 0, Long.MAX_VALUE);
    long started = at.number("startedMillis", 0, 0, Long.MAX_VALUE);
    return pid == 0
        ? Optional.empty()
        : Optional.of(new ProcessRef(name, pid, Instant.ofEpochMilli(started)));
  }

  public void write(Path file) {
    StringBuilder json = new StringBuilder("{\n  \"chain\": {\n");
    json.append("    \"kind\": ").append(quoted(chain.kind().name())).append(",\n");
    json.append("    \"rpc\": ").append(quoted(chain.rpc().toString())).append(",\n");
    json.append("    \"blockMillis\": ").append(chain.blockTime().toMillis()).append(",\n");
    json.append("    ").append(json(chain.process())).append(",\n");
    json.append("    \"genesis\": ").append(quoted(chain.genesis())).append(",\n");
    json.append("    \"contract\": ").append(quoted(chain.contract())).append(",\n");
    json.append("    \"token\": ").append(quoted(chain.token())).append(",\n");
    json.append("    \"deployBlock\": ").append(chain.deployBlock()).append("\n  },\n");
    json.append("  \"nodes\": [");
    String separator = "\n";
    for (Node node : nodes) {
      json.append(separator).append("    {\"name\": ").append(quoted(node.name()));
      json.append(", \"wallet\": ").append(quoted(node.wallet()));
      json.append(", \"port\": ").append(node.port());
      json.append(", ").append(json(node.process())).append("}");
      separator = ",\n";
    }
    json.append("\n  ],\n  \"supervisor\": {").append(json(supervisor)).append("}\n}\n");
    try {
      Path draft = file.resolveSibling(file.getFileName() + ".new");
      Files.writeString(draft, json);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private static String json(Optional<ProcessRef> process) {
    return process
        .map(ref ->
            "\"pid\": %d, \"startedMillis\": %d".formatted(ref.pid(), ref.started().toEpochMilli()))
        .orElse("\"pid\": 0, \"startedMillis\": 0");
  }

  /// Names, URLs and hashes: nothing here holds a control character, and the reader refuses one.
  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
