package hooke.scheduler.queue;

import hooke.scheduler.capacity.CapacityLedger;
import hooke.scheduler.capacity.Change;
import hooke.scheduler.capacity.Hold;
import hooke.scheduler.capacity.Refusal;
import hooke.scheduler.capacity.Reservation;
import hooke.scheduler.model.Capacity;
import hooke.scheduler.model.Resources;
import hooke.scheduler.model.TaskKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Picks the accepted work that starts next. There is no queue beside the ledger: what is committed
/// and does not run, waits.
///
/// Deadlines come first and are not this class's business: [CapacityLedger#start] refuses whatever
/// could make other accepted work late. Among what may start, the order is:
///
/// 1. whoever has waited for [FairShare#maxWait], the oldest first: nobody starves;
/// 2. the higher band;
/// 3. the consumer with the smaller dominant share of the running node, divided by its weight, less
///    what waiting has earned (Ghodsi et al., "Dominant Resource Fairness", NSDI 2011);
/// 4. the shorter typical run, the earlier acceptance, the smaller key.
///
/// Work that cannot start is passed by smaller work behind it (backfill), within the deadlines.
public final class RunQueue {

  private static final long PPM_PER_AGING_STEP = 10_000;

  private RunQueue() {}

  /// What to start as of `now`.
  public static RunPlan next(CapacityLedger ledger, FairShare fairShare, Instant now) {
    SortedMap<TaskKey, Refusal> waiting = new TreeMap<>();
    List<Entry> queue = new ArrayList<>();
    Map<String, Usage> usage = new HashMap<>();
    for (Reservation each : ledger.reservations()) {
      switch (each.hold()) {
        case Hold.Tentative bid -> waiting.put(each.key(), new Refusal.NotAssigned());
        case Hold.Committed committed -> queue.add(new Entry(each, committed.acceptedAt()));
        case Hold.Running run -> use(usage, each);
      }
    }

    CapacityLedger current = ledger;
    List<Reservation> starts = new ArrayList<>();
    while (!queue.isEmpty()) {
      Entry first = Collections.min(queue, order(usage, current.capacity(), fairShare, now));
      queue.remove(first);
      Reservation wanted = first.reservation();
      switch (current.start(wanted.key(), wanted.fence(), now)) {
        case Change.Applied(var after, var running) -> {
          current = after;
          starts.add(running);
          use(usage, running);
        }
        case Change.Refused(var refusal) -> waiting.put(wanted.key(), refusal);
        case Change.Stale stale ->
            throw new IllegalStateException("a ledger does not know its own fence: " + stale);
      }
    }
    return new RunPlan(
        List.copyOf(starts),
        Collections.unmodifiableSortedMap(waiting),
        current.scheduleAt(now).late(),
        current);
  }

  private static void use(Map<String, Usage> usage, Reservation running) {
    usage.merge(running.claim().consumer(), new Usage(running.claim().resources(), 1), Usage::plus);
  }

  private static Comparator<Entry> order(
      Map<String, Usage> usage, Capacity capacity, FairShare fairShare, Instant now) {
    Comparator<Entry> starving =
        Comparator.comparing(
            e -> waited(e, now).compareTo(fairShare.maxWait()) >= 0 ? e.acceptedAt() : Instant.MAX);
    return starving
        .thenComparing(e -> e.reservation().claim().band())
        .thenComparingLong(e -> share(e, usage, capacity, fairShare, now))
        .thenComparing(e -> e.reservation().claim().typicalRun())
        .thenComparing(Entry::acceptedAt)
        .thenComparing(e -> e.reservation().key());
  }

  private static long share(
      Entry entry, Map<String, Usage> usage, Capacity capacity, FairShare fairShare, Instant now) {
    String consumer = entry.reservation().claim().consumer();
    Usage used = usage.getOrDefault(consumer, Usage.NONE);
    long aged =
        waited(entry, now).toMillis() * PPM_PER_AGING_STEP / fairShare.agingStep().toMillis();
    return used.dominantPpm(capacity) / fairShare.weightOf(consumer) - aged;
  }

  /// Bounded, so that a clock that jumps cannot overflow anything.
  private static Duration waited(Entry entry, Instant now) {
    Duration waited = Duration.between(entry.acceptedAt(), now);
    Duration most = Duration.ofDays(365);
    return waited.isNegative() ? Duration.ZERO : waited.compareTo(most) > 0 ? most : waited;
  }

  private record Entry(Reservation reservation, Instant acceptedAt) {}

  private record Usage(Resources resources, int workers) {

    static final Usage NONE = new Usage(Resources.ZERO, 0);

    Usage plus(Usage other) {
      return new Usage(resources.plus(other.resources), workers + other.workers);
    }

    long dominantPpm(Capacity capacity) {
      return workers == 0 ? 0 : capacity.dominantPpm(resources, workers);
    }
  }
}
