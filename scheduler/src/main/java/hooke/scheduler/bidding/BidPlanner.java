package hooke.scheduler.bidding;

import hooke.scheduler.capacity.CapacityLedger;
import hooke.scheduler.capacity.Change;
import hooke.scheduler.capacity.Claim;
import hooke.scheduler.model.Capacity;
import hooke.scheduler.model.TaskKey;
import hooke.scheduler.model.TaskRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Chooses among many open slots that compete for one node: greedy by value density.
///
/// Value is what the bid earns above cost; density is value for each second of the largest share
/// that the task takes of any resource. Greedy by density is the usual answer to a knapsack with
/// small items; an exact one would buy a few per cent for a search without a bound.
///
/// Densities are compared in bands a fifth apart. Inside a band the order follows a hash of node
/// and slot: were it the exact density, or the slot's name, then all equal nodes would chase the
/// same slot in the same block, and all but one would pay gas for a lost bid.
///
/// Doubles only rank here. What a price is, and what fits, is decided in exact numbers.
public final class BidPlanner {

  private static final double LOG_OF_BAND = StrictMath.log(1.2);

  private BidPlanner() {}

  /// The plan for the `open` slots as of `now`; the order of `open` does not matter. A slot listed
  /// twice is judged once.
  public static BidPlan plan(NodeState state, Collection<TaskRequest> open, Instant now) {
    Admission admission = Admission.at(state, now);
    SortedMap<TaskKey, Decision> others = new TreeMap<>();
    List<Candidate> candidates = new ArrayList<>();
    Capacity capacity = state.ledger().capacity();
    long nodeId = state.policy().nodeId();
    for (TaskRequest task : distinct(open)) {
      switch (admission.decide(task)) {
        case Decision.Bid bid ->
            candidates.add(
                new Candidate(
                    task, band(density(task, bid, state, capacity)), spread(nodeId, task.key())));
        case Decision.Wait wait -> others.put(task.key(), wait);
        case Decision.Decline decline -> others.put(task.key(), decline);
      }
    }
    Collections.sort(candidates);

    int limit = state.policy().limits().maxBidsPerPlan();
    CapacityLedger ledger = state.ledger();
    List<BidPlan.Planned> bids = new ArrayList<>();
    for (Candidate each : candidates) {
      TaskKey key = each.task().key();
      if (bids.size() >= limit) {
        Reason spent = new Reason.BidsSpent(limit);
        others.put(key, new Decision.Decline(List.of(spent), Optional.empty()));
        continue;
      }
      Decision decision = admission.decide(each.task());
      if (!(decision instanceof Decision.Bid bid)) {
        others.put(key, decision);
        continue;
      }
      Change change =
          ledger.reserve(bid.claim(), now, bid.notBefore(), bid.finishBy(), bid.expiresAt());
      switch (change) {
        case Change.Applied(var after, var reservation) -> {
          bids.add(new BidPlan.Planned(bid, reservation));
          ledger = after;
          admission = Admission.at(state.with(ledger), now);
        }
        case Change.Refused(var refusal) ->
            others.put(
                key, new Decision.Decline(List.of(new Reason.NoRoom(refusal)), Optional.empty()));
        case Change.Stale stale ->
            throw new IllegalStateException("a reservation needs no fence: " + stale);
      }
    }
    return new BidPlan(
        List.copyOf(bids),
        Collections.unmodifiableSortedMap(others),
        ledger,
        firstWait(others.values()));
  }

  private static Collection<TaskRequest> distinct(Collection<TaskRequest> open) {
    SortedMap<TaskKey, TaskRequest> byKey = new TreeMap<>();
    for (TaskRequest each : open) {
      byKey.putIfAbsent(each.key(), each);
    }
    return byKey.values();
  }

  private static Optional<Instant> firstWait(Collection<Decision> decisions) {
    return decisions.stream()
        .filter(Decision.Wait.class::isInstance)
        .map(d -> ((Decision.Wait) d).until())
        .min(Comparator.naturalOrder());
  }

  /// Token-wei above cost for each second of the whole node; zero or more.
  private static double density(
      TaskRequest task, Decision.Bid bid, NodeState state, Capacity capacity) {
    Claim claim = bid.claim();
    double fuel = state.policy().tariff().expectedFuelDown(task.fuelLimit());
    double profit = Math.max(0, bid.price() - bid.cost()) * fuel / TaskRequest.FUEL_UNIT;
    double share = capacity.dominantPpm(claim.resources(), 1) / 1e6;
    return profit / (share * claim.typicalRun().toMillis() / 1e3);
  }

  private static int band(double density) {
    return density <= 0
        ? Integer.MIN_VALUE
        : (int) StrictMath.floor(StrictMath.log(density) / LOG_OF_BAND);
  }

  /// A number that is spread evenly over slots and differs from node to node.
  private static long spread(long nodeId, TaskKey key) {
    long hash = mix(nodeId + 0x9E3779B97F4A7C15L);
    for (int i = 0; i < key.order().length(); i++) {
      hash = (hash ^ key.order().charAt(i)) * 0x100000001B3L;
    }
    return mix(hash ^ ((long) key.slot() << 32));
  }

  /// The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private record Candidate(TaskRequest task, int band, long spread)
      implements Comparable<Candidate> {

    private static final Comparator<Candidate> BEST_FIRST =
        Comparator.comparingInt(Candidate::band)
            .reversed()
            .thenComparingLong(Candidate::spread)
            .thenComparing(c -> c.task().key());

    @Override
    public int compareTo(Candidate other) {
      return BEST_FIRST.compare(this, other);
    }
  }
}
