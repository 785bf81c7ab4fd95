package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Wei;
import hooke.chain.contract.ChallengeState;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.SlotState;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.devnet.testing.DevnetNode;
import hooke.node.market.Behaviour;
import hooke.node.market.OrderView;
import hooke.node.spec.ResultLeaf;
import hooke.node.task.Proof;
import hooke.node.task.TaskBuyer;
import hooke.node.task.TaskDraft;
import hooke.node.task.TaskWatch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// OPTIMISTIC orders: what is right is paid when nobody objects, what is wrong is rerun by another
/// node, challenged, judged by a jury of three and lost.
final class OptimisticTest {
  /// Whoever sells, two of them watch, so one is left to watch; three are left for the jury.
  private static final int NODES = 5;

  @TempDir private static Path folder;

  private static Devnet world;
  private static DevnetConsumer alice;

  @BeforeAll
  static void open() throws Exception {
    world = Devnet.in(folder.resolve("world")).nodes(NODES).watchers(2).start();
    alice = world.consumer("alice");
  }

  @AfterEach
  void everybodyIsHonestAgain() {
    world.nodes().forEach(node -> node.behave(Behaviour.HONEST));
  }

  @AfterAll
  static void close() {
    world.close();
  }

  /// Whoever first runs such a task, which is its provider, reports something else; jurors, who run
  /// it later, do not.
  private static void theFirstLies(Predicate<ResultLeaf> about) {
    AtomicBoolean lied = new AtomicBoolean();
    Behaviour behaviour =
        new Behaviour() {
          @Override
          public ResultLeaf report(ResultLeaf truth) {
            return about.test(truth) && lied.compareAndSet(false, true)
                ? Worlds.LIAR.report(truth)
                : truth;
          }
        };
    world.nodes().forEach(node -> node.behave(behaviour));
  }

  /// Time passes until everybody is drawn: chance decides who is at first.
  private static void aJuryIsDrawn(TaskBuyer.Placed task) throws InterruptedException {
    world.await(
        task.id(), o -> o.challenges().values().stream().anyMatch(each -> each.jury() != null));
    world.pass(Duration.ofMinutes(2));
  }

  private static TaskDraft.Builder optimistic() throws Exception {
    return Worlds.brief(world.example("exitcode"))
        .args(List.of("7"))
        .window(Duration.ofMinutes(2))
        .proof(Proof.OPTIMISTIC);
  }

  @Test
  void whatNobodyChallengesIsPaidWhenTheWindowIsOver() throws Exception {
    TaskBuyer.Placed task =
        alice.order(Worlds.wordcount(world, folder, "all is well").proof(Proof.OPTIMISTIC).build());
    List<String> said = new ArrayList<>();
    world.await(task.id(), o -> o.slot(0).state() == SlotState.DELIVERED);
    world.pass(Duration.ofSeconds(task.terms().windowSeconds()));
    OrderView settled = world.await(task.id(), Worlds::settled);
    assertFalse(settled.slot(0).held().isZero(), "nobody has signed a receipt");
    try (TaskWatch watch = alice.watch(said)) {
      watch.collect(watch.await(task.id()));
    }
    OrderView over = world.await(task.id(), o -> o.slot(0).state() == SlotState.RELEASED);
    assertTrue(over.slot(0).held().isZero(), "the receipt released what was held");
    assertTrue(over.challenges().isEmpty());
  }

  @Test
  void aWrongResultIsChallengedAndItsProviderLosesPayAndBond() throws Exception {
    Wei before = world.law().accountOf(alice.wallet().address()).free();
    Map<Integer, Wei> stakes = new HashMap<>();
    for (DevnetNode node : world.nodes()) {
      stakes.put(node.operatorId(), world.law().operatorOf(node.operatorId()).stake());
    }
    theFirstLies(leaf -> true);
    TaskBuyer.Placed task = alice.order(optimistic().build());

    aJuryIsDrawn(task);
    OrderView over = world.await(task.id(), OrderView::closed);

    assertEquals(SlotState.DISPROVED, over.slot(0).state());
    assertEquals(ChallengeState.UPHELD, Objects.requireNonNull(over.challenges().get(0)).state());
    int liar = over.slot(0).operatorId();
    assertEquals(
        Objects.requireNonNull(stakes.get(liar)).minus(task.terms().bond(1)),
        world.law().operatorOf(liar).stake());
    assertEquals(
        before,
        world.law().accountOf(alice.wallet().address()).free(),
        "all of the escrow is back");
    LawEvent.ChallengeUpheld upheld =
        world.events(task.id(), LawEvent.ChallengeUpheld.class).getFirst();
    assertFalse(upheld.paid().isZero(), "the jury was paid");
    assertEquals(upheld.paid(), upheld.repaid(), "by the one who lied");
  }

  @Test
  void oneWrongTaskOfAnArrayLosesItsSlotAndNoOther() throws Exception {
    Path lines = folder.resolve("lines");
    Files.write(lines, List.of("0", "1", "2", "3"));
    theFirstLies(leaf -> leaf.index() == 1);
    TaskBuyer.Placed task = alice.order(optimistic().args(List.of()).array(lines).slots(2).build());

    aJuryIsDrawn(task);
    OrderView over = world.await(task.id(), o -> o.slot(0).state() == SlotState.DISPROVED);

    assertEquals(List.of(1), List.copyOf(over.challenges().keySet()), "only what is wrong");
    world.await(task.id(), o -> o.slot(1).root() != null);
    world.pass(Duration.ofSeconds(task.terms().windowSeconds()));
    OrderView done = world.await(task.id(), OrderView::closed);
    SlotState other = done.slot(1).state();
    assertTrue(other == SlotState.SETTLED || other == SlotState.RELEASED, other.name());
    try (TaskWatch watch = alice.watch(new ArrayList<>())) {
      TaskWatch.Collected collected = watch.collectArray(done);
      assertEquals(List.of(2, 3), List.copyOf(collected.leaves().keySet()));
      assertEquals(1, collected.missing().size(), collected.missing().toString());
    }
  }
}
