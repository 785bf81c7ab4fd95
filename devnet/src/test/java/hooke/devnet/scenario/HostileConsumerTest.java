package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Verification;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.devnet.testing.DevnetNode;
import hooke.node.market.Behaviour;
import hooke.node.market.MarketAgent;
import hooke.node.market.OrderView;
import hooke.node.rpc.NodeClient;
import hooke.node.rpc.RpcFailure;
import hooke.node.spec.Specs;
import hooke.node.task.TaskBuyer;
import hooke.node.task.TaskWatch;
import hooke.scheduler.bidding.Decision;
import hooke.storage.BlobId;
import hooke.v1.BlobRef;
import hooke.v1.Input;
import hooke.v1.TaskSpec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a consumer can sign and send that an honest provider would lose its bond, disk or time by.
/// Mallory signs orders as she likes, by the wire and the law alone; after each attempt no stake is
/// smaller than it may be, no bond is locked for nothing, and Alice is served as before.
final class HostileConsumerTest {
  private static final String TEXT = "to be or not to be\nthat is the question\n";
  private static final long MIB = 1L << 20;

  @TempDir private static Path folder;

  private static Devnet world;
  private static DevnetConsumer alice;
  private static DevnetConsumer mallory;

  /// The one that Mallory is after; the other two are her orders' origins.
  private static DevnetNode victim;

  private static final AtomicLong NONCE = new AtomicLong(1);
  private static final AtomicInteger HONEST = new AtomicInteger();

  private Wei stake;

  @BeforeAll
  static void open() throws Exception {
    world = Devnet.in(folder.resolve("world")).nodes(3).start();
    alice = world.consumer("alice");
    mallory = world.consumer("mallory");
    victim = world.nodes().get(2);
  }

  @AfterAll
  static void close() {
    world.close();
  }

  @BeforeEach
  void count() {
    stake = stake();
  }

  @AfterEach
  void everybodyIsHonestAgain() {
    victim.behave(Behaviour.HONEST);
  }

  private static Wei stake() {
    return world.law().operatorOf(victim.operatorId()).stake();
  }

  /// A spec with all that it names.
  private record Task(TaskSpec spec, List<byte[]> blobs) {
    Bytes32 id() {
      return Bytes32.of(BlobId.of(Specs.encode(spec)).bytes());
    }
  }

  private static BlobRef ref(byte[] blob) {
    return BlobRef.newBuilder()
        .setId(ByteString.copyFrom(BlobId.of(blob).bytes()))
        .setSizeBytes(blob.length)
        .build();
  }

  private static Task task(
      byte[] program, UnaryOperator<TaskSpec.Builder> with, byte[]... contents) {
    TaskSpec spec =
        with.apply(
                TaskSpec.newBuilder()
                    .setRuntime("wasm")
                    .setProfile("wasm-det/1")
                    .setProgram(ref(program))
                    .setMemoryLimitBytes(MIB)
                    .setOutputLimitBytes(MIB / 4))
            .build();
    List<byte[]> blobs = new ArrayList<>(List.of(contents));
    blobs.add(program);
    return new Task(spec, blobs);
  }

  private static Task noop(String salt, UnaryOperator<TaskSpec.Builder> with) {
    return task(Module.noop(salt), with);
  }

  /// Brings a task to its two origins.
  private static void upload(Task task) throws IOException {
    Instant until = Instant.now().plus(Duration.ofHours(2));
    for (DevnetNode origin : world.nodes().subList(0, 2)) {
      try (NodeClient client = origin.client(mallory.wallet())) {
        List<byte[]> all = new ArrayList<>(task.blobs());
        all.add(Specs.encode(task.spec()));
        for (byte[] blob : all) {
          client.upload(BlobId.of(blob), blob.length, new ByteArrayInputStream(blob), until);
        }
      }
    }
  }

