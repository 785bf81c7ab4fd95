package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Verification;
import hooke.chain.tx.Transactions;
import hooke.node.Node;
import hooke.node.market.Behaviour;
import hooke.node.market.Job;
import hooke.node.market.OrderView;
import hooke.node.market.SlotView;
import hooke.node.spec.ResultLeaf;
import hooke.storage.BlobId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One market for all claims; each claim orders for itself and no claim leaves a node changed.
final class NodesMarketTest {
  private static final String TEXT = "to be or not to be\nthat is the question\n";

  @TempDir static Path home;

  private static NodesMarket market;
  private static Node third;

  /// What the third node does; honest unless a claim says otherwise.
  private static volatile Behaviour thirdBehaves = Behaviour.HONEST;

  private static final Behaviour THIRD =
      new Behaviour() {
        @Override
        public ResultLeaf report(ResultLeaf truth) {
          return thirdBehaves.report(truth);
        }

        @Override
        public boolean delivers(Bytes32 order) {
          return thirdBehaves.delivers(order);
        }

        @Override
        public boolean reveals(Bytes32 order) {
          return thirdBehaves.reveals(order);
        }
      };

  @BeforeAll
  static void open() throws Exception {
    market = new NodesMarket(home, Duration.ofMillis(300));
    market.join(Behaviour.HONEST);
    market.join(Behaviour.HONEST);
    third = market.join(THIRD);
    market.tick();
  }

  @AfterAll
  static void close() {
    market.close();
  }

  private static boolean settled(OrderView order) {
    return order.slots().stream()
        .allMatch(s -> s.state() == SlotState.SETTLED || s.state() == SlotState.RELEASED);
  }

  @Test
  void attendedTaskIsRunReceiptedAndPaidAtOnce() throws Exception {
    Terms terms = market.terms(market.wordcount(TEXT), Verification.ATTENDED, 1, 1);
    Wei before = market.law.accountOf(market.consumer.address()).free();
    Bytes32 id = market.order(terms);
    OrderView assigned = market.await(id, o -> o.slot(0).nodeId() != 0);
    Node node = market.node(assigned.slot(0).nodeId());
    ResultLeaf leaf;
    try (AutoCloseable _ = node.agent().attach(id, 0)) {
      leaf = market.receipt(id, 0, node);
    }
    OrderView done = market.await(id, o -> o.slot(0).state() == SlotState.RELEASED);
    assertEquals(leaf.root(), done.resultRoot());
    assertEquals(Wei.ZERO, done.slot(0).held(), "a receipt leaves nothing to hold");
    Wei paid = Terms.payUp(done.slot(0).fuel(), done.slot(0).price());
    assertEquals(paid, done.slot(0).paid());
    assertEquals(before.minus(paid), market.law.accountOf(market.consumer.address()).free());
    BlobId archive = leaf.archive();
    try (var content = node.blobs().read(archive, 0).orElseThrow()) {
      byte[] bytes = content.readAllBytes();
      assertEquals(archive, BlobId.of(bytes));
      assertTrue(new String(bytes, StandardCharsets.UTF_8).contains("stdout"));
    }
  }

  @Test
  void silenceSettlesWithPayHeldUntilRetentionEnds() throws Exception {
    Terms terms = market.terms(market.wordcount(TEXT), Verification.ATTENDED, 1, 1);
    Bytes32 id = market.order(terms);
    market.await(id, o -> o.slot(0).state() == SlotState.DELIVERED);
    market.pass(terms.windowSeconds());
    OrderView done = market.await(id, NodesMarketTest::settled);
    assertFalse(done.slot(0).held().isZero(), "without a receipt a part is held");
  }

  @Test
  void quorumOfThreeAgreesAndEachIsPaid() throws Exception {
    Terms terms = market.terms(market.wordcount(TEXT), Verification.QUORUM, 2, 3);
    Bytes32 id = market.order(terms);
    OrderView done = market.await(id, NodesMarketTest::settled);
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
    thirdBehaves =
        new Behaviour() {
          @Override
          public ResultLeaf report(ResultLeaf truth) {
            return new ResultLeaf(
                truth.index(),
                truth.outcome(),
                truth.exitCode() + 1,
                truth.fuel(),
                truth.size(),
                truth.archive());
          }
        };
    try {
      int liar = third.agent().self().orElseThrow().operatorId();
      Wei stake = market.law.operatorOf(liar).stake();
      Terms terms = market.terms(market.wordcount(TEXT + "lie"), Verification.QUORUM, 2, 3);
      Bytes32 id = market.order(terms);
      OrderView done = market.await(id, OrderView::closed);
      for (SlotView slot : done.slots()) {
        assertEquals(
            slot.operatorId() == liar ? SlotState.OUTVOTED : SlotState.SETTLED, slot.state());
      }
      assertEquals(stake.minus(terms.cap()), market.law.operatorOf(liar).stake());
    } finally {
      thirdBehaves = Behaviour.HONEST;
    }
  }

