package hooke.node;

import hooke.chain.ChainException;
import hooke.chain.contract.DeployedCode;
import hooke.chain.contract.HookeContract;
import hooke.chain.eip712.Domain;
import hooke.chain.event.Follower;
import hooke.chain.event.RocksLogStore;
import hooke.chain.rpc.ChainClient;
import hooke.chain.tx.Outbox;
import hooke.chain.wallet.Wallet;
import hooke.node.config.ConfigException;
import hooke.node.config.NodeConfig;
import hooke.node.market.Behaviour;
import hooke.node.market.BlobSource;
import hooke.node.market.Clientele;
import hooke.node.market.JobStore;
import hooke.node.market.MarketAgent;
import hooke.node.market.MarketState;
import hooke.node.market.NodeView;
import hooke.node.market.RocksJobStore;
import hooke.node.rpc.AccessCheck;
import hooke.node.rpc.MarketApi;
import hooke.node.rpc.NodeApi;
import hooke.node.rpc.RemoteBlobs;
import hooke.node.rpc.RpcServer;
import hooke.node.rpc.TaskApi;
import hooke.node.rpc.TlsIdentity;
import hooke.node.runtime.sandbox.Sandbox;
import hooke.node.runtime.selftest.SelfTest;
import hooke.node.runtime.v8.NodeJs;
import hooke.node.runtime.worker.EngineChoice;
import hooke.node.runtime.worker.WasmRuntime;
import hooke.node.runtime.worker.WorkerSettings;
import hooke.storage.BlobStore;
import hooke.storage.StorageFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One running node: chain, stores, runtime and market agent, put together by hand and in order, so
/// that this class shows who needs whom. Closing stops them in the opposite order; work under way
/// is taken up again by the next start on the same directory.
public final class Node implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);
  private static final String VERSION = "0.1.0";
  private static final int LOG_RANGE = 5_000;
  private static final Duration SWEEP_EVERY = Duration.ofSeconds(30);

  private final NodeConfig config;
  private final Wallet key;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final CompletableFuture<RuntimeException> failure = new CompletableFuture<>();
  private final ChainClient chain;
  private final HookeContract law;
  private final BlobStore blobs;
  private final MarketAgent agent;
  private final WasmRuntime runtime;
  private final Follower follower;

  private Node(NodeConfig config, Wallet key, BlobSource source, Behaviour behaviour, Clock clock)
      throws IOException {
    this.config = config;
    this.key = key;
    Path data = Files.createDirectories(config.data());
    chain = opened(ChainClient.of(config.network().rpc(), ChainClient.TIMEOUT));
    config.network().identity().verify(chain);
    DeployedCode.verify(chain, config.network().contract());
    law = new HookeContract(chain, config.network().contract());
    blobs = opened(BlobStore.open(data.resolve("blobs"), config.capacity().total().diskBytes()));
    JobStore jobs = opened(RocksJobStore.open(data.resolve("jobs")));
    runtime =
        opened(
            new WasmRuntime(
                WorkerSettings.of(config.work().resolve("workers"), config.capacity().workers())
                    .with(engine(config))));
    LOG.info("programs run in {}", runtime.engine());
    tryOut(runtime, config.work().resolve("selftest"));
    if (runtime.isolation().holds()) {
      LOG.info("{}", runtime.isolation().description());
    } else {
      LOG.warn("{}", Clientele.of(config.network(), runtime.isolation()).explanation());
    }
    Outbox outbox =
        opened(
            Outbox.open(
                data.resolve("outbox"),
                chain,
                List.of(key),
                new Outbox.Settings(
                    config.poll(),
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(60),
                    config.confirmations()),
                failure::complete));
    agent =
        opened(
            new MarketAgent(
                config,
                key.address(),
                law,
                new MarketState(),
                blobs,
                jobs,
                source,
                runtime,
                (intent, call) -> outbox.send(intent, call, key).block(),
                behaviour,
                clock,
                failure::complete));
    RocksLogStore logs = opened(new RocksLogStore(data.resolve("events")));
    follower =
        opened(
            Follower.start(
                chain,
                law,
                logs,
                new Follower.Settings(
                    config.poll(),
                    config.confirmations(),
                    config.network().deployBlock(),
                    LOG_RANGE),
                agent));
    Thread sweeper = Thread.ofVirtual().name("sweep").start(() -> sweep(clock));
    opened((AutoCloseable) sweeper::interrupt);
  }

  /// Lets the runtime show that it gives everybody's answers, before anything is promised with it.
  private static void tryOut(WasmRuntime runtime, Path directory) throws IOException {
    try {
      SelfTest.Report report = new SelfTest(runtime, directory).brief();
      report
          .faults()
          .forEach(fault -> {
            String words = SelfTest.words(fault);
            LOG.error(
                "this node does not bid: {} (`hooke selftest --node` tells more; start the node"
                    + " again when the cause is gone)",
                words);
            runtime.distrust(words);
          });
      LOG.info("selftest: {} ms", report.took().toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      runtime.distrust("the selftest was interrupted");
    }
  }

  /// Starts a node on its directory and returns when every part works; catching up with the chain
  /// goes on in the background.
  ///
  /// @param key the node key
  /// @param source how blobs of other nodes are read
  /// @throws hooke.chain.WrongChain if the chain is not the one the configuration names, or the
  ///   contract there is another law
  /// @throws IOException if a database cannot be opened
  public static Node start(
      NodeConfig config, Wallet key, BlobSource source, Behaviour behaviour, Clock clock)
      throws IOException {
    Node node = new Node(config, key, source, behaviour, clock);
    LOG.info("node {} works in {}", key.address(), config.directory());
    return node;
  }

  /// Starts the node of a directory with its API: what `hooke node run` does.
  ///
  /// @throws hooke.chain.WrongChain if the chain is not the one the configuration names, or the
  ///   contract there is another law
  /// @throws IOException if a database cannot be opened or the API's port is taken
  public static Node start(NodeDirectory directory, Behaviour behaviour, Clock clock)
      throws IOException {
    NodeConfig config = directory.config();
    Domain domain = Domain.hooke(config.network().chainId(), config.network().contract());
    RemoteBlobs source = new RemoteBlobs(config.network(), directory.key(), clock);
    Node node = start(config, directory.key(), source, behaviour, clock);
    // Closed before the agent that reads through it: its open reads end, and the agent is not kept
    // waiting.
    node.opened(source);
    try {
      node.serve(directory.tls(), domain, clock);
    } catch (IOException e) {
      node.close();
      throw e;
    }
    return node;
  }

  /// The engine that a configuration chooses, found and tried out.
  ///
  /// @throws ConfigException if it is not on this machine, or does not run in the sandbox
  public static EngineChoice engine(NodeConfig config) {
    return switch (config.wasmEngine()) {
      case ENDIVE -> new EngineChoice.Endive();
      case V8 ->
          switch (NodeJs.find(config.nodeJs())) {
            case NodeJs.Missing(String why) -> throw unusable(config, why);
            case NodeJs.Found(NodeJs found) -> {
              Sandbox.detect()
                  .refuses(found.program())
                  .ifPresent(why -> {
                    throw unusable(config, why);
                  });
              yield new EngineChoice.V8(found);
            }
          };
    };
  }

  private static ConfigException unusable(NodeConfig config, String why) {
    return new ConfigException(
        "%s: wasm.engine is v8, but %s (wasm.node says where; or choose endive)"
            .formatted(config.directory().resolve(NodeConfig.FILE), why));
  }

  private void serve(TlsIdentity tls, Domain domain, Clock clock) throws IOException {
    AccessCheck access =
        new AccessCheck(
            domain, () -> agent.self().map(NodeView::id).orElse(0), law::isSignedBy, clock);
    opened(
        RpcServer.start(
            config.listenHost(),
            config.listenPort(),
            tls,
            access,
            failure::complete,
            List.of(
                new NodeApi(config, agent, blobs, key.address(), VERSION, runtime, clock.instant()),
                new MarketApi(agent),
                new TaskApi(config, agent, blobs, law, clock))));
    LOG.info("the API listens on {}", config.endpoint());
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  private void sweep(Clock clock) {
    try {
      while (true) {
        Thread.sleep(SWEEP_EVERY);
        BlobStore.Swept swept = blobs.sweep(clock.instant());
        if (swept.removed() > 0) {
          LOG.info("{} blobs had expired, {} bytes are free again", swept.removed(), swept.freed());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (StorageFailure e) {
      failure.complete(e);
    }
  }

  /// Waits until this node cannot go on: a disk failed, or its chain is another one. Whoever runs
  /// it should say so and end the process, whose next start takes up what was promised.
  ///
  /// @return why
  public RuntimeException awaitFailure() throws InterruptedException {
    try {
      return failure.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a failure is only ever reported", e);
    }
  }

  public NodeConfig config() {
    return config;
  }

  public Wallet key() {
    return key;
  }

  public ChainClient chain() {
    return chain;
  }

  public HookeContract law() {
    return law;
  }

  public BlobStore blobs() {
    return blobs;
  }

  public MarketAgent agent() {
    return agent;
  }

  public Follower follower() {
    return follower;
  }

  /// Stops every part, the last started first; a part that fails to stop is named in the log.
  @Override
  public void close() {
    while (!open.isEmpty()) {
      AutoCloseable part = open.pop();
      try {
        part.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (ChainException | StorageFailure e) {
        LOG.warn("{}", e.getMessage());
      } catch (Exception e) {
        LOG.warn("{} did not stop cleanly", part.getClass().getSimpleName(), e);
      }
    }
  }
}
