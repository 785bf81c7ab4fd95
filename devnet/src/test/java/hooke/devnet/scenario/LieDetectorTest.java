package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.SlotState;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.devnet.testing.DevnetNode;
import hooke.node.config.NodeConfig.WasmEngine;
import hooke.node.market.OrderView;
import hooke.node.market.SlotView;
import hooke.node.task.TaskBuyer;
import hooke.node.task.TaskDraft;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A quorum over different engines: what they agree on is paid, and an engine that computes wrongly
/// is a liar, whatever its operator believes.
final class LieDetectorTest {
  @TempDir private static Path folder;

  private static Devnet world;
  private static DevnetConsumer alice;

  @BeforeAll
  static void open() throws Exception {
    world =
        Devnet.in(folder.resolve("world"))
            .nodes(3)
            .workers(1)
            .engines(WasmEngine.ENDIVE, WasmEngine.V8, WasmEngine.V8)
            .start();
    alice = world.consumer("alice");
  }

  @AfterAll
  static void close() {
    world.close();
  }

  /// With time for a machine that has much else to do: nothing here waits for a deadline.
  private static TaskDraft.Builder unhurried(TaskDraft.Builder draft) {
    return draft
        .proof(Worlds.TWO_OF_THREE)
        .open(Duration.ofMinutes(20))
        .run(Duration.ofMinutes(10))
        .window(Duration.ofMinutes(10));
  }

  /// A node reads, checks and compiles each new program before it bids, in processes started for
  /// that: on a busy machine this takes longer than anything else that tests wait for.
  private static OrderView await(Bytes32 order, Predicate<OrderView> wanted) throws Exception {
    long until = System.nanoTime() + Duration.ofMinutes(5).toNanos();
    while (System.nanoTime() < until) {
      try {
        return world.await(order, wanted);
      } catch (AssertionError e) {
        // Not within the world's own patience.
      }
    }
    return world.await(order, wanted);
  }

  private static TaskDraft.Builder example(String name, String... args) {
    return unhurried(Worlds.brief(world.example(name)).args(List.of(args)));
  }

  @Test
  void enginesAgreeOnRealProgramsAndAllArePaid() throws Exception {
    List<TaskDraft> drafts = new ArrayList<>();
    drafts.add(
        unhurried(Worlds.wordcount(world, folder, "to be or not to be\n".repeat(500))).build());
    drafts.add(example("mandelbrot").build());
    drafts.add(example("sha256sum").build());
    for (String how : List.of("recurse", "nan", "escape")) {
      drafts.add(example("exitcode", how).build());
    }
    drafts.add(example("exitcode", "files", "20").build());
    drafts.add(example("exitcode", "spin").fuel(5_000_000).build());
    for (TaskDraft draft : drafts) {
      OrderView done = await(alice.order(draft).id(), Worlds::settled);
      Set<Bytes32> roots = new HashSet<>();
      for (SlotView slot : done.slots()) {
        roots.add(slot.root());
        assertFalse(slot.paid().isZero(), () -> "paid nothing: " + slot);
      }
      assertEquals(3, done.slots().size());
      assertEquals(1, roots.size(), () -> "the engines disagree: " + done);
    }
  }

  @Test
  void anEngineThatSubtractsWhereItShouldAddIsOutvotedAndSlashed() throws Exception {
    DevnetNode third = world.nodes().get(2);
    Path program = Miscompiled.program(folder.resolve("sum.wasm"));
    TaskDraft draft = unhurried(Worlds.brief(program)).build();
    OrderView before = await(alice.order(draft).id(), Worlds::settled);
    assertEquals(1, before.slots().stream().map(SlotView::root).distinct().count());
    Wei stake = world.law().operatorOf(third.operatorId()).stake();
    Miscompiled.on(third.node().config());
    TaskBuyer.Placed task = alice.order(draft);
    OrderView done = await(task.id(), OrderView::closed);
    for (SlotView slot : done.slots()) {
      assertEquals(
          slot.operatorId() == third.operatorId() ? SlotState.OUTVOTED : SlotState.SETTLED,
          slot.state());
    }
    assertEquals(
        stake.minus(task.terms().cap()), world.law().operatorOf(third.operatorId()).stake());
  }
}
