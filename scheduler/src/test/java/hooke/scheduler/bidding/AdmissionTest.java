package hooke.scheduler.bidding;

import static hooke.scheduler.bidding.Worlds.GIB;
import static hooke.scheduler.bidding.Worlds.T;
import static hooke.scheduler.bidding.Worlds.TOKEN;
import static hooke.scheduler.bidding.Worlds.node;
import static hooke.scheduler.bidding.Worlds.task;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.scheduler.model.Limits;
import hooke.scheduler.model.NodePolicy;
import hooke.scheduler.model.Pace;
import hooke.scheduler.model.PriceRamp;
import hooke.scheduler.model.Resources;
import hooke.scheduler.model.TaskKey;
import hooke.scheduler.model.TaskRequest;
import hooke.scheduler.model.Verification;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AdmissionTest {

  private static Decision decide(TaskRequest.Builder task) {
    return Admission.at(node(1), T).decide(task.build());
  }

  private static List<String> codes(Decision decision) {
    return assertInstanceOf(Decision.Decline.class, decision).reasons().stream()
        .map(Reason::code)
        .toList();
  }

  @Test
  void aGoodOrderGetsABidAtThePriceItAcceptsNow() {
    Decision.Bid bid = assertInstanceOf(Decision.Bid.class, decide(task("a")));
    assertEquals(100_000_000, bid.price());
    assertTrue(bid.floor() > bid.cost());
    assertEquals(T.plusSeconds(2), bid.window().start());
    assertEquals(T.plusSeconds(12), bid.window().end());
    assertEquals(T.plusSeconds(117), bid.finishBy());
  }

  @Test
  void aSlowProgramNeedsMoreTime() {
    Decision.Bid bid =
        assertInstanceOf(
            Decision.Bid.class, decide(task("a").pace(new Pace(Duration.ofSeconds(30), 2))));
    assertEquals(T.plusSeconds(2 + 30 + 20), bid.window().end());
    assertEquals(Duration.ofSeconds(50), bid.claim().worstRun(), "room is kept for all of it");
    assertEquals(
        List.of("DEADLINE_UNREACHABLE"),
        codes(decide(task("a").pace(new Pace(Duration.ofSeconds(30), 9)))));
  }

  @Test
  void eachObstacleHasItsReason() {
    Resources needs = new Resources(1_000, GIB, GIB);
    assertEquals(List.of("NOT_ON_ALLOW_LIST"), codes(decide(task("a").allow(8))));
    assertInstanceOf(Decision.Bid.class, decide(task("a").allow(8).allow(7)));
    assertEquals(List.of("UNKNOWN_PROFILE"), codes(decide(task("a").profile("wasm-det/2"))));
    assertEquals(
        List.of("UNSUPPORTED_VERIFICATION"),
        codes(decide(task("a").mode(Verification.OPTIMISTIC))));
    assertEquals(List.of("INPUT_TOO_LARGE"), codes(decide(task("a").transfer(GIB + 1, 0))));
    BigInteger eleven = TOKEN.multiply(BigInteger.valueOf(11));
    assertEquals(List.of("STAKE_TOO_LOW"), codes(decide(task("a").minStake(eleven))));
    assertEquals(
        List.of("BOND_TOO_LARGE"),
        codes(decide(task("a").bond(TOKEN.multiply(BigInteger.valueOf(6))))));
    assertEquals(List.of("BOND_TOO_LARGE", "BOND_NOT_FREE"), codes(decide(task("a").bond(eleven))));
    assertEquals(
        List.of("BIDDING_OVER"),
        codes(decide(task("a").timing(T.minusSeconds(9), Duration.ofSeconds(9), MINUTE))));
    assertEquals(
        List.of("DEADLINE_UNREACHABLE"),
        codes(decide(task("a").timing(T, MINUTE, Duration.ofSeconds(14)))));
    assertEquals(
        List.of("NEVER_FITS"),
        codes(decide(task("a", new Resources(4_001, 1, 1), PriceRamp.flat(1)))));
    assertEquals(List.of("PRICE_BELOW_FLOOR"), codes(decide(task("a", needs, PriceRamp.flat(1)))));
    assertEquals(
        List.of("RAMP_TOO_SLOW"),
        codes(decide(task("a", needs, new PriceRamp(0, 100_000_000, Duration.ofHours(9))))));
  }

  @Test
  void withoutASandboxOnlyItsOwnProgramsAreTaken() {
    Admission own = Admission.at(node(1, Optional.of(Set.of("operator"))), T);
    assertEquals(List.of("NO_SANDBOX"), codes(own.decide(task("a").build())));
    Admission consumers = Admission.at(node(1, Optional.of(Set.of("operator", "consumer"))), T);
    assertInstanceOf(Decision.Bid.class, consumers.decide(task("a").build()));
  }

  /// With bounds of 20 %, 30 % and 40 % of ten tokens, and this at risk already.
  private static Admission wary(AtRisk atRisk, long storeFree) {
    NodeState usual = node(1);
    NodePolicy policy = usual.policy();
    Limits limits = policy.limits();
    return Admission.at(
        new NodeState(
            new NodePolicy(
                policy.operatorId(),
                policy.nodeId(),
                policy.profiles(),
                policy.modes(),
                policy.onlyFor(),
                policy.speed(),
                policy.tariff(),
                new Limits(
                    limits.maxRun(),
                    limits.maxInputBytes(),
                    limits.maxBondShareBps(),
                    2_000,
                    3_000,
                    4_000,
                    limits.maxWaiting(),
                    limits.maxBidsPerPlan()),
                policy.delays()),
            usual.ledger(),
            usual.account(),
            false,
            Set.of(),
            Map.of(),
            storeFree,
            atRisk),
        T);
  }

  private static BigInteger tokens(long count) {
    return TOKEN.multiply(BigInteger.valueOf(count));
  }

  @Test
  void whatMayBeLostIsBoundedByConsumerByProgramAndInAll() {
    TaskRequest one = task("a").bond(TOKEN).program("p").build();
    assertInstanceOf(Decision.Bid.class, wary(AtRisk.NOTHING, GIB).decide(one));
    // To the last wei, and not beyond it.
    BigInteger over = tokens(1).add(BigInteger.ONE);
    assertInstanceOf(
        Decision.Bid.class,
        wary(new AtRisk(tokens(3), Map.of(one.consumer(), tokens(1)), Map.of("p", tokens(2))), GIB)
            .decide(one));
    for (AtRisk risk :
        List.of(
            new AtRisk(over, Map.of(one.consumer(), over), Map.of()),
            new AtRisk(tokens(2), Map.of(), Map.of("p", tokens(2).add(BigInteger.ONE))),
            new AtRisk(tokens(3).add(BigInteger.ONE), Map.of(), Map.of()))) {
      assertEquals(List.of("STAKE_AT_RISK"), codes(wary(risk, GIB).decide(one)), risk.toString());
    }
    assertInstanceOf(
        Decision.Bid.class,
        wary(new AtRisk(tokens(2), Map.of("another", tokens(2)), Map.of("q", tokens(2))), GIB)
            .decide(one),
        "what others' programs have at risk is no matter of this one");
  }

  @Test
  void bidsThatHaveNoAnswerYetAreAtRisk() {
    Admission none = wary(AtRisk.NOTHING, 3 * GIB);
    List<TaskRequest> tasks =
        List.of(
            task("a").bond(TOKEN).build(),
            task("b").bond(TOKEN).build(),
            task("c").bond(TOKEN).build());
    tasks.forEach(each -> assertInstanceOf(Decision.Bid.class, none.decide(each)));
    BidPlan plan = BidPlanner.plan(none.state(), tasks, T);
    assertEquals(2, plan.bids().size(), "of one consumer, for two tokens in ten");
    assertEquals(List.of("STAKE_AT_RISK"), codes(plan.others().values().iterator().next()));
  }

  @Test
  void noBidWithoutRoomForTheResult() {
    Resources needs = new Resources(1_000, 1, GIB);
    PriceRamp price = PriceRamp.flat(100_000_000);
    TaskRequest unknown = task("a", needs, price).build();
    assertInstanceOf(Decision.Bid.class, wary(AtRisk.NOTHING, GIB).decide(unknown));
    assertEquals(List.of("STORE_FULL"), codes(wary(AtRisk.NOTHING, GIB - 1).decide(unknown)));
    // What its inputs take is here already, and laid out for as long as it runs.
    TaskRequest known = task("a", needs, price).transfer(GIB / 4, GIB / 4).build();
    assertInstanceOf(Decision.Bid.class, wary(AtRisk.NOTHING, GIB / 2).decide(known));
    assertEquals(List.of("STORE_FULL"), codes(wary(AtRisk.NOTHING, GIB / 2 - 1).decide(known)));
  }

  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void whatTheNodeHoldsMatters() {
    NodeState busy =
        new NodeState(
            node(1).policy(),
            node(1).ledger(),
            node(1).account(),
            true,
            Set.of("mine"),
            Map.of("c/key", "other"),
            Long.MAX_VALUE,
            AtRisk.NOTHING);
    Admission admission = Admission.at(busy, T);
    assertEquals(
        List.of("DRAINING", "ALREADY_TAKEN"),
        codes(admission.decide(task("mine").mode(Verification.QUORUM).build())));
    assertEquals(
        List.of("DRAINING", "EXCLUSIVE_KEY_HELD"),
        codes(admission.decide(task("a").exclusiveKey("c/key").build())));
    assertEquals(
        List.of("DRAINING"), codes(admission.decide(task("other").exclusiveKey("c/key").build())));
  }

  @Test
  void aFullNodeSaysWhatIsMissingAndWhenThereWillBeRoom() {
    Resources big = new Resources(1_000, 5 * GIB, 0);
    PriceRamp price = PriceRamp.flat(100_000_000);
    BidPlan plan = BidPlanner.plan(node(1), List.of(task("a", big, price).build()), T);
    Admission admission = Admission.at(node(1).with(plan.ledger()), T.plusSeconds(3));
    TaskRequest next = task("b", big, price).timing(T, MINUTE, Duration.ofSeconds(20)).build();
    Decision.Decline decline = assertInstanceOf(Decision.Decline.class, admission.decide(next));
    assertEquals(
        List.of(
            "needs 5 GiB memory, 3 GiB free; the earliest room is from 2026-01-01T00:00:13Z to"
                + " 2026-01-01T00:00:23Z, but the run must end by 2026-01-01T00:00:20Z"),
        Explanation.of(decline).reasons());
    assertFalse(decline.isFinal());
  }

  @Test
  void aRisingPriceIsWaitedForToTheSecond() {
    Resources needs = new Resources(1_000, GIB, GIB);
    TaskRequest rising =
        task("a", needs, new PriceRamp(0, 100_000_000, Duration.ofSeconds(50))).build();
    Decision.Wait wait =
        assertInstanceOf(Decision.Wait.class, Admission.at(node(1), T).decide(rising));
    Instant until = wait.until();
    assertInstanceOf(Decision.Bid.class, Admission.at(node(1), until).decide(rising));
    assertInstanceOf(
        Decision.Wait.class, Admission.at(node(1), until.minusMillis(1)).decide(rising));
  }

  /// Six slots, of one order unless each has its own, at a node for four tasks, which leaves
  /// further slots that would wait to others for twenty seconds.
  private static BidPlan planOfSix(Duration open, Instant now, String... orders) {
    List<TaskRequest> slots = new ArrayList<>();
    for (int slot = 0; slot < 6; slot++) {
      slots.add(
          TaskRequest.builder(
                  new TaskKey(orders.length == 0 ? "a" : orders[slot], slot),
                  "consumer",
                  new Resources(1_000, GIB, GIB),
                  1_000_000_000,
                  PriceRamp.flat(100_000_000))
              .timing(T, open, Duration.ofMinutes(2))
              .profile("wasm-det/1")
              .build());
    }
    return BidPlanner.plan(node(1, Optional.empty(), Duration.ofSeconds(20)), slots, now);
  }

  @Test
  void whatWouldHaveToWaitIsLeftToOthersForAWhile() {
    BidPlan plan = planOfSix(Duration.ofMinutes(1), T);
    assertEquals(4, plan.bids().size(), "what can start at once");
    assertEquals(2, plan.others().size());
    for (Decision other : plan.others().values()) {
      Decision.Wait wait = assertInstanceOf(Decision.Wait.class, other);
      assertEquals(List.of("LEFT_TO_OTHERS"), wait.reasons().stream().map(Reason::code).toList());
      assertEquals(T.plusSeconds(20), wait.until());
      assertEquals(100_000_000, wait.price());
    }
    assertEquals(Optional.of(T.plusSeconds(20)), plan.lookAgainAt());
    assertEquals(6, planOfSix(Duration.ofMinutes(1), T.plusSeconds(20)).bids().size());
  }

  @Test
  void ordersOfOneSlotEachAreQueuedAtOnce() {
    BidPlan plan = planOfSix(Duration.ofMinutes(1), T, "a", "b", "c", "d", "e", "f");
    assertEquals(6, plan.bids().size(), "or workers would idle between runs");
  }

  @Test
  void othersGetAtMostHalfOfTheTimeForBids() {
    BidPlan plan = planOfSix(Duration.ofSeconds(10), T);
    assertEquals(Optional.of(T.plusSeconds(5)), plan.lookAgainAt());
    assertEquals(6, planOfSix(Duration.ofSeconds(10), T.plusSeconds(5)).bids().size());
    assertEquals(6, planOfSix(Duration.ofSeconds(1), T.plusMillis(500)).bids().size());
  }

  @Test
  void theDrawIsWaitedForButNotBeyondTheOrder() {
    TaskRequest.Builder quorum = task("a").mode(Verification.QUORUM);
    Decision.Wait wait =
        assertInstanceOf(Decision.Wait.class, decide(quorum.eligibleFrom(T.plusSeconds(24))));
    assertEquals(T.plusSeconds(24), wait.until());
    assertEquals(
        List.of("NOT_DRAWN_YET", "BIDDING_OVER"), codes(decide(quorum.eligibleFrom(Instant.MAX))));
  }

  @Test
  void theMostExtremeOrderIsDeclinedInWords() {
    TaskRequest extreme =
        TaskRequest.builder(
                new TaskKey("a", Integer.MAX_VALUE),
                "c",
                new Resources(Resources.MAX, Resources.MAX, Resources.MAX),
                Long.MAX_VALUE,
                new PriceRamp(0, Long.MAX_VALUE, Duration.ofSeconds(0xFFFF_FFFFL)))
            .timing(
                Instant.parse("9999-01-01T00:00:00Z"),
                Duration.ofSeconds(0xFFFF_FFFFL),
                Duration.ofSeconds(0xFFFF_FFFFL))
            .transfer(Resources.MAX, Resources.MAX)
            .build();
    Decision decision = Admission.at(node(1), T).decide(extreme);
    assertTrue(codes(decision).containsAll(List.of("NEVER_FITS", "DEADLINE_UNREACHABLE")));
    Explanation words = Explanation.of(decision);
    assertEquals("will not bid", words.verdict());
    TaskRequest slow =
        TaskRequest.builder(
                new TaskKey("b", 0),
                "c",
                new Resources(1, 0, 0),
                Long.MAX_VALUE,
                PriceRamp.flat(Long.MAX_VALUE))
            .build();
    assertTrue(codes(Admission.at(node(1), T).decide(slow)).contains("DEADLINE_UNREACHABLE"));
  }

  @Test
  void aQuoteListsEveryNodeWithItsReasons() {
    TreeMap<String, Decision> answers = new TreeMap<>();
    answers.put("node-1", decide(task("a").allow(8)));
    answers.put("node-2", decide(task("a")));
    String text = Explanation.ofAll(answers);
    assertTrue(
        text.startsWith(
            "node-1: will not bid\n  - operator 7 is not on the order's allow list [8]\n"
                + "node-2: would bid 0.0000001 HKE/Gfuel (its floor is "),
        text);
  }
}
