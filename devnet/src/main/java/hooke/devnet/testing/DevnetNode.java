package hooke.devnet.testing;

import hooke.chain.Bytes32;
import hooke.chain.wallet.Signer;
import hooke.chain.wallet.Wallet;
import hooke.devnet.Main;
import hooke.devnet.process.DevnetState;
import hooke.devnet.process.NodeHost;
import hooke.node.Node;
import hooke.node.NodeDirectory;
import hooke.node.market.Behaviour;
import hooke.node.market.Job;
import hooke.node.rpc.NodeClient;
import hooke.node.rpc.RpcFailure;
import hooke.node.spec.ResultLeaf;
import hooke.v1.Node.State;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One provider's node in a [Devnet]: runs in this process, where it can be looked into and told
/// how to behave, or in a process of its own, where it can be killed. Its directory outlives both.
public final class DevnetNode {
  private static final Duration PROBE = Duration.ofSeconds(2);
  private static final Duration POLL = Duration.ofMillis(50);

  private final Devnet world;
  private final String name;
  private final NodeDirectory directory;
  private final int id;
  private final int operatorId;
  private final Wallet operator;
  private volatile Behaviour behaviour = Behaviour.HONEST;
  private volatile @Nullable Node inside;
  private volatile DevnetState.@Nullable Node outside;

  DevnetNode(
      Devnet world, String name, NodeDirectory directory, int id, int operatorId, Wallet operator) {
    this.world = world;
    this.name = name;
    this.directory = directory;
    this.id = id;
    this.operatorId = operatorId;
    this.operator = operator;
  }

  /// Its number on chain.
  public int id() {
    return id;
  }

  public int operatorId() {
    return operatorId;
  }

  /// The wallet that owns the stake.
  public Wallet operator() {
    return operator;
  }

  public NodeDirectory directory() {
    return directory;
  }

  /// What its process says, if it has one.
  public Path log() {
    return world.layout().log(name);
  }

  /// The parts of a node that runs in this process.
  ///
  /// @throws IllegalStateException if it does not
  public Node node() {
    Node running = inside;
    if (running == null) {
      throw new IllegalStateException(name + " does not run in this process");
    }
    return running;
  }

  /// How it behaves from now on, if it runs in this process.
  public void behave(Behaviour next) {
    behaviour = next;
  }

  /// Starts it in this process; returns when it bids.
  public void start() throws IOException, InterruptedException {
    requireStopped();
    inside = Node.start(directory, new Switched(), world.clock());
    awaitBidding();
  }

  /// Starts it as `hooke node run` does, in a process of its own; returns when it bids.
  public void startProcess() throws InterruptedException {
    startProcess(System.getenv());
  }

  /// The same with another environment than this process's: what a host lets a node feel.
  public void startProcess(Map<String, String> environment) throws InterruptedException {
    requireStopped();
    outside =
        host()
            .start(
                new DevnetState.Node(name, "", directory.config().listenPort(), Optional.empty()),
                environment);
    awaitBidding();
  }

  private NodeHost host() {
    return new NodeHost(world.layout(), Main.class.getName());
  }

  private void requireStopped() {
    if (inside != null || outside != null) {
      throw new IllegalStateException(name + " runs already");
    }
  }

  private void awaitBidding() throws InterruptedException {
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    try (NodeClient client = client(Wallet.random())) {
      while (!bids(client)) {
        if (System.nanoTime() > until) {
          throw new AssertionError(name + " does not bid within " + Devnet.PATIENCE);
        }
        Thread.sleep(POLL);
      }
    }
  }

  private static boolean bids(NodeClient client) {
    try {
      return client.node(PROBE).getState() == State.ACTIVE;
    } catch (RpcFailure e) {
      return false;
    }
  }

  /// Ends it in order, wherever it runs; nothing if it does not.
  public void stop() {
    Node running = inside;
    if (running != null) {
      inside = null;
      running.close();
    }
    DevnetState.Node process = outside;
    if (process != null) {
      outside = null;
      process.process().ifPresent(ref -> ref.stop(NodeHost.GRACE));
    }
  }

  /// SIGKILL to the node's process.
  public void kill() {
    DevnetState.Node process = outside;
    if (process == null) {
      throw new IllegalStateException(name + " has no process of its own");
    }
    host().kill(process);
    outside = null;
  }

  /// [#stop], then [#start].
  public void restart() throws IOException, InterruptedException {
    stop();
    start();
  }

  /// Speaks to it over TLS in the name of `account`; close it.
  public NodeClient client(Signer account) {
    return new NodeClient(
        id,
        directory.config().endpoint().toString(),
        directory.tls().keyHash(),
        world.law().domain(),
        account,
        Clock.systemUTC(),
        world.network().reach());
  }

  /// Waits until its work on an order's first slot is as wanted.
  ///
  /// @throws AssertionError after [Devnet#PATIENCE]
  public Job awaitJob(Bytes32 order, Predicate<Job> wanted) throws InterruptedException {
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    long seen = 0;
    while (System.nanoTime() < until) {
      Job job = node().agent().job(order, 0).orElse(null);
      if (job != null && wanted.test(job)) {
        return job;
      }
      seen = node().agent().awaitChange(seen, Duration.ofMillis(500));
    }
    throw new AssertionError("not within %s: %s".formatted(Devnet.PATIENCE, this));
  }

  @Override
  public String toString() {
    Node running = inside;
    return running == null
        ? name + " does not run in this process"
        : "%s: node %d at block %s, jobs %s"
            .formatted(name, id, running.agent().head(), running.agent().jobs());
  }

  /// Asks the behaviour of the moment.
  private final class Switched implements Behaviour {
    @Override
    public ResultLeaf report(ResultLeaf truth) {
      return behaviour.report(truth);
    }

    @Override
    public boolean runs(Bytes32 order) {
      return behaviour.runs(order);
    }

    @Override
    public boolean delivers(Bytes32 order) {
      return behaviour.delivers(order);
    }

    @Override
    public boolean reveals(Bytes32 order) {
      return behaviour.reveals(order);
    }
  }
}