  /// For the victim alone, at a price that no node refuses: a bond of so many tokens.
  private static Terms terms(Task task, long bond, int diskMib, int runSeconds) {
    return new Terms(
        mallory.wallet().address(),
        NONCE.getAndIncrement(),
        task.id(),
        1,
        1_000,
        1,
        diskMib,
        bond * 5_000_000_000_000_000L,
        bond * 5_000_000_000_000_000L,
        0,
        200_000_000,
        300,
        runSeconds,
        10,
        0,
        Wei.ZERO,
        Bytes32.of(ByteBuffer.allocate(Bytes32.SIZE).putInt(victim.operatorId()).array()),
        Bytes32.ZERO,
        Verification.ATTENDED,
        1,
        1,
        world.nodes().get(0).id(),
        world.nodes().get(1).id());
  }

  private static Bytes32 order(Terms terms) throws InterruptedException {
    mallory.chain().send(world.law().order(terms), mallory.wallet());
    return world.law().idOf(terms);
  }

  /// Waits until the victim has made up its mind about an order, and says why it does not bid.
  private static String refusal(Bytes32 order) throws InterruptedException {
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    MarketAgent agent = victim.node().agent();
    while (System.nanoTime() < until) {
      Optional<MarketAgent.Standing> standing = agent.standing(order);
      if (standing.isPresent()
          && standing.get().preparing().isEmpty()
          && standing.get().decision() instanceof Decision.Decline decline) {
        return decline.reasons().getFirst().sentence();
      }
      agent.awaitChange(agent.version(), Duration.ofMillis(200));
    }
    throw new AssertionError("the victim does not refuse " + order);
  }

  /// Orders cost the victim nothing, and hold nobody up.
  private void assertHarmless(List<Terms> orders) throws Exception {
    for (Terms terms : orders) {
      Bytes32 id = world.law().idOf(terms);
      assertTrue(world.events(id, LawEvent.Assigned.class).isEmpty(), "nobody bid for it");
    }
    assertServed();
    for (Terms terms : orders) {
      mallory.chain().send(world.law().cancel(terms), mallory.wallet());
      world.await(world.law().idOf(terms), OrderView::closed);
    }
    // What other tests left comes back by itself.
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    while (!world.law().operatorOf(victim.operatorId()).bonded().isZero()) {
      assertTrue(System.nanoTime() < until, "a bond of the victim stays locked");
      Thread.sleep(100);
    }
    assertEquals(stake, stake());
  }

  /// An honest order is served by the victim as if nothing were.
  private static void assertServed() throws Exception {
    OrderView done;
    TaskBuyer.Placed task =
        alice.order(
            Worlds.wordcount(world, folder, TEXT + HONEST.incrementAndGet())
                .allow(List.of(victim.operatorId()))
                .build());
    try (TaskWatch watch = alice.watch(new ArrayList<>())) {
      done = watch.await(task.id());
    }
    assertEquals(SlotState.RELEASED, done.slot(0).state());
    assertEquals(Terms.payUp(done.slot(0).fuel(), done.slot(0).price()), done.slot(0).paid());
  }

  @Test
  void inputsThatCannotBeLaidOutAreNotBidFor() throws Exception {
    byte[] content = "hello".getBytes(StandardCharsets.UTF_8);
    List<UnaryOperator<TaskSpec.Builder>> inputs =
        List.of(
            files(content, "a", "a-b", "a/c"),
            files(content, "n".repeat(256)),
            files(content, "ddddddddd/".repeat(500) + "x"),
            spec ->
                spec.addInputs(
                    Input.newBuilder()
                        .setPath("d")
                        .setBlob(ref(content))
                        .setFormat(Input.Format.TAR)));
    List<Terms> orders = new ArrayList<>();
    for (UnaryOperator<TaskSpec.Builder> each : inputs) {
      Task task = task(Module.noop("paths"), each, content);
      upload(task);
      orders.add(terms(task, 100, 1, 30));
      refusal(order(orders.getLast()));
    }
    assertHarmless(orders);
  }