  @Test
  void whoeverCommitsAndNeverRevealsLosesItsBondAndOthersArePaid() throws Exception {
    thirdBehaves =
        new Behaviour() {
          @Override
          public boolean reveals(Bytes32 order) {
            return false;
          }
        };
    try {
      int mute = third.agent().self().orElseThrow().operatorId();
      Terms terms = market.terms(market.wordcount(TEXT + "mute"), Verification.QUORUM, 2, 3);
      Bytes32 id = market.order(terms);
      market.await(
          id, o -> o.slots().stream().filter(s -> s.state() == SlotState.REVEALED).count() == 2);
      market.pass(terms.windowSeconds());
      OrderView done = market.await(id, OrderView::closed);
      for (SlotView slot : done.slots()) {
        assertEquals(
            slot.operatorId() == mute ? SlotState.UNREVEALED : SlotState.SETTLED, slot.state());
      }
    } finally {
      thirdBehaves = Behaviour.HONEST;
    }
  }

  @Test
  void consumerMayCancelWhatNobodyTook() throws Exception {
    Terms cheap = market.terms(market.wordcount(TEXT), Verification.ATTENDED, 1, 1);
    Terms terms =
        new Terms(
            cheap.consumer(),
            cheap.nonce(),
            cheap.spec(),
            1,
            1_000,
            256,
            64,
            1,
            1,
            0,
            cheap.fuelLimit(),
            120,
            60,
            10,
            60,
            Wei.ZERO,
            Bytes32.ZERO,
            Bytes32.ZERO,
            Verification.ATTENDED,
            1,
            1,
            1,
            2);
    Bytes32 id = market.order(terms);
    market.await(id, o -> true);
    new Transactions(market.client).send(market.law.cancel(terms), market.consumer);
    OrderView done = market.await(id, OrderView::closed);
    assertEquals(SlotState.CLOSED, done.slot(0).state());
  }

  @Test
  void noShowLosesItsBondAndTheSlotOpensAgain() throws Exception {
    thirdBehaves =
        new Behaviour() {
          @Override
          public boolean delivers(Bytes32 order) {
            return false;
          }
        };
    try {
      int operator = third.agent().self().orElseThrow().operatorId();
      Wei stake = market.law.operatorOf(operator).stake();
      Terms terms =
          market.only(
              market.terms(market.wordcount(TEXT + "late"), Verification.ATTENDED, 1, 1),
              operator,
              1_000_000_000,
              60);
      Bytes32 id = market.order(terms);
      market.await(third, id, o -> o.slot(0).state() == SlotState.ASSIGNED);
      market.pass(70);
      market.await(id, o -> market.count(id, LawEvent.Missed.class) == 1);
      assertEquals(stake.minus(terms.cap()), market.law.operatorOf(operator).stake());
      thirdBehaves = Behaviour.HONEST;
      OrderView again = market.await(id, o -> o.slot(0).state() == SlotState.DELIVERED);
      assertEquals(2, again.slot(0).attempt());
    } finally {
      thirdBehaves = Behaviour.HONEST;
    }
  }

  @Test
  void nodeThatStopsWhileRunningStartsAgainAndDeliversOnce() throws Exception {
    int operator = third.agent().self().orElseThrow().operatorId();
    Terms terms =
        market.only(
            market.terms(market.primes(10_000_000), Verification.ATTENDED, 1, 1),
            operator,
            20_000_000_000L,
            600);
    Bytes32 id = market.order(terms);
    market.awaitJob(third, id, job -> job.phase() == Job.Phase.RUNNING);
    third = market.restart(third, THIRD);
    market.await(third, id, o -> o.slot(0).state() == SlotState.DELIVERED);
    assertEquals(1, market.count(id, LawEvent.Assigned.class));
    assertEquals(1, market.count(id, LawEvent.Delivered.class));
  }
}
