package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.contract.LawEvent;
import hooke.chain.contract.SlotState;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.devnet.testing.DevnetNode;
import hooke.node.market.OrderView;
import hooke.node.market.SlotView;
import hooke.node.task.TaskBuyer;
import hooke.node.task.TaskDraft;
import hooke.node.task.TaskWatch;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How many blocks a task needs when work takes no time: a block is mined as soon as everything
/// that belongs into it waits, so the count does not depend on the machine's speed. Nodes' clocks
/// stand still, so that no patience runs out.
final class SettlementBlocksTest {
  @TempDir private static Path folder;

  private static Devnet world;
  private static DevnetConsumer alice;

  @BeforeAll
  static void open() throws Exception {
    world =
        Devnet.in(folder.resolve("world"))
            .nodes(3)
            .clock(Clock.fixed(Instant.now(), ZoneOffset.UTC))
            .start();
    alice = world.consumer("alice");
    world.client().raw("evm_setIntervalMining", 0);
  }

  @AfterAll
  static void close() {
    world.close();
  }

  /// Buys while blocks are mined, each as soon as so many transactions wait for it.
  private static OrderView buy(TaskDraft draft, int... transactions) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<OrderView> bought =
          threads.submit(() -> {
            TaskBuyer.Placed task = alice.order(draft);
            try (TaskWatch watch = alice.watch(new ArrayList<>())) {
              return watch.await(task.id());
            }
          });
      for (int wanted : transactions) {
        awaitPending(wanted, bought);
        world.client().raw("evm_mine");
      }
      return bought.get(Devnet.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static void awaitPending(int wanted, Future<?> bought) throws Exception {
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    while (pending() < wanted) {
      if (bought.isDone()) {
        throw new AssertionError("it ended early: " + bought.get());
      }
      assertTrue(
          System.nanoTime() < until,
          () -> pending() + " transactions wait for block " + next() + ", not " + wanted);
      Thread.sleep(20);
    }
  }

  private static long next() {
    return world.client().latestNumber() + 1;
  }

  private static int pending() {
    String count = world.client().raw("eth_getBlockTransactionCountByNumber", "pending");
    return Integer.decode(count.replace("\"", ""));
  }

  private static void assertReceipted(OrderView order) {
    for (SlotView slot : order.slots()) {
      assertEquals(SlotState.RELEASED, slot.state(), "a receipt came in time: nothing is held");
    }
  }

  @Test
  void attendedTaskSettlesInTheSecondBlockAfterItsOrder() throws Exception {
    DevnetNode provider = world.nodes().get(1);
    TaskDraft draft =
        Worlds.wordcount(world, folder, "one two").allow(List.of(provider.operatorId())).build();
    OrderView done = buy(draft, 1, 1, 1);
    assertReceipted(done);
    assertEquals(done.block() + 2, done.changedBlock());
  }

  @Test
  void quorumSettlesInTheFourthBlockAfterItsOrder() throws Exception {
    TaskDraft draft =
        Worlds.wordcount(world, folder, "one two three").proof(Worlds.TWO_OF_THREE).build();
    OrderView done = buy(draft, 1, 0, 3, 3, 3);
    assertReceipted(done);
    assertEquals(done.block() + 4, done.changedBlock());
    for (LawEvent.Assigned each : world.events(done.id(), LawEvent.Assigned.class)) {
      assertEquals(done.block() + 2, each.at().block(), "the draw's seed is one block old");
    }
  }
}