  private static UnaryOperator<TaskSpec.Builder> files(byte[] content, String... paths) {
    return spec -> {
      for (String path : paths) {
        spec.addInputs(
            Input.newBuilder().setPath(path).setBlob(ref(content)).setFormat(Input.Format.FILE));
      }
      return spec;
    };
  }

  @Test
  void aSpecThatAsksForMoreThanItsTermsGiveIsNotBidFor() throws Exception {
    // Its program is compiled and known to run when the others come.
    Task small = noop("limits", spec -> spec);
    upload(small);
    Bytes32 served = order(terms(small, 1, 1, 60));
    world.await(served, o -> o.slot(0).state() == SlotState.DELIVERED);
    world.pass(Duration.ofSeconds(30));
    world.await(served, OrderView::closed);
    List<Terms> orders = new ArrayList<>();
    for (UnaryOperator<TaskSpec.Builder> each :
        List.<UnaryOperator<TaskSpec.Builder>>of(
            spec -> spec.setMemoryLimitBytes(1L << 50),
            spec -> spec.setMemoryLimitBytes(1_900 * MIB),
            spec -> spec.setOutputLimitBytes(3_900 * MIB),
            spec -> spec.setOutputLimitBytes(Long.MAX_VALUE))) {
      Task task = noop("limits", each);
      upload(task);
      orders.add(terms(task, 100, 1, 60));
      String why = refusal(order(orders.getLast()));
      assertTrue(why.contains("the order's terms"), why);
    }
    assertHarmless(orders);
  }

  @Test
  void whatGaveNoResultCostsOnceAndTheOperatorDecidesWhetherItIsTriedAgain() throws Exception {
    victim.behave(Worlds.UNABLE);
    Task task = noop("drain", spec -> spec);
    upload(task);
    Terms ordered = terms(task, 200, 1, 600);
    Bytes32 first = order(ordered);
    world.await(first, o -> !world.events(o.id(), LawEvent.GivenUp.class).isEmpty());
    Wei burned = world.events(first, LawEvent.GivenUp.class).getFirst().bond();
    victim.behave(Behaviour.HONEST);
    for (int again = 0; again < 3; again++) {
      Terms terms = terms(task, 200, 1, 600);
      String why = refusal(order(terms));
      assertTrue(
          why.contains("order %s of the same spec gave no result here".formatted(first.prefix(12))),
          why);
      mallory.chain().send(world.law().cancel(terms), mallory.wallet());
    }
    mallory.chain().send(world.law().cancel(ordered), mallory.wallet());
    assertEquals(stake.minus(burned), stake(), "once, and a part of it");

    victim.restart();
    String directory = victim.directory().config().directory().toString();
    String spec = task.id().toString().substring(2);
    DevnetConsumer.Ran list = mallory.hooke("node", "declined", directory);
    assertEquals(0, list.exit(), list.err());
    assertTrue(list.out().contains(spec), list.out());
    assertTrue(list.out().contains("this machine could not run it"), list.out());
    try (NodeClient stranger = victim.client(mallory.wallet())) {
      RpcFailure refused = assertThrows(RpcFailure.class, stranger::declined);
      assertEquals("NOT_OWNER", refused.reason());
    }
    DevnetConsumer.Ran cleared = mallory.hooke("node", "declined", directory, "--clear", spec);
    assertEquals("1 cleared\n", cleared.out(), cleared.err());
    Bytes32 served = order(terms(task, 10, 1, 60));
    world.await(served, o -> o.slot(0).state() == SlotState.DELIVERED);
    assertServed();
  }

