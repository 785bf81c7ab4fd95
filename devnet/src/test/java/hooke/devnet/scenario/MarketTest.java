package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Terms;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.devnet.testing.DevnetNode;
import hooke.node.cli.ExitCode;
import hooke.node.market.Behaviour;
import hooke.node.market.Job;
import hooke.node.market.OrderView;
import hooke.node.market.SlotView;
import hooke.node.spec.UnitPrice;
import hooke.node.task.TaskBuyer;
import hooke.node.task.TaskDraft;
import hooke.node.task.TaskWatch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the law does to those who keep their promises, and to those who do not. One world for all
/// claims; each orders for itself and no claim leaves a node changed.
final class MarketTest {
  private static final String TEXT = "to be or not to be\nthat is the question\n";

  @TempDir private static Path folder;

  private static Devnet world;
  private static DevnetConsumer alice;

  /// The one who may misbehave.
  private static DevnetNode third;

  @BeforeAll
  static void open() throws Exception {
    world = Devnet.in(folder.resolve("world")).nodes(3).start();
    alice = world.consumer("alice");
    third = world.nodes().get(2);
  }

  @AfterEach
  void everybodyIsHonestAgain() {
    third.behave(Behaviour.HONEST);
  }

  @AfterAll
  static void close() {
    world.close();
  }

  private static TaskDraft.Builder words(String text) throws Exception {
    return Worlds.wordcount(world, folder, text);
  }

  @Test
  void attendedTaskIsRunReceiptedAndPaidAtOnce() throws Exception {
    Wei before = world.law().accountOf(alice.wallet().address()).free();
    TaskBuyer.Placed task = alice.order(words(TEXT).build());
    try (TaskWatch watch = alice.watch(new ArrayList<>())) {
      OrderView done = watch.await(task.id());
      SlotView slot = done.slot(0);
      assertEquals(SlotState.RELEASED, slot.state());
      assertEquals(Wei.ZERO, slot.held(), "a receipt leaves nothing to hold");
      Wei paid = Terms.payUp(slot.fuel(), slot.price());
      assertEquals(paid, slot.paid());
      assertEquals(before.minus(paid), world.law().accountOf(alice.wallet().address()).free());
      TaskWatch.Fetched result = watch.collect(done);
      assertEquals(done.resultRoot(), result.leaf().root());
      String archive = Files.readString(result.archive());
      assertTrue(Pattern.compile(" 2 +10 +40 /in/book.txt").matcher(archive).find(), archive);
    }
  }

  @Test
  void anArrayIsSpreadOverSlotsAndItsResultsComeByIndex() throws Exception {
    Path lines = folder.resolve("codes");
    Files.write(lines, List.of("0", "3", "0", "0", "0"));
    Path out = folder.resolve("codes-out");
    DevnetConsumer.Ran ran =
        alice.hooke(
            "task",
            "run",
            world.example("exitcode").toString(),
            "--array",
            lines.toString(),
            "--slots",
            "3",
            "--fuel",
            "10M",
            "--out",
            out.toString());
    assertEquals(ExitCode.PROGRAM_FAILED.number(), ran.exit(), ran.err());
    assertTrue(ran.err().contains("4 of 5 tasks exited with 0, others did not: 1"), ran.err());
    List<String> index = Files.readAllLines(out.resolve("results.jsonl"));
    assertEquals(5, index.size());
    assertTrue(index.get(1).contains("\"exit_code\": 3"), index.get(1));
    for (int task = 0; task < 5; task++) {
      assertTrue(Files.isRegularFile(out.resolve(task + "/stdout")), "task " + task);
    }
  }

  @Test
  void silenceSettlesWithPayHeldUntilRetentionEnds() throws Exception {
    TaskBuyer.Placed task = alice.order(words(TEXT).build());
    world.await(task.id(), o -> o.slot(0).state() == SlotState.DELIVERED);
    world.pass(Duration.ofSeconds(task.terms().windowSeconds()));
    OrderView done = world.await(task.id(), Worlds::settled);
    assertFalse(done.slot(0).held().isZero(), "without a receipt a part is held");
    world.pass(Duration.ofSeconds(task.terms().retentionSeconds()));
    OrderView over = world.await(task.id(), o -> o.slot(0).state() == SlotState.RELEASED);
    assertTrue(over.slot(0).held().isZero(), "nothing is held for ever");
  }

