package hooke.scheduler.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import hooke.scheduler.capacity.CapacityLedger;
import hooke.scheduler.capacity.Change;
import hooke.scheduler.capacity.Claim;
import hooke.scheduler.capacity.Refusal;
import hooke.scheduler.model.Band;
import hooke.scheduler.model.Capacity;
import hooke.scheduler.model.Resources;
import hooke.scheduler.model.TaskKey;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunQueueTest {

  private static final Instant T = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant FAR = T.plusSeconds(100_000);

  private static CapacityLedger cores(int cores) {
    return CapacityLedger.empty(
        new Capacity(new Resources(1_000L * cores, 1_000, 1_000), cores), 1);
  }

  private static CapacityLedger owe(
      CapacityLedger ledger, String order, String consumer, Band band, long cpu, long seconds) {
    Duration run = Duration.ofSeconds(seconds);
    Claim claim =
        new Claim(
            new TaskKey(order, 0),
            consumer,
            band,
            new Resources(cpu, 0, 0),
            run,
            run,
            BigInteger.ZERO,
            Optional.empty(),
            Optional.empty(),
            0);
    return assertInstanceOf(Change.Applied.class, ledger.adopt(claim, FAR, T)).ledger();
  }

  private static List<String> started(RunPlan plan) {
    return plan.starts().stream().map(r -> r.key().order()).toList();
  }

  @Test
  void higherBandsThenShorterRunsGoFirst() {
    CapacityLedger ledger = cores(2);
    ledger = owe(ledger, "spot", "a", Band.SPOT, 1_000, 1);
    ledger = owe(ledger, "long", "a", Band.NORMAL, 1_000, 9);
    ledger = owe(ledger, "short", "a", Band.NORMAL, 1_000, 5);
    ledger = owe(ledger, "urgent", "a", Band.URGENT, 1_000, 50);
    RunPlan plan = RunQueue.next(ledger, FairShare.equal(), T);
    assertEquals(List.of("urgent", "short"), started(plan));
    Refusal why = assertInstanceOf(Refusal.class, plan.waiting().get(new TaskKey("spot", 0)));
    assertEquals("needs 1,000 CPU millis, 0 free; needs a worker, all are busy", why.sentence());
  }

  @Test
  void sharesFollowWeights() {
    CapacityLedger ledger = cores(6);
    for (int i = 0; i < 6; i++) {
      ledger = owe(ledger, "a" + i, "a", Band.NORMAL, 1_000, 1);
      ledger = owe(ledger, "b" + i, "b", Band.NORMAL, 1_000, 9);
    }
    RunPlan equal = RunQueue.next(ledger, FairShare.equal(), T);
    assertEquals(3, started(equal).stream().filter(o -> o.startsWith("a")).count());
    FairShare weighted =
        new FairShare(Map.of("b", 2), Duration.ofSeconds(10), Duration.ofMinutes(10));
    RunPlan tilted = RunQueue.next(ledger, weighted, T);
    assertEquals(2, started(tilted).stream().filter(o -> o.startsWith("a")).count());
  }

  @Test
  void nobodyWaitsForEver() {
    CapacityLedger ledger = owe(cores(1), "spot", "a", Band.SPOT, 1_000, 50);
    Instant later = T.plusSeconds(600);
    Claim urgent =
        new Claim(
            new TaskKey("urgent", 0),
            "b",
            Band.URGENT,
            new Resources(1_000, 0, 0),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            BigInteger.ZERO,
            Optional.empty(),
            Optional.empty(),
            0);
    ledger = ((Change.Applied) ledger.adopt(urgent, FAR, later)).ledger();
    assertEquals(List.of("spot"), started(RunQueue.next(ledger, FairShare.equal(), later)));
  }

  @Test
  void smallWorkPassesWhatDoesNotFit() {
    CapacityLedger ledger = owe(cores(2), "running", "a", Band.NORMAL, 1_000, 100);
    ledger = RunQueue.next(ledger, FairShare.equal(), T).ledger();
    ledger = owe(ledger, "wide", "a", Band.URGENT, 2_000, 10);
    ledger = owe(ledger, "small", "a", Band.NORMAL, 500, 10);
    RunPlan plan = RunQueue.next(ledger, FairShare.equal(), T);
    assertEquals(List.of("small"), started(plan));
    assertInstanceOf(Refusal.NoRoomNow.class, plan.waiting().get(new TaskKey("wide", 0)));
  }

  @Test
  void aBidWithoutAnAnswerDoesNotStart() {
    Claim claim =
        new Claim(
            new TaskKey("bid", 0),
            "a",
            Band.NORMAL,
            new Resources(1, 0, 0),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            BigInteger.ZERO,
            Optional.empty(),
            Optional.empty(),
            0);
    CapacityLedger ledger = ((Change.Applied) cores(1).reserve(claim, T, T, FAR, FAR)).ledger();
    RunPlan plan = RunQueue.next(ledger, FairShare.equal(), T);
    assertEquals(List.of(), plan.starts());
    assertInstanceOf(Refusal.NotAssigned.class, plan.waiting().get(new TaskKey("bid", 0)));
  }
}
