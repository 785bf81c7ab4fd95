package hooke.devnet.testing;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.Token;
import hooke.chain.rpc.BlockRef;
import hooke.chain.rpc.ChainClient;
import hooke.chain.testing.AnvilChain;
import hooke.chain.testing.HardhatChain;
import hooke.chain.testing.LocalChain;
import hooke.chain.tx.Deployment;
import hooke.chain.wallet.Wallet;
import hooke.devnet.market.DevnetWallets;
import hooke.devnet.market.MarketSetup;
import hooke.devnet.process.Layout;
import hooke.devnet.process.Ports;
import hooke.node.NodeDirectory;
import hooke.node.config.Network;
import hooke.node.config.NodeConfig;
import hooke.node.market.MarketState;
import hooke.node.market.OrderView;
import hooke.node.task.ConsumerChain;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A whole world: a Hardhat chain (or Anvil) in a process of its own, the law on it, providers
/// whose nodes run in this process with their own keys, databases, workers and TLS ports, and
/// consumers with nothing but a home directory and a wallet. Everybody speaks over the real wire.
///
/// ```java
/// try (Devnet net = Devnet.in(folder).nodes(3).start()) {
///   DevnetConsumer alice = net.consumer("alice");
///   TaskBuyer.Placed task = alice.order(TaskDraft.of(net.example("primes")).build());
///   net.await(task.id(), OrderView::closed);
/// }
/// ```
///
/// Any thread may call; founding and joining go one after the other. Closing takes everything down.
public final class Devnet implements AutoCloseable {
  /// Longest wait for anything that must happen.
  public static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration RECEIPT_WAIT = Duration.ofSeconds(2);
  private static final Wei STAKE = Wei.tokens(10_000);
  private static final Wei IN_WALLET = Wei.tokens(100);
  private static final Wei IN_VAULT = Wei.tokens(1_000);

  private static final int FIRST_PORT = 17_601;

  private final Layout layout;
  private final int workers;
  private final List<NodeConfig.WasmEngine> engines;
  private final int watchers;
  private final Clock clock;
  private final LocalChain chain;
  private final @Nullable Relay relay;
  private final ChainClient client;
  private final Deployment deployment;
  private final HookeContract law;
  private final Network network;
  private final MarketSetup setup;
  private final ConsumerChain view;
  private final Ports ports = Ports.ofProcess();
  private final List<DevnetNode> nodes = new CopyOnWriteArrayList<>();
  private final List<DevnetConsumer> consumers = new CopyOnWriteArrayList<>();

  private Devnet(
      Layout layout,
      int workers,
      List<NodeConfig.WasmEngine> engines,
      int watchers,
      Clock clock,
      LocalChain chain,
      @Nullable Relay relay)
      throws InterruptedException {
    this.layout = layout;
    this.workers = workers;
    this.engines = List.copyOf(engines);
    this.watchers = watchers;
    this.clock = clock;
    this.chain = chain;
    this.relay = relay;
    client = chain.client();
    deployment = MarketSetup.deploy(client);
    law = new HookeContract(client, deployment.hooke());
    setup = new MarketSetup(client, law, new Token(client, deployment.token()));
    network =
        new Network(
            List.of(relay == null ? chain.url() : relay.url()),
            client.chainId(),
            client.genesisHash(),
            deployment.hooke(),
            deployment.token(),
            deployment.block());
    view = ConsumerChain.open(network);
  }

  /// Begins a world whose files lie under `home`.
  public static Builder in(Path home) {
    return new Builder(home);
  }

  /// What a world starts with.
  public static final class Builder {
    private final Path home;
    private int nodes = 3;
    private int workers = 2;
    private List<NodeConfig.WasmEngine> engines = List.of();
    private int watchers;
    private Duration blockTime = Duration.ofMillis(250);
    private Clock clock = Clock.systemUTC();
    private boolean anvil;
    private boolean relayed;

    private Builder(Path home) {
      this.home = home;
    }

    /// Honest providers there are from the start, each with one node; default 3.
    public Builder nodes(int count) {
      nodes = count;
      return this;
    }

    /// Tasks that a node runs at once; default 2.
    public Builder workers(int count) {
      workers = count;
      return this;
    }

    /// What nodes run programs in, in the order of their joining; those beyond have Endive.
    public Builder engines(NodeConfig.WasmEngine... each) {
      engines = List.of(each);
      return this;
    }

    /// So many of the first nodes challenge what is wrong in OPTIMISTIC orders; default none.
    public Builder watchers(int count) {
      watchers = count;
      return this;
    }

    /// Time between two blocks; default 250 ms.
    public Builder blockTime(Duration time) {
      blockTime = time;
      return this;
    }

    /// What nodes in this process take the time from: how long they wait for a consumer, and until
    /// when they keep what they hold. Default: the system's.
    public Builder clock(Clock time) {
      clock = time;
      return this;
    }

