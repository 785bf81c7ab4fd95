package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hooke.chain.Wei;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Terms;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.devnet.testing.DevnetNode;
import hooke.node.market.OrderView;
import hooke.node.market.SlotView;
import hooke.node.rpc.NodeClient;
import hooke.node.rpc.RpcFailure;
import hooke.node.spec.ResultLeaf;
import hooke.node.task.TaskBuyer;
import hooke.node.task.TaskWatch;
import hooke.v1.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A node as it runs in the world: a process of its own, which a power cut ends in the middle of a
/// task.
final class CrashTest {
  @TempDir private Path folder;

  private static void awaitTask(
      DevnetNode node, DevnetConsumer owner, String task, Predicate<Task> wanted)
      throws InterruptedException {
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    try (NodeClient client = node.client(owner.wallet())) {
      while (System.nanoTime() < until) {
        try {
          if (wanted.test(client.task(task))) {
            return;
          }
        } catch (RpcFailure e) {
          if (!e.reason().equals("TASK_NOT_FOUND")) {
            throw e;
          }
        }
        Thread.sleep(Duration.ofMillis(50));
      }
    }
    throw new AssertionError(task + " is not as wanted within " + Devnet.PATIENCE);
  }

  @Test
  void aNodeKilledInTheMiddleOfATaskStartsAgainAndIsPaidOnce() throws Exception {
    try (Devnet world = Devnet.in(folder.resolve("world")).nodes(1).start()) {
      DevnetConsumer alice = world.consumer("alice");
      DevnetNode node = world.register();
      node.startProcess();
      Wei before = world.law().accountOf(alice.wallet().address()).free();
      TaskBuyer.Placed task =
          alice.order(Worlds.primes(world, 10_000_000).allow(List.of(node.operatorId())).build());
      String name = NodeClient.taskName(task.id(), 0);
      awaitTask(node, alice, name, seen -> seen.getState() == Task.State.RUNNING);

      node.kill();
      node.startProcess();

      try (TaskWatch watch = alice.watch(new ArrayList<>())) {
        OrderView done = watch.await(task.id());
        assertEquals(SlotState.RELEASED, done.slot(0).state());
        assertEquals(1, done.slot(0).attempt());
        assertEquals(done.resultRoot(), watch.collect(done).leaf().root());
        assertEquals(1, world.events(task.id(), LawEvent.Assigned.class).size());
        assertEquals(1, world.events(task.id(), LawEvent.Delivered.class).size());
        assertEquals(List.of(), world.events(task.id(), LawEvent.Missed.class));
        assertEquals(
            before.minus(done.slot(0).paid()),
            world.law().accountOf(alice.wallet().address()).free());
      }
    }
  }

  @Test
  void aNodeKilledInTheMiddleOfAnArrayGoesOnAtItsFirstUnfinishedTask() throws Exception {
    try (Devnet world = Devnet.in(folder.resolve("world")).nodes(1).start()) {
      DevnetConsumer alice = world.consumer("alice");
      DevnetNode node = world.register();
      node.startProcess();
      Wei before = world.law().accountOf(alice.wallet().address()).free();
      Path lines = folder.resolve("lines");
      Files.write(lines, List.of("1000", "2000", "10000000", "3000"));
      TaskBuyer.Placed task =
          alice.order(
              Worlds.array(world, lines).slots(1).allow(List.of(node.operatorId())).build());
      String name = NodeClient.taskName(task.id(), 0);
      awaitTask(node, alice, name, seen -> seen.getFinishedTasks() == 2);

      node.kill();
      node.startProcess();

      try (TaskWatch watch = alice.watch(new ArrayList<>())) {
        OrderView done = watch.await(task.id());
        SlotView slot = done.slot(0);
        TaskWatch.Collected collected = watch.collectArray(done);
        assertEquals(List.of(0, 1, 2, 3), List.copyOf(collected.leaves().keySet()));
        assertEquals(
            collected.leaves().values().stream().mapToLong(ResultLeaf::fuel).sum(), slot.fuel());
        assertEquals(1, slot.attempt());
        assertEquals(1, world.events(task.id(), LawEvent.Assigned.class).size());
        assertEquals(1, world.events(task.id(), LawEvent.Delivered.class).size());
        assertEquals(List.of(), world.events(task.id(), LawEvent.Missed.class));
        assertEquals(
            before.minus(Terms.payUp(slot.fuel(), slot.price())),
            world.law().accountOf(alice.wallet().address()).free());
      }
      assertEquals(
          1,
          Files.readAllLines(node.log()).stream()
              .filter(line -> line.contains("2 of 4 tasks were finished before; goes on at task 2"))
              .count());
    }
  }
}
