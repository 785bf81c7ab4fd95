package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Wei;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Terms;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.devnet.testing.DevnetNode;
import hooke.node.cli.ExitCode;
import hooke.node.market.Behaviour;
import hooke.node.market.Declined;
import hooke.node.market.OrderView;
import hooke.node.market.SlotView;
import hooke.node.rpc.NodeClient;
import hooke.node.rpc.RpcFailure;
import hooke.node.runtime.Outcome;
import hooke.node.spec.ResultLeaf;
import hooke.node.task.TaskBuyer;
import hooke.node.task.TaskWatch;
import hooke.v1.LogChunk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Arrays whose providers do not do all they took: what is done is paid once, and the rest is done
/// by others or ordered again.
final class ArrayTest {
  private static final List<String> LINES = List.of("1000", "2000", "2500", "3000");

  @TempDir private static Path folder;

  private static Devnet world;

  @BeforeAll
  static void open() throws Exception {
    world = Devnet.in(folder.resolve("world")).nodes(3).start();
  }

  @AfterEach
  void everybodyIsHonestAgain() {
    world.nodes().forEach(node -> node.behave(Behaviour.HONEST));
  }

  @AfterAll
  static void close() {
    world.close();
  }

  /// Whoever first runs the third task is not done with it before somebody ends its run.
  private static void theThirdTaskIsLong() {
    AtomicBoolean begun = new AtomicBoolean();
    Behaviour behaviour =
        new Behaviour() {
          @Override
          public ResultLeaf report(ResultLeaf truth) {
            if (truth.index() == 2 && begun.compareAndSet(false, true)) {
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }
            return truth;
          }
        };
    world.nodes().forEach(node -> node.behave(behaviour));
  }

  private static Path lines() throws Exception {
    return Files.write(Files.createTempFile(folder, "lines", ".txt"), LINES);
  }

  private static Wei free(DevnetConsumer consumer) {
    return world.law().accountOf(consumer.wallet().address()).free();
  }

  /// Waits until the provider of the order's first slot works on a task.
  private static DevnetNode awaitAt(OrderView order, int task) throws InterruptedException {
    DevnetNode provider = world.node(order.slot(0).nodeId());
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    long seen = 0;
    while (provider.node().agent().current(order.id(), 0).filter(at -> at == task).isEmpty()) {
      assertTrue(System.nanoTime() < until, () -> "not at task " + task + ": " + provider);
      seen = provider.node().agent().awaitChange(seen, Duration.ofMillis(50));
    }
    return provider;
  }

  /// Lets time pass until the deadline of the order's first slot is so near that a run cannot be
  /// waited for.
  private static void passToDeadline(OrderView order) {
    long now = world.client().block(world.client().latestNumber()).orElseThrow().timestamp();
    world.pass(Duration.ofSeconds(order.slot(0).deadline() - 8 - now));
  }

  @Test
  void whatIsFinishedWhenTimeIsUpIsDeliveredAndAnotherNodeDoesTheRest() throws Exception {
    theThirdTaskIsLong();
    DevnetConsumer alice = world.consumer("alice");
    Wei before = free(alice);
    TaskBuyer.Placed task =
        alice.order(Worlds.array(world, lines()).slots(1).open(Duration.ofHours(2)).build());
    OrderView taken = world.await(task.id(), o -> o.slot(0).state() == SlotState.ASSIGNED);
    DevnetNode first = awaitAt(taken, 2);
    assertLogsWhileItRuns(alice, first, task);
    first.node().agent().drain();

    passToDeadline(taken);
    OrderView parted =
        world.await(task.id(), o -> o.slots().size() == 2 && o.slot(1).nodeId() != 0);

    assertEquals(2, parted.slot(0).count());
    assertEquals(2, parted.slot(1).first());
    assertNotEquals(first.id(), parted.slot(1).nodeId());
    try (TaskWatch watch = alice.watch(new ArrayList<>())) {
      OrderView done = watch.await(task.id());
      TaskWatch.Collected collected = watch.collectArray(done);
      assertEquals(List.of(), collected.missing());
      assertEquals(List.of(0, 1, 2, 3), List.copyOf(collected.leaves().keySet()));
      collected
          .leaves()
          .values()
          .forEach(leaf -> assertEquals(Outcome.EXITED, leaf.outcome(), "task " + leaf.index()));
      Wei paid = Wei.ZERO;
      for (SlotView slot : done.slots()) {
        paid = paid.plus(Terms.payUp(slot.fuel(), slot.price()));
      }
      assertEquals(
          collected.leaves().values().stream().mapToLong(ResultLeaf::fuel).sum(),
          done.slots().stream().mapToLong(SlotView::fuel).sum(),
          "each task is paid once");
      assertEquals(before.minus(paid), free(alice));
      assertEquals(2, world.events(task.id(), LawEvent.Delivered.class).size());
      assertEquals(List.of(), world.events(task.id(), LawEvent.Missed.class));
    }
    first.restart();
  }

