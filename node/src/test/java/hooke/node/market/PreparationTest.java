package hooke.node.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Verification;
import hooke.chain.wallet.Wallet;
import hooke.node.runtime.Check;
import hooke.node.runtime.Isolation;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.TaskRuntime;
import hooke.node.spec.Specs;
import hooke.storage.BlobId;
import hooke.storage.BlobStore;
import hooke.v1.BlobRef;
import hooke.v1.TaskSpec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a node makes ready, for whom and from where, when some who ask mean harm.
@SuppressWarnings("NullAway.Init")
@Timeout(60)
final class PreparationTest {
  private static final Address VICTIM = Wallet.random().address();
  private static final Address ATTACKER = Wallet.random().address();
  private static final int LARGE = 2 << 20;

  @TempDir private Path folder;

  private final SteppedClock clock = new SteppedClock();
  private final MarketState market = new MarketState();
  private final Network network = new Network();
  private final Compiler compiler = new Compiler();
  private final List<OrderView> live = new ArrayList<>();
  private BlobStore store;
  private Preparation preparation;
  private NodeView me;
  private int orders;

  /// Other nodes: what each of them holds.
  private static final class Network implements BlobSource {
    private final Map<Integer, Map<BlobId, byte[]>> held = new ConcurrentHashMap<>();
    private final Set<Integer> silent = ConcurrentHashMap.newKeySet();
    private final List<Integer> asked = java.util.Collections.synchronizedList(new ArrayList<>());

    void hold(int node, byte[]... blobs) {
      for (byte[] blob : blobs) {
        held.computeIfAbsent(node, key -> new ConcurrentHashMap<>()).put(BlobId.of(blob), blob);
      }
    }

    @Override
    public InputStream open(NodeView node, BlobId id) throws IOException, InterruptedException {
      asked.add(node.id());
      if (silent.contains(node.id())) {
        new CountDownLatch(1).await();
      }
      byte[] blob = held.getOrDefault(node.id(), Map.of()).get(id);
      if (blob == null) {
        throw new IOException("it is not held here");
      }
      return new ByteArrayInputStream(blob);
    }

    @Override
    public InputStream leaves(NodeView node, Bytes32 order, int slot) throws IOException {
      throw new IOException("nobody asks for them");
    }
  }

  /// Takes for ever to compile what is large.
  private static final class Compiler implements TaskRuntime {
    private final Set<String> begun = ConcurrentHashMap.newKeySet();
    private final Set<String> stopped = ConcurrentHashMap.newKeySet();

    @Override
    public Check check(String client, Path program, long memoryBytes) throws InterruptedException {
      if (program.toFile().length() >= LARGE) {
        begun.add(client);
        try {
          new CountDownLatch(1).await();
        } catch (InterruptedException e) {
          stopped.add(client);
          throw e;
        }
      }
      return new Check.Ready(Duration.ZERO, 1, 0);
    }

    @Override
    public RunResult run(RunRequest request) {
      throw new AssertionError("nothing runs");
    }

    @Override
    public String name() {
      return "none";
    }

    @Override
    public String profile() {
      return "wasm-det/1";
    }

    @Override
    public String engine() {
      return "none";
    }

    @Override
    public Isolation isolation() {
      return new Isolation(true, "nothing runs");
    }

    @Override
    public void close() {}
  }

  @BeforeEach
  void open() throws IOException {
    store = BlobStore.open(folder.resolve("blobs"), 64 << 20);
    for (int id = 1; id <= 4; id++) {
      market.apply(Events.node(1, id, id, Wallet.random().address()), Events.TIME);
    }
    me = market.node(3).orElseThrow();
    preparation =
        new Preparation(
            store,
            network,
            new TaskRunner(store, compiler, folder.resolve("checks")),
            market,
            1,
            () -> 0,
            clock,
            () -> {},
            failure -> {
              throw failure;
            });
  }

  @AfterEach
  void close() throws InterruptedException {
    live.clear();
    preparation.proceed(Set.of());
    preparation.close();
    preparation.awaitStopped();
    store.close();
  }

  private static byte[] program(String name, int size) {
    return Arrays.copyOf(name.getBytes(StandardCharsets.UTF_8), size);
  }

  private static byte[] spec(byte[] program) {
    return Specs.encode(
        TaskSpec.newBuilder()
            .setRuntime("wasm")
            .setProfile("wasm-det/1")
            .setProgram(
                BlobRef.newBuilder()
                    .setId(ByteString.copyFrom(BlobId.of(program).bytes()))
                    .setSizeBytes(program.length))
            .build());
  }

  private OrderView order(Address consumer, byte[] spec, int originA, int originB) {
    Terms terms =
        new Terms(
            consumer,
            ++orders,
            Bytes32.of(BlobId.of(spec).bytes()),
            1,
            1_000,
            64,
            64,
            1_000,
            1_000,
            0,
            1_000_000,
            600,
            600,
            60,
            600,
            Wei.ZERO,
            Bytes32.ZERO,
            Bytes32.ZERO,
            Verification.ATTENDED,
            1,
            1,
            originA,
            originB);
    Bytes32 id = Events.hash(orders);
    market.apply(Events.ordered(2, id, terms), Events.TIME);
    OrderView order = market.order(id).orElseThrow();
    live.add(order);
    return order;
  }