  @Test
  void whatOneConsumerCanLoseAProviderIsBounded() throws Exception {
    victim.behave(Worlds.NO_SHOW);
    mallory.chain().deposit(Wei.tokens(99), mallory.wallet());
    List<Bytes32> held = new ArrayList<>();
    for (String salt : List.of("stake-a", "stake-b")) {
      Task task = noop(salt, spec -> spec);
      upload(task);
      held.add(order(terms(task, 450, 1, 600)));
      world.await(held.getLast(), o -> o.slot(0).state() == SlotState.ASSIGNED);
    }
    Task third = noop("stake-c", spec -> spec);
    upload(third);
    Terms beyond = terms(third, 110, 1, 600);
    String why = refusal(order(beyond));
    assertTrue(why.contains("for one consumer the operator risks at most"), why);
    try (NodeClient client = victim.client(mallory.wallet())) {
      assertEquals(
          "STAKE_AT_RISK",
          client
              .quote(world.law().idOf(beyond), Duration.ofSeconds(20))
              .getRefusal()
              .getReasonsList()
              .getFirst()
              .getCode());
    }
    victim.behave(Behaviour.HONEST);
    assertServed();
    for (Bytes32 each : held) {
      world.await(each, o -> o.slot(0).state() == SlotState.DELIVERED);
    }
    world.pass(Duration.ofSeconds(30));
    // What is settled is at risk no more.
    world.await(world.law().idOf(beyond), o -> o.slot(0).state() != SlotState.OPEN);
    assertEquals(stake, stake());
  }

  @Test
  void theResultOfAMissedSlotTakesNoRoom() throws Exception {
    victim.behave(Worlds.NO_SHOW);
    Task task = task(Module.output(20 * MIB), spec -> spec.setOutputLimitBytes(21 * MIB));
    upload(task);
    Terms terms = terms(task, 1, 43, 120);
    Bytes32 id = order(terms);
    victim.awaitJob(id, job -> job.result() != null);
    assertTrue(victim.node().blobs().used() > 20 * MIB, "it is kept while it may be delivered");
    world.pass(Duration.ofSeconds(130));
    world.await(id, o -> !world.events(o.id(), LawEvent.Missed.class).isEmpty());
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    while (victim.node().blobs().used() > 20 * MIB) {
      assertTrue(System.nanoTime() < until, "the result of a missed slot is kept");
      victim.node().agent().awaitChange(victim.node().agent().version(), Duration.ofMillis(100));
    }
    victim.behave(Behaviour.HONEST);
    assertServed();
  }

