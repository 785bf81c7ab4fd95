package hooke.devnet.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.WrongChain;
import hooke.chain.contract.DeployedCode;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.NodeProfile;
import hooke.chain.contract.Token;
import hooke.chain.rpc.ChainClient;
import hooke.chain.tx.Deployment;
import hooke.chain.wallet.Wallet;
import hooke.devnet.DevnetException;
import hooke.devnet.Founding;
import hooke.devnet.Progress;
import hooke.devnet.process.DetachedProcess;
import hooke.devnet.process.DevnetState;
import hooke.devnet.process.Layout;
import hooke.node.config.Network;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// Founds the market of a devnet made of processes: wallets and node directories on disk, the rest
/// on chain.
public final class ProcessFounding implements Founding {
  /// What alice starts with outside the vault, and inside.
  private static final Wei ALICE_WALLET = Wei.tokens(9_000);

  private static final Wei ALICE_VAULT = Wei.tokens(1_000);

  /// What each operator stakes.
  private static final Wei STAKE = Wei.tokens(10_000);

  private static final Duration BIDDING_WITHIN = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int SHOWN_LINES = 15;

  private final Layout layout;
  private final Progress progress;
  private final NodeDirectories directories;
  private final BiddingProbe probe;
  private final Consumer<Network> announce;
  private final Map<String, NodeDirectories.Prepared> prepared = new ConcurrentHashMap<>();

  /// Touches nothing yet.
  ///
  /// @param announce writes the network into the command line's configuration
  public ProcessFounding(
      Layout layout,
      Progress progress,
      NodeDirectories directories,
      BiddingProbe probe,
      Consumer<Network> announce) {
    this.layout = layout;
    this.progress = progress;
    this.directories = directories;
    this.probe = probe;
    this.announce = announce;
  }

  @Override
  public DevnetState found(DevnetState state, Consumer<DevnetState> keep) {
    try (ChainClient client = ChainClient.of(state.chain().rpc());
        // Scrypt and key generation keep a core busy while another waits for the chain.
        ExecutorService aside = Executors.newVirtualThreadPerTaskExecutor()) {
      DevnetWallets wallets = new DevnetWallets(layout.wallets());
      Future<Wallet> consumer = aside.submit(() -> wallets.open(DevnetWallets.CONSUMER));
      List<Future<Wallet>> operators = new ArrayList<>();
      for (DevnetState.Node node : state.nodes()) {
        operators.add(aside.submit(() -> wallets.open(node.wallet())));
      }
      DevnetState deployed = deployed(state, client);
      keep.accept(deployed);
      Network network = networkOf(deployed, client);
      List<Future<NodeDirectories.Prepared>> nodes = new ArrayList<>();
      for (DevnetState.Node node : deployed.nodes()) {
        nodes.add(aside.submit(() -> prepare(node, network)));
      }
      HookeContract law = new HookeContract(client, network.contract());
      Token token = new Token(client, network.token());
      MarketSetup setup = new MarketSetup(client, law, token);
      setup.consumer(await(consumer), ALICE_WALLET, ALICE_VAULT);
      progress.step(
          "alice: %s in the wallet, %s in the vault"
              .formatted(
                  token.balanceOf(await(consumer).address()).format(token.symbol()),
                  law.accountOf(await(consumer).address()).free().format(token.symbol())));
      for (int i = 0; i < nodes.size(); i++) {
        NodeDirectories.Prepared node = await(nodes.get(i));
        int id = setup.provider(await(operators.get(i)), node.profile(), node.key(), STAKE);
        progress.step(
            "%s: registered as node %d, %s at stake"
                .formatted(deployed.nodes().get(i).name(), id, STAKE.format(token.symbol())));
      }
      announce.accept(network);
      return deployed;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DevnetException(
          "interrupted; `hooke devnet up` goes on where it stopped", DevnetException.Code.BUSY);
    }
  }

  private DevnetState deployed(DevnetState state, ChainClient client) throws InterruptedException {
    DevnetState.Chain chain = state.chain();
    if (!chain.contract().isEmpty()) {
      Network network = networkOf(state, client);
      network.identity().verify(client);
      try {
        DeployedCode.verify(client, network.contract());
      } catch (WrongChain e) {
        throw new DevnetException(
            e.getMessage()
                + ". `hooke devnet up --fresh` starts a new world with this version (wallets are kept)",
            DevnetException.Code.WRONG_WORLD);
      }
      return state;
    }
    Deployment deployment = MarketSetup.deploy(client);
    progress.step("law: deployed at " + deployment.hooke());
    return state.withChain(
        chain.withLaw(
            deployment.hooke().toString(), deployment.token().toString(), deployment.block()));
  }

  private static Network networkOf(DevnetState state, ChainClient client) {
    DevnetState.Chain chain = state.chain();
    return new Network(
        List.of(chain.rpc()),
        client.chainId(),
        Bytes32.parse(chain.genesis()),
        Address.parse(chain.contract()),
        Address.parse(chain.token()),
        chain.deployBlock());
  }

  private NodeDirectories.Prepared prepare(DevnetState.Node node, Network network) {
    NodeDirectories.Prepared made =
        directories.prepare(layout.node(node.name()), network, node.port());
    prepared.put(node.name(), made);
    return made;
  }

  @Override
  public void awaitBidding(DevnetState state) {
    long deadline = System.nanoTime() + BIDDING_WITHIN.toNanos();
    List<DevnetState.Node> waiting = new ArrayList<>(state.nodes());
    waiting.removeIf(node -> !node.alive());
    try (ChainClient client = ChainClient.of(state.chain().rpc())) {
      Network network = networkOf(state, client);
      while (!waiting.isEmpty()) {
        if (Thread.currentThread().isInterrupted()) {
          throw new DevnetException("left before every node bid", DevnetException.Code.BUSY);
        }
        for (DevnetState.Node node : List.copyOf(waiting)) {
          NodeDirectories.Prepared known = prepared.get(node.name());
          NodeProfile profile = (known == null ? prepare(node, network) : known).profile();
          if (probe.bids(profile)) {
            progress.step("%s: bids, at %s".formatted(node.name(), profile.endpoint()));
            waiting.remove(node);
          } else if (!node.alive() || System.nanoTime() > deadline) {
            throw stuck(node);
          }
        }
        LockSupport.parkNanos(waiting.isEmpty() ? 0 : POLL.toNanos());
      }
    }
  }

  private DevnetException stuck(DevnetState.Node node) {
    return new DevnetException(
        "%s %s; the end of its log %s:%n%s"
            .formatted(
                node.name(),
                node.alive() ? "does not bid after " + BIDDING_WITHIN.toSeconds() + " s" : "ended",
                layout.log(node.name()),
                String.join("\n", DetachedProcess.lastLines(layout.log(node.name()), SHOWN_LINES))),
        DevnetException.Code.UNAVAILABLE);
  }

  private static <T> T await(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e);
    }
  }
}
