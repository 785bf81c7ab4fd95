package hooke.node.cli;

import hooke.chain.Call;
import hooke.chain.Wei;
import hooke.chain.contract.HookeContract;
import hooke.chain.tx.TxResult;
import hooke.node.NodeDirectory;
import hooke.node.config.Units;
import hooke.node.market.NodeView;
import hooke.node.market.OperatorView;
import hooke.node.spec.HostNames;
import hooke.node.task.ConsumerChain;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `hooke provider`: the operator's side of a registration.
@Command(
    name = "provider",
    description = "Sellers: their stakes and their nodes.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class ProviderCommand {
  /// What a new node key gets for gas: thousands of tasks on a devnet; the operator tops it up
  /// later.
  private static final Wei NODE_GAS = Wei.parse("0.5");

  @Mixin private final Session session;

  ProviderCommand(Terminal terminal, Session.Connections connections) {
    session = new Session(terminal, connections);
  }

  @Command(
      name = "register",
      description =
          "Register a node; its operator, the wallet, becomes a provider with the first one.",
      mixinStandardHelpOptions = true)
  int register(
      @Option(
              names = "--node",
              required = true,
              paramLabel = "DIR",
              description = "Directory made by: hooke node init DIR")
          Path directory)
      throws InterruptedException {
    NodeDirectory node = NodeCommand.open(session.path(directory));
    try (ConsumerChain chain = session.chain()) {
      chain.requireLaw();
      chain.sync();
      var signer = session.signer();
      if (chain.market().nodeOf(node.key().address()).isPresent()) {
        throw new CliException(
            ExitCode.USAGE,
            "this node is registered already",
            "to change what is registered: hooke provider update --node "
                + HostNames.shown(directory));
      }
      done(
          "registered the node " + node.key().address(),
          chain.send(
              chain.contract().register(node.profile(), node.consent(signer.address())), signer));
      if (chain.client().balance(node.key().address()).isZero()) {
        chain.send(Call.transfer(node.key().address(), NODE_GAS), signer);
        session.progress("sent %s of the chain's coin to the node key for gas".formatted(NODE_GAS));
      }
    }
    session.progress(
        "next: hooke provider stake AMOUNT, then: hooke node run " + HostNames.shown(directory));
    return 0;
  }

  @Command(
      name = "update",
      description = "Publish a registered node's changed endpoint, TLS key or resources.",
      mixinStandardHelpOptions = true)
  int update(
      @Option(names = "--node", required = true, paramLabel = "DIR", description = "Its directory.")
          Path directory)
      throws InterruptedException {
    NodeDirectory node = NodeCommand.open(session.path(directory));
    try (ConsumerChain chain = session.chain()) {
      chain.sync();
      done(
          "updated the node " + node.key().address(),
          chain.send(chain.contract().update(node.profile()), session.signer()));
    }
    return 0;
  }

  @Command(
      name = "stake",
      description = "Put free tokens of the vault at stake; missing ones are deposited first.",
      mixinStandardHelpOptions = true)
  int stake(@Parameters(paramLabel = "AMOUNT") String amount) throws InterruptedException {
    Wei wei = WalletCommand.positive(amount);
    try (ConsumerChain chain = session.chain()) {
      chain.requireLaw();
      chain.sync();
      operator(chain);
      var signer = session.signer();
      Wei free = chain.account(signer.address()).free();
      if (free.compareTo(wei) < 0) {
        Wei missing = wei.minus(free);
        WalletCommand.enough(chain.token().balanceOf(signer.address()), missing, "the wallet");
        chain.deposit(missing, signer);
        session.progress("deposited %s HKE".formatted(missing));
      }
      done("staked %s HKE".formatted(wei), chain.send(chain.contract().stake(wei), signer));
    }
    return 0;
  }

  @Command(
      name = "unbond",
      description = "Begin to take stake out; it can be withdrawn after the delay.",
      mixinStandardHelpOptions = true)
  int unbond(@Parameters(paramLabel = "AMOUNT") String amount) throws InterruptedException {
    Wei wei = WalletCommand.positive(amount);
    try (ConsumerChain chain = session.chain()) {
      chain.sync();
      OperatorView operator = operator(chain);
      WalletCommand.enough(operator.freeStake(), wei, "the free stake");
      done(
          "unbonding %s HKE".formatted(wei),
          chain.send(chain.contract().unbond(wei), session.signer()));
      session.progress(
          "withdraw it after "
              + chain.contract().constant("UNBOND_SECONDS")
              + " s: hooke provider withdraw");
    }
    return 0;
  }

  @Command(
      name = "withdraw",
      description = "Take unbonded stake back into the vault.",
      mixinStandardHelpOptions = true)
  int withdraw() throws InterruptedException {
    try (ConsumerChain chain = session.chain()) {
      HookeContract law = chain.contract();
      done("withdrew the unbonded stake", chain.send(law.withdrawStake(), session.signer()));
    }
    return 0;
  }

  private OperatorView operator(ConsumerChain chain) {
    return chain
        .market()
        .operatorOf(session.account())
        .orElseThrow(() ->
            new CliException(
                ExitCode.NOT_PERMITTED,
                session.account() + " is no operator here",
                "register a node first: hooke provider register DIR"));
  }

  private void done(String what, TxResult sent) {
    session.out().println("%s (block %d, %,d gas)".formatted(what, sent.block(), sent.gasUsed()));
  }

  @Command(name = "list", description = "All providers.", mixinStandardHelpOptions = true)
  int list(@Mixin Output output) throws InterruptedException {
    try (ConsumerChain chain = session.chain()) {
      chain.sync();
      if (output.json()) {
        session
            .out()
            .println(
                Json.write(chain.market().operators().stream().map(o -> json(chain, o)).toList()));
        return 0;
      }
      Table table =
          new Table("PROVIDER", "ACCOUNT", "STAKE", "BONDED", "EARNED", "BROKEN", "NODES");
      for (OperatorView o : chain.market().operators()) {
        table.row(
            o.id(),
            o.account(),
            o.stake(),
            o.bonded(),
            o.keptFees().plus(o.leaseFees()),
            o.brokenFees(),
            nodes(chain, o).stream().filter(NodeView::active).count());
      }
      session.out().println(table);
    }
    return 0;
  }

  @Command(
      name = "show",
      description = "One provider and its nodes.",
      mixinStandardHelpOptions = true)
  int show(@Parameters(paramLabel = "PROVIDER") int id, @Mixin Output output)
      throws InterruptedException {
    try (ConsumerChain chain = session.chain()) {
      chain.sync();
      OperatorView o =
          chain
              .market()
              .operator(id)
              .orElseThrow(() ->
                  new CliException(
                      ExitCode.NO_INPUT, "there is no provider " + id, "see: hooke provider list"));
      if (output.json()) {
        session.out().println(Json.write(json(chain, o)));
        return 0;
      }
      session
          .out()
          .println(
              new Table("provider", Integer.toString(o.id()))
                  .row("account", o.account())
                  .row(
                      "stake",
                      "%s HKE, bonded %s: tasks %s, leases and volumes %s"
                          .formatted(o.stake(), o.bonded(), o.taskBonds(), o.leaseBonds()))
                  .row("unbonding", o.unbonding() + " HKE")
                  .row(
                      "earned",
                      "%s HKE by tasks, %s by leases and volumes"
                          .formatted(o.keptFees(), o.leaseFees()))
                  .row(
                      "broken",
                      "%s HKE of bonds, %s of pay refused"
                          .formatted(o.brokenFees(), o.refusedFees())));
      Table table = new Table("NODE", "ENDPOINT", "CPU", "MEMORY", "DISK", "STATE");
      for (NodeView node : nodes(chain, o)) {
        table.row(
            node.id(),
            node.profile().endpoint(),
            node.profile().cpuMillis() + "m",
            Units.showBytes((long) node.profile().memoryMib() << 20),
            Units.showBytes((long) node.profile().diskMib() << 20),
            node.active() ? "active" : "retired");
      }
      session.out().println(table);
    }
    return 0;
  }

  private static List<NodeView> nodes(ConsumerChain chain, OperatorView operator) {
    return chain.market().nodes().stream().filter(n -> n.operatorId() == operator.id()).toList();
  }

  private static Map<String, Object> json(ConsumerChain chain, OperatorView o) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("operator_id", o.id());
    json.put("account", o.account());
    json.put("stake", o.stake());
    json.put("bonded", o.bonded());
    json.put("lease_bonded", o.leaseBonds());
    json.put("unbonding", o.unbonding());
    json.put("earned", o.keptFees().plus(o.leaseFees()));
    json.put("lease_earned", o.leaseFees());
    json.put("broken", o.brokenFees());
    json.put("refused", o.refusedFees());
    List<Object> nodes = new ArrayList<>();
    for (NodeView node : nodes(chain, o)) {
      Map<String, Object> each = new LinkedHashMap<>();
      each.put("node_id", node.id());
      each.put("key", node.profile().key());
      each.put("endpoint", node.profile().endpoint());
      each.put("tls_key_hash", node.profile().tlsKeyHash());
      each.put("cpu_millis", node.profile().cpuMillis());
      each.put("memory_mib", node.profile().memoryMib());
      each.put("disk_mib", node.profile().diskMib());
      each.put("active", node.active());
      nodes.add(each);
    }
    json.put("nodes", nodes);
    return json;
  }
}