    /// A chain that can be reorganised; its blocks take whole seconds. Exists on Linux only.
    public Builder anvil() {
      anvil = true;
      return this;
    }

    /// Nodes and consumers reach the chain through a [Relay], which can be cut.
    public Builder relayed() {
      relayed = true;
      return this;
    }

    private LocalChain chain(Layout layout) {
      return anvil
          ? AnvilChain.start(layout.contracts(), 0, Duration.ZERO, null, layout.log("chain"))
          : HardhatChain.start(layout.contracts(), 0, Duration.ZERO, layout.log("chain"));
    }

    /// Founds it; returns when every node bids.
    public Devnet start() throws IOException, InterruptedException {
      Layout layout = new Layout(home, checkout());
      LocalChain chain = chain(layout);
      Devnet world;
      try {
        world =
            new Devnet(
                layout,
                workers,
                engines,
                watchers,
                clock,
                chain,
                relayed ? Relay.to(chain.url()) : null);
      } catch (IOException | InterruptedException | RuntimeException e) {
        chain.close();
        throw e;
      }
      try {
        // While founding, every transaction gets a block at once.
        List<DevnetNode> first = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
          first.add(world.register());
        }
        world.client.raw("evm_setAutomine", false);
        world.mineEvery(blockTime);
        inParallel(first, DevnetNode::start);
        return world;
      } catch (IOException | InterruptedException | RuntimeException e) {
        world.close();
        throw e;
      }
    }

