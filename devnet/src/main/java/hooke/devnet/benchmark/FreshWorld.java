package hooke.devnet.benchmark;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.contract.LawEvent;
import hooke.chain.rpc.ChainClient;
import hooke.chain.rpc.TxReceipt;
import hooke.chain.wallet.Wallet;
import hooke.devnet.Founding;
import hooke.devnet.ProcessDevnet;
import hooke.devnet.Progress;
import hooke.devnet.UpRequest;
import hooke.devnet.market.DevnetWallets;
import hooke.devnet.process.DevnetState;
import hooke.devnet.process.Layout;
import hooke.node.config.Network;
import hooke.node.task.ConsumerChain;
import hooke.node.task.ProviderNode;
import hooke.node.task.SharedNodes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/// A devnet of processes in a directory of its own, made for one benchmark and gone afterwards: a
/// real Hardhat chain that mines by the clock, real nodes, reached over their real API.
final class FreshWorld implements AutoCloseable {
  /// How nodes are reached in a consumer's name.
  @FunctionalInterface
  interface Connections {
    ProviderNode.Connector of(Network network, Wallet consumer);
  }

  private final Layout layout;
  private final ProcessDevnet devnet;
  private final Thread takeDown;
  private final List<Runnable> closings = new ArrayList<>();

  private FreshWorld(Layout layout, ProcessDevnet devnet) {
    this.layout = layout;
    this.devnet = devnet;
    this.takeDown =
        new Thread(
            () -> {
              devnet.abandon();
              devnet.down(true);
            },
            "take-down");
    Runtime.getRuntime().addShutdownHook(takeDown);
  }

  /// What a consumer needs to deal with this world.
  ///
  /// @param clock when its blocks came
  record Access(
      Network network,
      Wallet consumer,
      ConsumerChain chain,
      SharedNodes nodes,
      BlockClock clock,
      Duration blockTime) {

    /// Everything that happened under the law from block `from` to block `to`.
    List<LawEvent> events(long from, long to) {
      return chain.contract().decode(chain.client().logs(chain.contract().address(), from, to));
    }

    List<TxReceipt> receipts(Collection<LawEvent> events) {
      return chain
          .client()
          .receipts(events.stream().map(event -> event.at().transaction()).distinct().toList());
    }
  }

  /// Starts it; progress is told on the way.
  ///
  /// @param checkout the project's root
  static FreshWorld make(
      Path checkout,
      Progress progress,
      BiFunction<Layout, Progress, Founding> foundings,
      String mainClass)
      throws IOException {
    Layout layout = new Layout(Files.createTempDirectory("hooke-bench"), checkout);
    return new FreshWorld(
        layout, new ProcessDevnet(layout, progress, foundings.apply(layout, progress), mainClass));
  }

  /// Where the logs are while it lives.
  Path logs() {
    return layout.logs();
  }

  Access raise(int nodes, Duration blockTime, Connections connections) {
    DevnetState state =
        devnet.up(
            new UpRequest(
                Optional.of(nodes),
                Optional.of(DevnetState.Kind.HARDHAT),
                Optional.empty(),
                blockTime,
                false));
    Network network = network(state.chain());
    Wallet consumer = new DevnetWallets(layout.wallets()).open(DevnetWallets.CONSUMER);
    ConsumerChain chain = ConsumerChain.open(network);
    closings.addFirst(chain::close);
    SharedNodes shared = new SharedNodes(connections.of(network, consumer));
    closings.addFirst(shared::close);
    BlockClock clock = new BlockClock(chain.client());
    closings.addFirst(clock::close);
    return new Access(network, consumer, chain, shared, clock, blockTime);
  }

  private static Network network(DevnetState.Chain chain) {
    try (ChainClient client = ChainClient.of(chain.rpc())) {
      return new Network(
          List.of(chain.rpc()),
          client.chainId(),
          Bytes32.parse(chain.genesis()),
          Address.parse(chain.contract()),
          Address.parse(chain.token()),
          chain.deployBlock());
    }
  }

  @Override
  public void close() {
    closings.forEach(Runnable::run);
    devnet.down(true);
    Runtime.getRuntime().removeShutdownHook(takeDown);
    Layout.delete(layout.home());
  }
}
