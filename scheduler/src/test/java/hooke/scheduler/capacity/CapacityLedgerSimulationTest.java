package hooke.scheduler.capacity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.scheduler.model.Band;
import hooke.scheduler.model.Capacity;
import hooke.scheduler.model.Resources;
import hooke.scheduler.model.TaskKey;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Random lives of a ledger; the numbered invariants of [CapacityLedger] are checked at every step
/// by counting, without the classes under test.
class CapacityLedgerSimulationTest {

  private static final Capacity CAPACITY = new Capacity(new Resources(4_000, 8_000, 5_000), 5);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void neverOverCommitsAndKeepsEveryDeadline(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    CapacityLedger ledger = CapacityLedger.empty(CAPACITY, 1);
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    Set<Long> fences = new HashSet<>();
    int finished = 0;
    for (int step = 0; step < 1_500; step++) {
      String world = "seed " + seed + ", step " + step;
      // Time passes, but no further than the next thing that has to happen.
      now = now.plusMillis(Math.min(random.nextInt(3_000), slack(ledger, now)));
      ledger = endDueRuns(ledger, now);
      ledger = startDueWork(ledger, now, world);
      List<Reservation> all = ledger.reservations();
      if (all.isEmpty() || random.nextInt(3) == 0) {
        Instant finishBy = now.plusSeconds(random.nextInt(5, 120));
        Change change =
            ledger.reserve(claim(random, step), now, now, finishBy, now.plusSeconds(60));
        if (change instanceof Change.Applied(var after, var added)) {
          assertTrue(fences.add(added.fence()), world);
          // The answer is known at once here: what is late by the chain's fault is another test.
          ledger = random.nextInt(4) == 0 ? lost(after, added, world) : won(after, added, now);
        }
      } else {
        Reservation any = all.get(random.nextInt(all.size()));
        if (ledger.start(any.key(), any.fence() + 1, now) instanceof Change.Applied) {
          throw new AssertionError(world + ": a foreign fence started " + any);
        }
        if (any.isRunning()) {
          ledger = released(ledger, any);
          finished++;
        } else if (ledger.start(any.key(), any.fence(), now)
            instanceof Change.Applied(var after, var running)) {
          ledger = after;
          assertTrue(running.isRunning(), world);
        }
      }
      check(ledger, now, world);
      assertEquals(List.of(), ledger.scheduleAt(now).late(), world);
    }
    assertTrue(finished > 50, "seed " + seed + " finished only " + finished);
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void neverOverCommitsWhateverTheOrderOfEvents(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    CapacityLedger ledger = CapacityLedger.empty(CAPACITY, 1);
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    for (int step = 0; step < 1_500; step++) {
      String world = "seed " + seed + ", step " + step;
      now = now.plusNanos(random.nextLong(10_000_000_000L));
      List<Reservation> all = ledger.reservations();
      Claim claim = claim(random, step);
      TaskKey key = all.isEmpty() ? claim.key() : all.get(random.nextInt(all.size())).key();
      long fence = ledger.find(key).map(Reservation::fence).orElse(1L) - random.nextInt(8) / 7;
      Instant finishBy = now.plusSeconds(random.nextInt(200));
      Change change =
          switch (random.nextInt(7)) {
            case 0, 1 ->
                ledger.reserve(claim, now, now.plusSeconds(2), finishBy, now.plusSeconds(30));
            case 2 -> ledger.adopt(claim, finishBy, now);
            case 3 -> ledger.commit(key, fence, finishBy, now);
            case 4, 5 -> ledger.start(key, fence, now);
            default -> ledger.release(key, fence);
          };
      if (change instanceof Change.Applied(var after, var reservation)) {
        ledger = after;
      }
      if (random.nextInt(10) == 0) {
        ledger = ledger.expire(now).ledger();
      }
      check(ledger, now, world);
    }
  }

  private static Claim claim(SplittableRandom random, int step) {
    Duration worst = Duration.ofMillis(random.nextInt(100, 30_000));
    return new Claim(
        new TaskKey("order" + step, random.nextInt(3)),
        "consumer" + random.nextInt(3),
        Band.NORMAL,
        new Resources(random.nextInt(1, 4_001), random.nextInt(8_001), random.nextInt(1_000)),
        worst,
        worst.dividedBy(2),
        BigInteger.ONE,
        Optional.empty(),
        Optional.empty(),
        0);
  }

  private static long slack(CapacityLedger ledger, Instant now) {
    long slack = Long.MAX_VALUE;
    for (Reservation each : ledger.scheduleAt(now).reservations()) {
      Instant due = each.isRunning() ? each.window().end() : each.window().start();
      slack = Math.min(slack, Math.max(0, Duration.between(now, due).toMillis()));
    }
    return slack;
  }

  private static CapacityLedger endDueRuns(CapacityLedger ledger, Instant now) {
    CapacityLedger current = ledger;
    for (Reservation each : ledger.reservations()) {
      if (each.isRunning() && !each.window().end().isAfter(now)) {
        current = released(current, each);
      }
    }
    return current;
  }

  private static CapacityLedger startDueWork(CapacityLedger ledger, Instant now, String world) {
    CapacityLedger current = ledger;
    for (Reservation each : ledger.scheduleAt(now).reservations()) {
      if (!each.isRunning() && !each.window().start().isAfter(now)) {
        Change change = current.start(each.key(), each.fence(), now);
        if (change instanceof Change.Applied(var after, var running)) {
          current = after;
        } else {
          throw new AssertionError(world + ": due work does not start: " + change);
        }
      }
    }
    return current;
  }

  private static CapacityLedger won(CapacityLedger ledger, Reservation bid, Instant now) {
    Change change = ledger.commit(bid.key(), bid.fence(), bid.hold().finishBy(), now);
    return ((Change.Applied) change).ledger();
  }

  private static CapacityLedger lost(CapacityLedger ledger, Reservation bid, String world) {
    CapacityLedger after = released(ledger, bid);
    assertTrue(after.find(bid.key()).isEmpty(), world);
    return after;
  }

  private static CapacityLedger released(CapacityLedger ledger, Reservation reservation) {
    Change change = ledger.release(reservation.key(), reservation.fence());
    return ((Change.Applied) change).ledger();
  }

  private static void check(CapacityLedger ledger, Instant now, String world) {
    List<Reservation> all = ledger.scheduleAt(now).reservations();
    Resources total = CAPACITY.total();
    long disk = all.stream().mapToLong(r -> r.claim().resources().diskBytes()).sum();
    assertTrue(disk <= total.diskBytes(), world);
    for (Reservation at : all) {
      Instant time = at.window().start();
      long cpu = 0;
      long memory = 0;
      int workers = 0;
      for (Reservation each : all) {
        Window window = each.window();
        if (!window.start().isAfter(time) && window.end().isAfter(time)) {
          cpu += each.claim().resources().cpuMillis();
          memory += each.claim().resources().memoryBytes();
          workers++;
        }
      }
      assertTrue(
          cpu <= total.cpuMillis()
              && memory <= total.memoryBytes()
              && workers <= CAPACITY.workers(),
          world + ": over-committed at " + time + ": " + ledger);
    }
    Set<Long> fences = new HashSet<>();
    assertTrue(all.stream().allMatch(r -> fences.add(r.fence())), world);
    assertTrue(fences.stream().allMatch(f -> f < ledger.nextFence()), world);
  }
}
