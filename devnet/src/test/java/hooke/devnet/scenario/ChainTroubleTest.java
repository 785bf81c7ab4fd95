package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Wei;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.SlotState;
import hooke.chain.testing.AnvilChain;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.devnet.testing.DevnetNode;
import hooke.node.market.Job;
import hooke.node.market.OrderView;
import hooke.node.rpc.NodeClient;
import hooke.node.spec.SlotResult;
import hooke.node.task.TaskBuyer;
import hooke.node.task.TaskWatch;
import hooke.v1.Node.State;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A chain that takes back what it said, or says nothing for a while.
final class ChainTroubleTest {
  private static final Duration BLOCK = Duration.ofSeconds(1);
  private static final int SOME_SECONDS = 6_000_000;

  @TempDir private static Path folder;

  private static Devnet world;
  private static DevnetConsumer alice;
  private static DevnetNode node;

  @BeforeAll
  static void open() throws Exception {
    Assumptions.assumeTrue(
        AnvilChain.executable(Path.of("..", "contracts")).isPresent(),
        "npm has no Anvil for this platform: reorganisations are not tried");
    world = Devnet.in(folder.resolve("world")).nodes(2).anvil().relayed().blockTime(BLOCK).start();
    alice = world.consumer("alice");
    node = world.nodes().get(1);
  }

  @AfterEach
  void allIsWellAgain() {
    world.relay().mend();
    world.mineEvery(BLOCK);
  }

  @AfterAll
  static void close() {
    if (world != null) {
      world.close();
    }
  }

  private static TaskBuyer.Placed order(long below) throws Exception {
    return order(alice, below);
  }

  private static TaskBuyer.Placed order(DevnetConsumer consumer, long below) throws Exception {
    return consumer.order(Worlds.primes(world, below).allow(List.of(node.operatorId())).build());
  }

  private static void takeBack(long block) {
    world.mineEvery(Duration.ZERO);
    world.takeBack(block);
    world.mineEvery(BLOCK);
  }

  @Test
  void whatAReorganisationTakesBackComesBackAndIsRunAndPaidOnce() throws Exception {
    DevnetConsumer bob = world.consumer("bob");
    Wei before = world.law().accountOf(bob.wallet().address()).free();
    TaskBuyer.Placed task = order(bob, SOME_SECONDS);
    Job running = node.awaitJob(task.id(), job -> job.phase() == Job.Phase.RUNNING);
    LawEvent.Assigned assigned = world.events(task.id(), LawEvent.Assigned.class).getFirst();
    assertTrue(assigned.at().block() > task.block());

    takeBack(assigned.at().block());
    Job done = node.awaitJob(task.id(), job -> job.phase() == Job.Phase.DONE);
    assertEquals(running.startedAt(), done.startedAt(), "the run went on");
    world.await(task.id(), o -> o.slot(0).state() == SlotState.DELIVERED);
    List<LawEvent.Assigned> again = world.events(task.id(), LawEvent.Assigned.class);
    assertEquals(1, again.size());
    assertTrue(again.getFirst().at().block() > assigned.at().block(), "in another block");

    LawEvent.Delivered delivered = world.events(task.id(), LawEvent.Delivered.class).getFirst();
    takeBack(delivered.at().block());
    try (TaskWatch watch = bob.watch(new ArrayList<>())) {
      OrderView settled = watch.await(task.id());
      assertEquals(SlotState.RELEASED, settled.slot(0).state());
      assertEquals(1, world.events(task.id(), LawEvent.Delivered.class).size());
      assertEquals(1, world.events(task.id(), LawEvent.Settled.class).size());
      assertEquals(
          before.minus(settled.slot(0).paid()),
          world.law().accountOf(bob.wallet().address()).free());
    }
  }

  @Test
  void anOrderThatIsTakenBackKeepsNoRoom() throws Exception {
    TaskBuyer.Placed gone = order(SOME_SECONDS);
    node.awaitJob(gone.id(), job -> job.phase() == Job.Phase.RUNNING);
    takeBack(gone.block());
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    long seen = 0;
    while (!node.node().agent().ledger().reservations().isEmpty()) {
      assertTrue(System.nanoTime() < until, node::toString);
      seen = node.node().agent().awaitChange(seen, BLOCK);
    }
    TaskBuyer.Placed next = order(1_000);
    world.await(next.id(), o -> o.slot(0).state() == SlotState.DELIVERED);
  }

  @Test
  void aChainThatIsAwayForAWhileCostsTimeAndNoWork() throws Exception {
    TaskBuyer.Placed task = order(SOME_SECONDS);
    node.awaitJob(task.id(), job -> job.phase() == Job.Phase.RUNNING);
    world.relay().cut();
    SlotResult done =
        Objects.requireNonNull(
            node.awaitJob(task.id(), job -> job.phase() == Job.Phase.DONE).result());
    try (NodeClient client = node.client(alice.wallet())) {
      assertEquals(State.ACTIVE, client.node(Duration.ofSeconds(10)).getState());
      assertEquals(
          done.fuel(),
          client.task(NodeClient.taskName(task.id(), 0)).getResult().getFuel(),
          "the node's own API needs no chain");
    }
    world.relay().mend();
    OrderView delivered = world.await(task.id(), o -> o.slot(0).state() == SlotState.DELIVERED);
    assertEquals(done.root(), delivered.slot(0).root());
    assertEquals(1, delivered.slot(0).attempt());
  }
}
