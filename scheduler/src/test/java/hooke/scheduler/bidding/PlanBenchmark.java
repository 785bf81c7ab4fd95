package hooke.scheduler.bidding;

import hooke.scheduler.model.TaskRequest;
import java.util.List;
import java.util.SplittableRandom;

/// Decisions per second of one node facing 10,000 open orders. A plain main, not a test: run it
/// from an IDE or with the test class path.
final class PlanBenchmark {

  private static final int ORDERS = 10_000;

  private PlanBenchmark() {}

  public static void main(String[] args) {
    List<TaskRequest> open = Worlds.orders(new SplittableRandom(1), ORDERS);
    NodeState node = Worlds.node(1);
    for (int round = 0; round < 30; round++) {
      long begun = System.nanoTime();
      BidPlan plan = BidPlanner.plan(node, open, Worlds.T);
      double seconds = (System.nanoTime() - begun) / 1e9;
      System.out.printf(
          "%,d orders judged, %d bids, %.1f ms, %,.0f decisions/s%n",
          ORDERS, plan.bids().size(), seconds * 1e3, ORDERS / seconds);
    }
  }
}