  /// Each task has output of its own, also while others of its slot run.
  private static void assertLogsWhileItRuns(
      DevnetConsumer owner, DevnetNode provider, TaskBuyer.Placed task) {
    String order = task.id().toString();
    DevnetConsumer.Ran whole = owner.hooke("task", "logs", order);
    assertEquals(ExitCode.USAGE.number(), whole.exit());
    assertTrue(whole.err().contains("--index 0 to --index 3"), whole.err());
    assertEquals(
        ExitCode.USAGE.number(), owner.hooke("task", "logs", order, "--index", "4").exit());
    DevnetConsumer.Ran finished = owner.hooke("task", "logs", order, "--index", "1", "--follow");
    assertEquals(0, finished.exit(), finished::err);
    assertTrue(finished.out().contains("303"), "primes below 2,000: " + finished.out());
    DevnetConsumer.Ran waiting = owner.hooke("task", "logs", order, "--index", "3");
    assertEquals(0, waiting.exit(), waiting::err);
    assertEquals("", waiting.out());

    String name = NodeClient.taskName(task.id(), 0);
    try (NodeClient client = provider.client(owner.wallet())) {
      assertEquals(
          "INVALID_ARGUMENT",
          assertThrows(RpcFailure.class, () -> client.logs(name, LogChunk.Stream.STDOUT, 0))
              .reason());
      for (int none : List.of(4, -1)) {
        assertEquals(
            "TASK_NOT_FOUND",
            assertThrows(
                    RpcFailure.class,
                    () -> client.logs(name, OptionalInt.of(none), LogChunk.Stream.STDOUT, 0))
                .reason());
      }
    }
  }

  /// Runs the array by the command line meanwhile.
  private static CompletableFuture<DevnetConsumer.Ran> running(
      DevnetConsumer consumer, Path lines, Path out) {
    return CompletableFuture.supplyAsync(() ->
        consumer.hooke(
            "task",
            "run",
            world.example("primes").toString(),
            "--array",
            lines.toString(),
            "--slots",
            "1",
            "--fuel",
            "20G",
            "--run-duration",
            "60m",
            "--out",
            out.toString()));
  }