  /// One look of the agent at all live orders.
  private void look() {
    Set<Bytes32> specs = new HashSet<>();
    for (OrderView order : live) {
      specs.add(order.terms().spec());
      if (preparation.of(order, me) instanceof Preparation.State.Known) {
        preparation.fetch(order, me);
      }
    }
    preparation.proceed(specs);
  }

  /// Looks until the order's state is so.
  private Preparation.State await(OrderView order, Predicate<Preparation.State> wanted)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    Preparation.State state = preparation.of(order, me);
    while (!wanted.test(state)) {
      assertTrue(System.nanoTime() < end, "it stays " + state);
      look();
      TimeUnit.MILLISECONDS.sleep(1);
      state = preparation.of(order, me);
    }
    return state;
  }

  private void await(Predicate<Compiler> wanted) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!wanted.test(compiler)) {
      assertTrue(System.nanoTime() < end);
      look();
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  @Test
  void anothersOriginKeepsNobodyUnserved() throws Exception {
    byte[] program = program("a", 100);
    byte[] spec = spec(program);
    OrderView shadow = order(ATTACKER, spec, me.id(), 0);
    await(shadow, Preparation.State.Failed.class::isInstance);
    network.hold(1, program, spec);
    OrderView honest = order(VICTIM, spec, 1, 2);
    await(honest, Preparation.State.Ready.class::isInstance);
  }

  @Test
  void theSameOriginIsAskedAgainAtOnceForANewOrder() throws Exception {
    byte[] program = program("a", 100);
    byte[] spec = spec(program);
    OrderView shadow = order(ATTACKER, spec, 1, 2);
    for (int tries = 1; tries <= 6; tries++) {
      int wanted = tries;
      await(
          shadow,
          state -> state instanceof Preparation.State.Failed failed && failed.tries() == wanted);
      clock.pass(Duration.ofMinutes(10));
    }
    await(shadow, state -> state instanceof Preparation.State.Failed failed && failed.tries() == 7);
    network.hold(1, program, spec);
    assertInstanceOf(Preparation.State.Failed.class, preparation.of(shadow, me), "not yet again");
    await(order(VICTIM, spec, 1, 2), Preparation.State.Ready.class::isInstance);
  }

  @Test
  void anOriginThatDoesNotAnswerHoldsUpOnlyWhoNamedIt() throws Exception {
    byte[] program = program("a", 100);
    byte[] spec = spec(program);
    network.silent.add(4);
    OrderView shadow = order(ATTACKER, spec, 4, 0);
    await(shadow, Preparation.State.Underway.class::isInstance);
    network.hold(1, program, spec);
    await(order(VICTIM, spec, 1, 0), Preparation.State.Ready.class::isInstance);
  }

  @Test
  void everyOriginOfAnOrderIsTried() throws Exception {
    byte[] program = program("a", 100);
    byte[] spec = spec(program);
    network.hold(2, program, spec);
    await(order(VICTIM, spec, 1, 2), Preparation.State.Ready.class::isInstance);
    assertEquals(List.of(1, 2, 1, 2), network.asked);
  }

  @Test
  void whatComesToOnesOwnStoreIsSeenSoon() throws Exception {
    byte[] program = program("a", 100);
    byte[] spec = spec(program);
    OrderView order = order(VICTIM, spec, me.id(), 0);
    for (int tries = 1; tries <= 5; tries++) {
      int wanted = tries;
      await(
          order,
          state -> state instanceof Preparation.State.Failed failed && failed.tries() == wanted);
      clock.pass(Duration.ofSeconds(3));
    }
  }

  @Test
  void workThatNoOrderAsksForIsStopped() throws Exception {
    byte[] program = program("large", LARGE);
    byte[] spec = spec(program);
    network.hold(1, program, spec);
    OrderView order = order(ATTACKER, spec, 1, 0);
    await(compiling -> compiling.begun.contains(ATTACKER.toString()));
    assertEquals(Set.of(), compiler.stopped);
    live.remove(order);
    await(compiling -> compiling.stopped.contains(ATTACKER.toString()));
  }

  @Test
  void aTinyTaskIsReadyWhileEightLargeOnesWait() throws Exception {
    for (int n = 0; n < 8; n++) {
      byte[] program = program("large" + n, LARGE);
      byte[] spec = spec(program);
      network.hold(1, program, spec);
      order(ATTACKER, spec, 1, 0);
    }
    await(compiling -> compiling.begun.contains(ATTACKER.toString()));
    byte[] program = program("tiny", 100);
    byte[] spec = spec(program);
    network.hold(1, program, spec);
    await(order(VICTIM, spec, 1, 0), Preparation.State.Ready.class::isInstance);
  }

  @Test
  void whoHadMoreThanItsOrdersHoldMakesRoomForAnothersLargeTask() throws Exception {
    byte[] first = program("first", LARGE);
    network.hold(1, first, spec(first));
    order(ATTACKER, spec(first), 1, 0);
    await(compiling -> compiling.begun.contains(ATTACKER.toString()));
    byte[] second = program("second", LARGE);
    network.hold(1, second, spec(second));
    order(VICTIM, spec(second), 1, 0);
    // The orders hold 1,000 wei, and a second costs 1.
    clock.pass(Duration.ofSeconds(1_000 + 300));
    for (int looks = 0; looks < 50; looks++) {
      look();
    }
    assertEquals(Set.of(ATTACKER.toString()), compiler.begun);
    clock.pass(Duration.ofSeconds(1));
    await(compiling -> compiling.begun.contains(VICTIM.toString()));
    assertEquals(Set.of(ATTACKER.toString()), compiler.stopped);
  }
}