  @Test
  void quorumOfThreeAgreesAndEachIsPaid() throws Exception {
    TaskBuyer.Placed task = alice.order(words(TEXT).proof(Worlds.TWO_OF_THREE).build());
    OrderView done = world.await(task.id(), Worlds::settled);
    Set<Integer> operators = new HashSet<>();
    Set<Bytes32> roots = new HashSet<>();
    for (SlotView slot : done.slots()) {
      operators.add(slot.operatorId());
      roots.add(slot.root());
    }
    assertEquals(3, operators.size(), "one slot each");
    assertEquals(1, roots.size(), "equal results");
  }

  @Test
  void liarIsOutvotedAndLosesItsBond() throws Exception {
    third.behave(Worlds.LIAR);
    Wei stake = world.law().operatorOf(third.operatorId()).stake();
    TaskBuyer.Placed task = alice.order(words(TEXT + "lie").proof(Worlds.TWO_OF_THREE).build());
    OrderView done = world.await(task.id(), OrderView::closed);
    for (SlotView slot : done.slots()) {
      assertEquals(
          slot.operatorId() == third.operatorId() ? SlotState.OUTVOTED : SlotState.SETTLED,
          slot.state());
    }
    assertEquals(
        stake.minus(task.terms().cap()), world.law().operatorOf(third.operatorId()).stake());
  }

  @Test
  void whoeverCommitsAndNeverRevealsLosesItsBondAndOthersArePaid() throws Exception {
    third.behave(Worlds.MUTE);
    TaskBuyer.Placed task = alice.order(words(TEXT + "mute").proof(Worlds.TWO_OF_THREE).build());
    world.await(
        task.id(),
        o -> o.slots().stream().filter(s -> s.state() == SlotState.REVEALED).count() == 2);
    world.pass(Duration.ofSeconds(task.terms().windowSeconds()));
    OrderView done = world.await(task.id(), OrderView::closed);
    for (SlotView slot : done.slots()) {
      assertEquals(
          slot.operatorId() == third.operatorId() ? SlotState.UNREVEALED : SlotState.SETTLED,
          slot.state());
    }
  }

  @Test
  void consumerMayCancelWhatNobodyTook() throws Exception {
    TaskBuyer.Placed task = alice.order(words(TEXT).maxPrice(new UnitPrice(1)).build());
    DevnetConsumer.Ran cancelled = alice.hooke("task", "cancel", task.id().toString());
    assertEquals(0, cancelled.exit(), cancelled::err);
    OrderView done = world.await(task.id(), OrderView::closed);
    assertEquals(SlotState.CLOSED, done.slot(0).state());
    assertEquals(task.terms().escrow(), done.refund());
  }