    /// The project's root: what the launcher says, or where the tests run, or above.
    private static Path checkout() {
      String told = System.getProperty("hooke.home");
      if (told != null) {
        return Path.of(told).toAbsolutePath();
      }
      for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
        if (Files.isExecutable(at.resolve("contracts/run"))) {
          return at;
        }
      }
      throw new IllegalStateException("run this inside the project's checkout");
    }
  }

  @FunctionalInterface
  private interface Step {
    void on(DevnetNode node) throws IOException, InterruptedException;
  }

  private static void inParallel(List<DevnetNode> nodes, Step step)
      throws IOException, InterruptedException {
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> steps = new ArrayList<>();
      for (DevnetNode node : nodes) {
        steps.add(
            threads.submit(() -> {
              step.on(node);
              return null;
            }));
      }
      for (Future<?> each : steps) {
        each.get();
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException cause -> throw cause;
        case RuntimeException cause -> throw cause;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }

  /// A provider more: an operator of its own with one node, registered and staked, not started yet.
  public synchronized DevnetNode register() throws IOException, InterruptedException {
    String name = "node" + (nodes.size() + 1);
    Path directory = layout.node(name);
    Layout.create(directory);
    String address = "127.0.0.1:" + ports.near(FIRST_PORT);
    URI endpoint = URI.create("https://" + address);
    Files.writeString(
        directory.resolve(NodeConfig.FILE),
        watching(
            withEngine(
                brisk(NodeConfig.template(network, address, endpoint, workers)), nodes.size()),
            nodes.size()));
    NodeDirectory made = NodeDirectory.create(directory, network, address, endpoint, workers);
    Wallet operator = Wallet.random();
    int id = setup.provider(operator, made.profile(), made.key(), STAKE);
    if (nodes.size() < watchers) {
      setup.consumer(made.key(), Wei.ZERO, IN_VAULT);
    }
    DevnetNode node =
        new DevnetNode(this, name, made, id, law.operatorIdOf(operator.address()), operator);
    nodes.add(node);
    return node;
  }

  /// A node of a test looks at the chain more often and waits less for others.
  private static String brisk(String config) {
    String brisk =
        config
            .replaceFirst("poll: 200 ms", "poll: " + POLL.toMillis() + " ms")
            .replaceFirst("receiptWait: 5 s", "receiptWait: " + RECEIPT_WAIT.toSeconds() + " s")
            .replaceFirst("yield: 20 s", "yield: 1 s");
    if (brisk.lines().filter(line -> !config.contains(line)).count() != 3) {
      throw new IllegalStateException(
          "node.yaml says nothing of poll, receiptWait or yield any more");
    }
    return brisk;
  }

  private String watching(String config, int index) {
    if (index >= watchers) {
      return config;
    }
    String watching = config.replaceFirst("challenge: false", "challenge: true");
    if (watching.equals(config)) {
      throw new IllegalStateException("node.yaml says nothing of challenges any more");
    }
    return watching;
  }

  private String withEngine(String config, int index) throws IOException, InterruptedException {
    NodeConfig.WasmEngine engine =
        index < engines.size() ? engines.get(index) : NodeConfig.WasmEngine.ENDIVE;
    return switch (engine) {
      case ENDIVE -> config;
      case V8 -> {
        String chosen =
            config.replaceFirst("engine: endive", "engine: v8\n  node: " + chainsNodeJs());
        if (chosen.equals(config)) {
          throw new IllegalStateException("node.yaml says nothing of an engine any more");
        }
        yield chosen;
      }
    };
  }

  /// The Node.js that the chain runs in.
  private String chainsNodeJs() throws IOException, InterruptedException {
    Process asked =
        new ProcessBuilder(
                layout.contracts().resolve("run").toString(), "node", "-p", "process.execPath")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (asked.waitFor() != 0) {
      throw new IOException("contracts/run finds no Node.js");
    }
    return said;
  }

  /// [#register] and start it.
  public DevnetNode join() throws IOException, InterruptedException {
    DevnetNode node = register();
    node.start();
    return node;
  }

  /// A new consumer with gas, tokens in the wallet and in the vault, and a home of its own.
  public synchronized DevnetConsumer consumer(String name) throws InterruptedException {
    Path home = layout.home().resolve("consumers").resolve(name);
    Wallet wallet = new DevnetWallets(home.resolve("wallets")).open(name);
    setup.consumer(wallet, IN_WALLET, IN_VAULT);
    return kept(new DevnetConsumer(this, name, wallet, home));
  }

  DevnetConsumer kept(DevnetConsumer consumer) {
    consumers.add(consumer);
    return consumer;
  }

  /// Providers' nodes, in the order of their joining.
  public List<DevnetNode> nodes() {
    return List.copyOf(nodes);
  }

  /// The node with this number on chain.
  public DevnetNode node(int id) {
    return nodes.stream()
        .filter(node -> node.id() == id)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no node " + id));
  }

  public Network network() {
    return network;
  }

  public HookeContract law() {
    return law;
  }

  public ChainClient client() {
    return client;
  }

  Layout layout() {
    return layout;
  }

  Clock clock() {
    return clock;
  }

  /// The market as the chain alone tells it.
  public ConsumerChain view() {
    return view;
  }

  /// A program of `examples`.
  public Path example(String name) {
    return layout.checkout().resolve("examples").resolve(name + ".wasm");
  }

  /// Makes a block each time so much time has passed; zero: only when told to.
  public void mineEvery(Duration time) {
    // Hardhat counts milliseconds, Anvil seconds.
    long unit = chain instanceof AnvilChain ? 1_000 : 1;
    client.raw("evm_setIntervalMining", (time.toMillis() + unit - 1) / unit);
  }

  /// The way of nodes and consumers to the chain.
  ///
  /// @throws IllegalStateException if the world was not made with one
  public Relay relay() {
    if (relay == null) {
      throw new IllegalStateException("this world has no relay");
    }
    return relay;
  }

  /// Takes the newest blocks back, down to `block` itself, as a reorganisation does: others come in
  /// their place, without their transactions. Needs a world on Anvil.
  public void takeBack(long block) {
    AnvilChain.reorganise(client, Math.toIntExact(client.latestNumber() - block + 1));
  }

  /// Lets the chain's clock run ahead; those of the machines stay.
  public void pass(Duration time) {
    LocalChain.pass(client, time.toSeconds());
  }

  /// Waits until the chain says of the order what is wanted, and returns it.
  ///
  /// @throws AssertionError after [#PATIENCE]
  public OrderView await(Bytes32 order, Predicate<OrderView> wanted) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    BlockRef head = view.sync();
    while (System.nanoTime() < until) {
      OrderView seen = view.market().order(order).orElse(null);
      if (seen != null && wanted.test(seen)) {
        return seen;
      }
      head = view.syncAfter(head, POLL);
    }
    throw new AssertionError(
        "not within %s: %s%n%s"
            .formatted(
                PATIENCE,
                view.market().order(order),
                String.join("\n", nodes.stream().map(DevnetNode::toString).toList())));
  }

  /// Waits until the market, as the chain alone tells it, is as wanted.
  ///
  /// @param what for the one who reads that it never was
  /// @throws AssertionError after [#PATIENCE]
  public void await(String what, Predicate<MarketState> wanted) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    BlockRef head = view.sync();
    while (!wanted.test(view.market())) {
      if (System.nanoTime() > until) {
        throw new AssertionError("not within %s: %s".formatted(PATIENCE, what));
      }
      head = view.syncAfter(head, POLL);
    }
  }

  /// Everything of one kind that happened to an order, by the chain's own logs.
  public <E extends LawEvent.OfOrder> List<E> events(Bytes32 order, Class<E> kind) {
    return law
        .decode(client.logs(law.address(), deployment.block(), client.latestNumber()))
        .stream()
        .filter(kind::isInstance)
        .map(kind::cast)
        .filter(event -> event.order().equals(order))
        .toList();
  }

  /// Ends every consumer, node and process of this world, and its chain.
  @Override
  public void close() {
    consumers.forEach(DevnetConsumer::close);
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      nodes.forEach(node -> threads.execute(node::stop));
    }
    view.close();
    client.close();
    if (relay != null) {
      relay.close();
    }
    chain.close();
    ports.release();
  }
}
