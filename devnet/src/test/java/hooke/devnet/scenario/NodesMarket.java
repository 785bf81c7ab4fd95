package hooke.devnet.scenario;

import com.google.protobuf.ByteString;
import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.Wei;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.NodeProfile;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Token;
import hooke.chain.contract.Verification;
import hooke.chain.eip712.Receipt;
import hooke.chain.rpc.ChainClient;
import hooke.chain.testing.HardhatChain;
import hooke.chain.testing.LocalChain;
import hooke.chain.tx.Deployment;
import hooke.chain.tx.Transactions;
import hooke.chain.wallet.Wallet;
import hooke.devnet.market.MarketSetup;
import hooke.node.Node;
import hooke.node.config.Network;
import hooke.node.config.NodeConfig;
import hooke.node.market.Behaviour;
import hooke.node.market.BlobSource;
import hooke.node.market.Job;
import hooke.node.market.NodeView;
import hooke.node.market.OrderView;
import hooke.node.spec.ResultLeaf;
import hooke.node.spec.Specs;
import hooke.storage.BlobId;
import hooke.storage.Holding;
import hooke.v1.BlobRef;
import hooke.v1.Input;
import hooke.v1.TaskSpec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/// A real Hardhat chain with nodes in this process that hand each other blobs directly: the market
/// without the network between its machines.
final class NodesMarket implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final AtomicLong NONCES = new AtomicLong(1);

  final HardhatChain chain;
  final ChainClient client;
  final Deployment deployment;
  final HookeContract law;
  final Token token;
  final MarketSetup setup;
  final Network network;
  final Wallet consumer = Wallet.random();
  final List<Node> nodes = new ArrayList<>();
  private final Path home;
  private final Duration blockTime;
  private final Map<Integer, Node> byId = new ConcurrentHashMap<>();

  NodesMarket(Path home, Duration blockTime) throws InterruptedException {
    this.home = home;
    Path contracts = Path.of("..", "contracts").toAbsolutePath().normalize();
    chain = HardhatChain.start(contracts, 0, Duration.ZERO, home.resolve("chain.log"));
    client = chain.client();
    deployment = MarketSetup.deploy(client);
    law = new HookeContract(client, deployment.hooke());
    token = new Token(client, deployment.token());
    setup = new MarketSetup(client, law, token);
    setup.consumer(consumer, Wei.tokens(100), Wei.tokens(1_000));
    network =
        new Network(
            List.of(chain.url()),
            client.chainId(),
            client.genesisHash(),
            deployment.hooke(),
            deployment.token(),
            deployment.block());
    this.blockTime = blockTime;
  }

  /// Stops giving each transaction a block of its own.
  void tick() {
    client.raw("evm_setAutomine", false);
    client.raw("evm_setIntervalMining", blockTime.toMillis());
  }

  Node join(Behaviour behaviour) throws IOException, InterruptedException {
    Wallet key = Wallet.random();
    Wallet operator = Wallet.random();
    String endpoint = "127.0.0.1:1";
    int id =
        setup.provider(
            operator,
            new NodeProfile(
                key.address(), endpoint, Bytes32.parse("11".repeat(32)), 2_000, 2_048, 4_096, ""),
            key,
            Wei.tokens(10_000));
    Path directory = Files.createDirectories(home.resolve("node" + id));
    Files.writeString(
        directory.resolve(NodeConfig.FILE),
        NodeConfig.template(network, "127.0.0.1:0", URI.create("https://127.0.0.1:7601"), 2)
            .replace("poll: 200 ms", "poll: 20 ms")
            .replace("receiptWait: 5 s", "receiptWait: 2 s"));
    return start(directory, key, id, behaviour);
  }

  Node restart(Node node, Behaviour behaviour) throws IOException {
    int id = node.agent().self().orElseThrow().id();
    node.close();
    nodes.remove(node);
    return start(node.config().directory(), node.key(), id, behaviour);
  }

  private Node start(Path directory, Wallet key, int id, Behaviour behaviour) throws IOException {
    BlobSource source = this::read;
    Node node = Node.start(NodeConfig.read(directory), key, source, behaviour, Clock.systemUTC());
    nodes.add(node);
    byId.put(id, node);
    return node;
  }

  private InputStream read(NodeView from, BlobId id) throws IOException {
    Node node = byId.get(from.id());
    if (node == null) {
      throw new IOException("node " + from.id() + " is not there");
    }
    return node.blobs()
        .read(id, 0)
        .orElseThrow(() -> new IOException("blob " + id.prefix() + " is not held"));
  }

  BlobRef upload(byte[] content) throws IOException {
    BlobId id = BlobId.of(content);
    for (Node node : nodes.subList(0, Math.min(2, nodes.size()))) {
      node.blobs()
          .put(
              id,
              content.length,
              new Holding(
                  consumer.address().toString(),
                  Instant.now().plusSeconds(3_600),
                  Holding.Access.SHARED),
              Long.MAX_VALUE,
              new ByteArrayInputStream(content));
    }
    return BlobRef.newBuilder()
        .setId(ByteString.copyFrom(id.bytes()))
        .setSizeBytes(content.length)
        .build();
  }

  TaskSpec wordcount(String text) throws IOException {
    byte[] program = Files.readAllBytes(Path.of("..", "examples", "wordcount.wasm"));
    return TaskSpec.newBuilder()
        .setRuntime("wasm")
        .setProfile("wasm-det/1")
        .setProgram(upload(program))
        .addArgs("/in/book.txt")
        .addInputs(
            Input.newBuilder()
                .setPath("book.txt")
                .setBlob(upload(text.getBytes(StandardCharsets.UTF_8)))
                .setFormat(Input.Format.FILE))
        .build();
  }

  Terms terms(TaskSpec spec, Verification mode, int quorum, int slots) throws IOException {
    BlobRef blob = upload(Specs.encode(spec));
    return new Terms(
        consumer.address(),
        NONCES.getAndIncrement(),
        Bytes32.of(blob.getId().toByteArray()),
        1,
        1_000,
        256,
        64,
        10_000_000_000_000L,
        10_000_000_000_000L,
        0,
        1_000_000_000L,
        120,
        60,
        mode == Verification.QUORUM ? 20 : 10,
        60,
        Wei.ZERO,
        Bytes32.ZERO,
        Bytes32.ZERO,
        mode,
        quorum,
        slots,
        1,
        Math.min(2, nodes.size()));
  }

  /// The same order, but only for one operator, with this much fuel and time to run.
  Terms only(Terms t, int operatorId, long fuelLimit, int runSeconds) {
    byte[] allow = new byte[Bytes32.SIZE];
    ByteBuffer.wrap(allow).putInt(operatorId);
    return new Terms(
        t.consumer(),
        t.nonce(),
        t.spec(),
        t.tasks(),
        t.cpuMillis(),
        t.memoryMib(),
        t.diskMib(),
        t.startPrice(),
        t.maxPrice(),
        t.rampSeconds(),
        fuelLimit,
        600,
        runSeconds,
        t.windowSeconds(),
        t.retentionSeconds(),
        t.minStake(),
        Bytes32.of(allow),
        t.exclusiveKey(),
        t.mode(),
        t.quorum(),
        t.slots(),
        t.originA(),
        t.originB());
  }

  TaskSpec primes(long below) throws IOException {
    return TaskSpec.newBuilder()
        .setRuntime("wasm")
        .setProfile("wasm-det/1")
        .setProgram(upload(Files.readAllBytes(Path.of("..", "examples", "primes.wasm"))))
        .addArgs(Long.toString(below))
        .build();
  }

  /// Lets the chain's clock run ahead.
  void pass(long seconds) {
    LocalChain.pass(client, seconds);
  }

  /// How often something happened to an order, by the chain's own logs.
  <E extends LawEvent.OfOrder> long count(Bytes32 order, Class<E> kind) {
    return law
        .decode(client.logs(law.address(), deployment.block(), client.latestNumber()))
        .stream()
        .filter(kind::isInstance)
        .map(kind::cast)
        .filter(event -> event.order().equals(order))
        .count();
  }

  Bytes32 order(Terms terms) throws InterruptedException {
    new Transactions(client).send(law.order(terms), consumer);
    return law.idOf(terms);
  }

  /// Waits until some node sees the order so, and returns it.
  OrderView await(Bytes32 order, Predicate<OrderView> wanted) throws InterruptedException {
    return await(nodes.getFirst(), order, wanted);
  }

  OrderView await(Node node, Bytes32 order, Predicate<OrderView> wanted)
      throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    long seen = 0;
    while (System.nanoTime() < until) {
      OrderView view = node.agent().market().order(order).orElse(null);
      if (view != null && wanted.test(view)) {
        return view;
      }
      seen = node.agent().awaitChange(seen, Duration.ofMillis(500));
    }
    throw new AssertionError(
        "not within "
            + PATIENCE
            + ": "
            + node.agent().market().order(order)
            + "; jobs: "
            + nodes.stream().map(n -> n.agent().jobs()).toList());
  }

  /// Waits for the node's result and hands it the consumer's receipt.
  ResultLeaf receipt(Bytes32 order, int slot, Node node) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    long seen = 0;
    while (System.nanoTime() < until) {
      Job job = node.agent().job(order, slot).orElse(null);
      ResultLeaf leaf = job == null ? null : job.leaf();
      if (leaf != null && node.agent().isResultOpen(order)) {
        Data receipt =
            new Receipt(order, slot, leaf.root(), leaf.fuel()).sign(law.domain(), consumer).data();
        if (!node.agent().submitReceipt(order, slot, receipt)) {
          throw new AssertionError("the node refused a good receipt");
        }
        return leaf;
      }
      seen = node.agent().awaitChange(seen, Duration.ofMillis(500));
    }
    throw new AssertionError("no result within " + PATIENCE);
  }

  void awaitJob(Node node, Bytes32 order, Predicate<Job> wanted) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE.toNanos();
    long seen = 0;
    while (System.nanoTime() < until) {
      if (node.agent().job(order, 0).filter(wanted).isPresent()) {
        return;
      }
      seen = node.agent().awaitChange(seen, Duration.ofMillis(500));
    }
    throw new AssertionError("no such job within " + PATIENCE);
  }

  Node node(int id) {
    Node node = byId.get(id);
    if (node == null) {
      throw new AssertionError("no node " + id);
    }
    return node;
  }

  @Override
  public void close() {
    List.copyOf(nodes).forEach(Node::close);
    client.close();
    chain.close();
  }
}