  @Test
  void noShowLosesItsBondAndTheSlotOpensAgain() throws Exception {
    third.behave(Worlds.NO_SHOW);
    Wei stake = world.law().operatorOf(third.operatorId()).stake();
    TaskBuyer.Placed task =
        alice.order(
            words(TEXT + "late")
                .allow(List.of(third.operatorId()))
                .open(Duration.ofMinutes(10))
                .build());
    world.await(task.id(), o -> o.slot(0).state() == SlotState.ASSIGNED);
    world.pass(Duration.ofSeconds(task.terms().runSeconds() + 10));
    world.await(task.id(), o -> o.slot(0).state() == SlotState.OPEN);
    assertEquals(1, world.events(task.id(), LawEvent.Missed.class).size());
    assertEquals(
        stake.minus(task.terms().cap()), world.law().operatorOf(third.operatorId()).stake());
    // It does not put a second bond at stake for the same order.
    third.behave(Behaviour.HONEST);
    DevnetConsumer.Ran ran = alice.hooke("task", "wait", task.id().toString());
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exit(), ran::err);
    assertTrue(ran.err().contains("slot 0 gave no result here"), ran.err());
  }

  @Test
  void whoCannotRunWhatItTookGivesItBackAtOnceForLittleAndTheOrderIsNotLeftToWait()
      throws Exception {
    third.behave(Worlds.UNABLE);
    Wei stake = world.law().operatorOf(third.operatorId()).stake();
    TaskBuyer.Placed task =
        alice.order(
            words(TEXT + "back")
                .allow(List.of(third.operatorId()))
                .run(Duration.ofMinutes(10))
                .open(Duration.ofMinutes(10))
                .build());
    DevnetConsumer.Ran ran = alice.hooke("task", "wait", task.id().toString());
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exit(), ran::err);
    assertTrue(
        ran.err().contains("slot 0 gave no result here: this machine could not run it"), ran.err());
    OrderView done = world.await(task.id(), OrderView::closed);
    assertEquals(task.terms().escrow(), done.refund());
    assertEquals(1, world.events(task.id(), LawEvent.Assigned.class).size(), "never again");
    Wei burned = world.events(task.id(), LawEvent.GivenUp.class).getFirst().bond();
    assertTrue(burned.times(8).compareTo(task.terms().cap()) < 0, burned + " of the bond");
    assertEquals(stake.minus(burned), world.law().operatorOf(third.operatorId()).stake());
    assertEquals(Wei.ZERO, world.law().operatorOf(third.operatorId()).bonded());
  }

  @Test
  void aQuorumGoesOnWithoutTheOneThatGaveItsSlotBack() throws Exception {
    third.behave(Worlds.UNABLE);
    TaskBuyer.Placed task =
        alice.order(
            words(TEXT + "quorum").proof(Worlds.TWO_OF_THREE).open(Duration.ofMinutes(10)).build());
    // Two of three operators are left, who have one slot each: a quorum.
    world.await(task.id(), o -> !world.events(o.id(), LawEvent.GivenUp.class).isEmpty());
    world.await(
        task.id(),
        o -> o.slots().stream().filter(s -> s.state() == SlotState.COMMITTED).count() == 2);
    // The third slot is nobody's now, and a quorum does not need it.
    assertEquals(0, alice.hooke("task", "cancel", task.id().toString()).exit());
    OrderView done = world.await(task.id(), OrderView::closed);
    assertEquals(
        2,
        done.slots().stream()
            .filter(s -> s.state() == SlotState.SETTLED || s.state() == SlotState.RELEASED)
            .count());
  }

  @Test
  void whatIsOverIsClosedByWhoeverMeetsIt() throws Exception {
    TaskBuyer.Placed forgotten =
        alice.order(words(TEXT + "forgotten").maxPrice(new UnitPrice(1)).build());
    world.pass(Duration.ofSeconds(forgotten.terms().openSeconds() + 300));
    OrderView closed = world.await(forgotten.id(), OrderView::closed);
    assertEquals(forgotten.terms().escrow(), closed.refund(), "by a provider, in its turn");
    TaskBuyer.Placed another =
        alice.order(words(TEXT + "again").maxPrice(new UnitPrice(1)).build());
    world.pass(Duration.ofSeconds(another.terms().openSeconds() + 61));
    DevnetConsumer.Ran listed = alice.hooke("task", "list");
    assertEquals(0, listed.exit(), listed::err);
    assertTrue(world.await(another.id(), OrderView::closed).closed());
  }

  @Test
  void nodeThatStopsWhileRunningStartsAgainAndDeliversOnce() throws Exception {
    TaskBuyer.Placed task =
        alice.order(Worlds.primes(world, 10_000_000).allow(List.of(third.operatorId())).build());
    third.awaitJob(task.id(), job -> job.phase() == Job.Phase.RUNNING);
    third.restart();
    world.await(task.id(), o -> o.slot(0).state() == SlotState.DELIVERED);
    assertEquals(1, world.events(task.id(), LawEvent.Assigned.class).size());
    assertEquals(1, world.events(task.id(), LawEvent.Delivered.class).size());
  }
}