  /// The newest order of a consumer, once it has so many.
  private static OrderView awaitOrder(DevnetConsumer consumer, int count)
      throws InterruptedException {
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    while (System.nanoTime() < until) {
      world.view().sync();
      List<OrderView> own = orders(consumer);
      if (own.size() == count) {
        return own.getFirst();
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError("there are not " + count + " orders within " + Devnet.PATIENCE);
  }

  private static List<OrderView> orders(DevnetConsumer consumer) {
    return world.view().market().orders().stream()
        .filter(order -> order.terms().consumer().equals(consumer.wallet().address()))
        .toList();
  }

  private static void assertComplete(DevnetConsumer.Ran ran, Path out) throws Exception {
    assertEquals(0, ran.exit(), ran::err);
    List<String> index = Files.readAllLines(out.resolve("results.jsonl"));
    assertEquals(LINES.size(), index.size());
    for (int task = 0; task < LINES.size(); task++) {
      assertTrue(index.get(task).contains("\"index\": " + task + ","), index.get(task));
      assertTrue(Files.isRegularFile(out.resolve(task + "/stdout")), "task " + task);
    }
  }

  @Test
  void whatCannotOpenAgainIsOrderedAgain() throws Exception {
    theThirdTaskIsLong();
    DevnetConsumer bob = world.consumer("bob");
    Wei before = free(bob);
    Path out = folder.resolve("bob-out");
    CompletableFuture<DevnetConsumer.Ran> running = running(bob, lines(), out);
    OrderView taken =
        world.await(awaitOrder(bob, 1).id(), o -> o.slot(0).state() == SlotState.ASSIGNED);
    awaitAt(taken, 2);

    // Bids were taken for five minutes only, so the rest closes with the delivery in part.
    passToDeadline(taken);
    DevnetConsumer.Ran ran = running.get(2, TimeUnit.MINUTES);

    assertComplete(ran, out);
    assertTrue(ran.err().contains("2 of 4 tasks have no result and are ordered again"), ran.err());
    world.view().sync();
    List<OrderView> orders = orders(bob);
    assertEquals(List.of(2, 4), orders.stream().map(order -> order.terms().tasks()).toList());
    Wei paid = Wei.ZERO;
    for (OrderView order : orders) {
      for (SlotView slot : order.slots()) {
        paid = paid.plus(slot.paid());
      }
    }
    assertEquals(before.minus(paid), free(bob));
  }

  @Test
  void tasksThatAProviderMissedAreOrderedAgainAndComeInTheThirdRound() throws Exception {
    DevnetConsumer carol = world.consumer("carol");
    world.nodes().forEach(node -> node.behave(Worlds.NO_SHOW));
    Path out = folder.resolve("carol-out");
    CompletableFuture<DevnetConsumer.Ran> running = running(carol, lines(), out);
    for (int round = 1; round < 3; round++) {
      misses(awaitOrder(carol, round));
    }
    awaitOrder(carol, 3);
    world.nodes().forEach(node -> node.behave(Behaviour.HONEST));
    assertComplete(running.get(2, TimeUnit.MINUTES), out);
  }

  @Test
  void threeRoundsAreAllThatAnArrayHas() throws Exception {
    DevnetConsumer dave = world.consumer("dave");
    world.nodes().forEach(node -> node.behave(Worlds.NO_SHOW));
    CompletableFuture<DevnetConsumer.Ran> running =
        running(dave, lines(), folder.resolve("dave-out"));
    for (int round = 1; round <= 3; round++) {
      misses(awaitOrder(dave, round));
    }
    DevnetConsumer.Ran ran = running.get(2, TimeUnit.MINUTES);
    assertEquals(ExitCode.MARKET_SAID_NO.number(), ran.exit(), ran::err);
    assertTrue(ran.err().contains("the array ended without a result"), ran.err());
    world.view().sync();
    assertEquals(3, orders(dave).size());
  }

  /// Its provider says nothing until the deadline has passed, and with it the time for bids. The
  /// operator finds the fault in his machine, and lets the spec be bid for again.
  private static void misses(OrderView order) throws InterruptedException {
    int taker =
        world.await(order.id(), o -> o.slot(0).state() == SlotState.ASSIGNED).slot(0).nodeId();
    world.pass(Duration.ofMinutes(61));
    OrderView closed = world.await(order.id(), OrderView::closed);
    assertEquals(SlotState.CLOSED, closed.slot(0).state());
    Declined declined =
        world.nodes().stream()
            .filter(node -> node.id() == taker)
            .findFirst()
            .orElseThrow()
            .node()
            .agent()
            .declined();
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    while (!declined.clear(order.terms().spec())) {
      assertTrue(System.nanoTime() < until, "what was missed is declined");
      Thread.sleep(20);
    }
  }
}