  @Test
  void uploadsThatTrickleHoldNoRoom() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(3);
    List<Thread> streams = new ArrayList<>();
    long before = victim.node().blobs().used();
    for (int n = 0; n < 3; n++) {
      BlobId id = BlobId.of(new byte[] {(byte) n});
      streams.add(
          Thread.ofVirtual()
              .start(() -> {
                try (NodeClient client = victim.client(mallory.wallet())) {
                  client.upload(
                      id, 700 * MIB, new Trickle(begun, over), Instant.now().plusSeconds(3_600));
                } catch (IOException | RpcFailure e) {
                  // It is refused when it breaks off.
                }
              }));
    }
    begun.await();
    try (NodeClient client = victim.client(alice.wallet())) {
      byte[] honest = new byte[(int) (4 * MIB)];
      client.upload(
          BlobId.of(honest),
          honest.length,
          new ByteArrayInputStream(honest),
          Instant.now().plusSeconds(60));
    }
    long taken = victim.node().blobs().used() - before;
    assertTrue(taken < 6 * MIB, "three streams that announce 2 GiB hold " + taken + " bytes");
    over.countDown();
    for (Thread stream : streams) {
      stream.join(Devnet.PATIENCE);
    }
    assertServed();
  }

  /// Half a MiB, and then nothing.
  private static final class Trickle extends InputStream {
    private final CountDownLatch begun;
    private final CountDownLatch over;
    private int left = (int) (MIB / 2);

    Trickle(CountDownLatch begun, CountDownLatch over) {
      this.begun = begun;
      this.over = over;
    }

    @Override
    public int read() throws IOException {
      return read(new byte[1], 0, 1) < 0 ? -1 : 0;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      if (left > 0) {
        int given = Math.min(left, length);
        left -= given;
        return given;
      }
      begun.countDown();
      try {
        over.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      throw new IOException("the sender has had enough");
    }
  }

  /// Wasm by hand.
  private static final class Module {
    private Module() {}

    /// Does nothing, under a name of its own.
    static byte[] noop(String salt) {
      return module(
          bytes(1, 0x60, 0, 0), new byte[0], bytes(1, 0), bytes(1, 2, 0, 0x0b), bytes(0), 0, salt);
    }

    /// Leaves a file of so many zeros for one call.
    static byte[] output(long size) {
      byte[] types =
          bytes(
              3, 0x60, 0, 0, 0x60, 9, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7e, 0x7e, 0x7f, 0x7f, 1, 0x7f,
              0x60, 2, 0x7f, 0x7e, 1, 0x7f);
      byte[] imports = join(bytes(2), wasi("path_open", 1), wasi("fd_filestat_set_size", 2));
      byte[] body =
          join(
              bytes(0, 0x41, 3, 0x41, 0, 0x41, 16, 0x41, 5, 0x41, 1),
              bytes(0x42, 0xc2, 0, 0x42, 0xc2, 0, 0x41, 0, 0x41, 8, 0x10, 0, 0x1a),
              bytes(0x41, 8, 0x28, 2, 0, 0x42),
              signed(size),
              bytes(0x10, 1, 0x1a, 0x0b));
      byte[] data =
          join(bytes(1, 0, 0x41, 16, 0x0b, 5), "out/x".getBytes(StandardCharsets.US_ASCII));
      return module(
          types, imports, bytes(1, 0), join(bytes(1), unsigned(body.length), body), data, 2, "out");
    }

    private static byte[] module(
        byte[] types,
        byte[] imports,
        byte[] functions,
        byte[] code,
        byte[] data,
        int start,
        String salt) {
      return join(
          bytes(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
          section(1, types),
          imports.length == 0 ? imports : section(2, imports),
          section(3, functions),
          section(5, bytes(1, 0, 1)),
          section(7, join(bytes(2), name("memory"), bytes(2, 0), name("_start"), bytes(0, start))),
          section(10, code),
          section(11, data),
          section(0, join(name("x"), salt.getBytes(StandardCharsets.US_ASCII))));
    }

    private static byte[] wasi(String name, int type) {
      return join(name("wasi_snapshot_preview1"), name(name), bytes(0, type));
    }

    private static byte[] section(int id, byte[] content) {
      return join(bytes(id), unsigned(content.length), content);
    }

    private static byte[] name(String name) {
      return join(unsigned(name.length()), name.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] unsigned(long value) {
      byte[] leb = bytes();
      long left = value;
      do {
        leb = join(leb, bytes((int) (left & 0x7f) | (left > 0x7f ? 0x80 : 0)));
        left >>>= 7;
      } while (left > 0);
      return leb;
    }

    /// Of a positive number.
    private static byte[] signed(long value) {
      byte[] leb = bytes();
      long left = value;
      while (left > 0x3f) {
        leb = join(leb, bytes((int) (left & 0x7f) | 0x80));
        left >>>= 7;
      }
      return join(leb, bytes((int) left));
    }

    private static byte[] bytes(int... values) {
      byte[] bytes = new byte[values.length];
      for (int n = 0; n < values.length; n++) {
        bytes[n] = (byte) values[n];
      }
      return bytes;
    }

    private static byte[] join(byte[]... parts) {
      int length = 0;
      for (byte[] part : parts) {
        length += part.length;
      }
      ByteBuffer all = ByteBuffer.allocate(length);
      for (byte[] part : parts) {
        all.put(part);
      }
      return all.array();
    }
  }
}
