package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hooke.chain.Wei;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.SlotState;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.devnet.testing.DevnetNode;
import hooke.node.market.OrderView;
import hooke.node.rpc.NodeClient;
import hooke.node.rpc.RpcFailure;
import hooke.node.task.TaskBuyer;
import hooke.node.task.TaskWatch;
import hooke.v1.Task;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A node as it runs in the world: a process of its own, which a power cut ends in the middle of a
/// task.
final class CrashTest {
  @TempDir private Path folder;

  private static Task awaitState(
      DevnetNode node, DevnetConsumer owner, String task, Task.State state)
      throws InterruptedException {
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    try (NodeClient client = node.client(owner.wallet())) {
      while (System.nanoTime() < until) {
        try {
          Task seen = client.task(task);
          if (seen.getState() == state) {
            return seen;
          }
        } catch (RpcFailure e) {
          if (!e.reason().equals("TASK_NOT_FOUND")) {
            throw e;
          }
        }
        Thread.sleep(Duration.ofMillis(50));
      }
    }
    throw new AssertionError(task + " is not " + state + " within " + Devnet.PATIENCE);
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
      awaitState(node, alice, name, Task.State.RUNNING);

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
}
