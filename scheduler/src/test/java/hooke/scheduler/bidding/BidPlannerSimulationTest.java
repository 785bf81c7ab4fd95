package hooke.scheduler.bidding;

import static hooke.scheduler.bidding.Worlds.T;
import static hooke.scheduler.bidding.Worlds.node;
import static hooke.scheduler.bidding.Worlds.task;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.scheduler.model.PriceRamp;
import hooke.scheduler.model.Resources;
import hooke.scheduler.model.TaskRequest;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BidPlannerSimulationTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void plansDependOnNothingButTheirArguments(long seed) {
    List<TaskRequest> open = Worlds.orders(new SplittableRandom(seed), 400);
    BidPlan plan = BidPlanner.plan(node(1), open, T);
    List<TaskRequest> shuffled = new ArrayList<>(open);
    Collections.shuffle(shuffled, new Random(seed));
    BidPlan again = BidPlanner.plan(node(1), shuffled, T);
    assertEquals(plan.bids(), again.bids(), "seed " + seed);
    assertEquals(plan.others(), again.others(), "seed " + seed);
    assertEquals(plan.lookAgainAt(), again.lookAgainAt(), "seed " + seed);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void everyOrderIsAnsweredOnceAndEveryBidIsSound(long seed) {
    List<TaskRequest> open = Worlds.orders(new SplittableRandom(seed), 400);
    NodeState node = node(1);
    BidPlan plan = BidPlanner.plan(node, open, T);
    String world = "seed " + seed;
    assertEquals(open.size(), plan.bids().size() + plan.others().size(), world);
    assertTrue(!plan.bids().isEmpty() && plan.bids().size() <= 8, world);
    assertEquals(plan.bids().size(), plan.ledger().reservations().size(), world);
    assertEquals(List.of(), plan.ledger().scheduleAt(T).late(), world);
    for (BidPlan.Planned each : plan.bids()) {
      assertTrue(!plan.others().containsKey(each.key()), world);
      assertTrue(each.bid().price() >= each.bid().floor(), world);
      assertTrue(each.bid().floor() >= each.bid().cost(), world);
    }
    assertTrue(plan.ledger().pendingBonds().compareTo(node.account().stake()) <= 0, world);
  }

  @Test
  void bidsStayWithinTheFreeStake() {
    BigInteger four = Worlds.TOKEN.multiply(BigInteger.valueOf(4));
    List<TaskRequest> open =
        List.of(
            task("a").bond(four).build(),
            task("b").bond(four).build(),
            task("c").bond(four).build());
    BidPlan plan = BidPlanner.plan(node(1), open, T);
    assertEquals(2, plan.bids().size());
    Decision.Decline left = (Decision.Decline) plan.others().values().iterator().next();
    assertEquals(
        "the bond is 4 HKE, 2 HKE of the stake is free", left.reasons().getFirst().sentence());
  }

  @Test
  void oneExclusiveKeyGetsOneBid() {
    List<TaskRequest> open =
        List.of(task("a").exclusiveKey("c/k").build(), task("b").exclusiveKey("c/k").build());
    assertEquals(1, BidPlanner.plan(node(1), open, T).bids().size());
  }

  @Test
  void theBetterPaidOrderComesFirst() {
    Resources needs = new Resources(1_000, Worlds.GIB, Worlds.GIB);
    TaskRequest fair = task("fair", needs, PriceRamp.flat(20_000_000)).build();
    TaskRequest good = task("good", needs, PriceRamp.flat(40_000_000)).build();
    for (long nodeId = 0; nodeId < 20; nodeId++) {
      BidPlan plan = BidPlanner.plan(node(nodeId), List.of(fair, good), T);
      assertEquals(List.of("good", "fair"), keys(plan));
    }
  }

  @Test
  void equalNodesDoNotChaseTheSameOrders() {
    List<TaskRequest> open = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      open.add(task("order" + i).build());
    }
    List<String> one = keys(BidPlanner.plan(node(1), open, T));
    List<String> two = keys(BidPlanner.plan(node(2), open, T));
    assertEquals(8, one.size());
    assertNotEquals(one, two);
    List<String> common = new ArrayList<>(one);
    common.retainAll(two);
    assertTrue(common.size() < 4, "both bid for " + common);
  }

  private static List<String> keys(BidPlan plan) {
    return plan.bids().stream().map(p -> p.key().order()).toList();
  }
}
