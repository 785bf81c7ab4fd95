package hooke.scheduler.capacity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.scheduler.model.Band;
import hooke.scheduler.model.Capacity;
import hooke.scheduler.model.Resources;
import hooke.scheduler.model.TaskKey;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CapacityLedgerTest {

  private static final Instant T = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant FAR = T.plusSeconds(100_000);
  private static final CapacityLedger ONE_CORE =
      CapacityLedger.empty(new Capacity(new Resources(1_000, 1_000, 1_000), 1), 1);

  private static Claim claim(String order, long seconds, long disk) {
    Duration run = Duration.ofSeconds(seconds);
    return new Claim(
        new TaskKey(order, 0),
        "c",
        Band.NORMAL,
        new Resources(1_000, 100, disk),
        run,
        run,
        BigInteger.TEN,
        Optional.empty(),
        Optional.empty(),
        0);
  }

  private static Change.Applied applied(Change change) {
    return assertInstanceOf(Change.Applied.class, change);
  }

  private static Change.Applied reserved(CapacityLedger ledger, Claim claim, Instant finishBy) {
    return applied(ledger.reserve(claim, T, T, finishBy, T.plusSeconds(30)));
  }

  private static Refusal refused(Change change) {
    return assertInstanceOf(Change.Refused.class, change).refusal();
  }

  @Test
  void aLostBidGivesEverythingBackAtOnce() {
    Change.Applied bid = reserved(ONE_CORE, claim("a", 10, 1_000), FAR);
    assertEquals(BigInteger.TEN, bid.ledger().pendingBonds());
    assertInstanceOf(
        Refusal.NoRoomNow.class, refused(bid.ledger().reserve(claim("b", 10, 1), T, T, FAR, FAR)));
    CapacityLedger after = applied(bid.ledger().release(bid.reservation().key(), 1)).ledger();
    assertEquals(BigInteger.ZERO, after.pendingBonds());
    assertEquals(T, reserved(after, claim("b", 10, 1_000), FAR).reservation().window().start());
  }

  @Test
  void anUnansweredBidExpires() {
    CapacityLedger ledger = reserved(ONE_CORE, claim("a", 10, 0), FAR).ledger();
    assertTrue(ledger.expire(T.plusSeconds(29)).expired().isEmpty());
    CapacityLedger.Expiry expiry = ledger.expire(T.plusSeconds(30));
    assertEquals(1, expiry.expired().size());
    assertTrue(expiry.ledger().reservations().isEmpty());
  }

  @Test
  void everyAttemptHasItsOwnFenceAndOldOnesChangeNothing() {
    Change.Applied first = reserved(ONE_CORE, claim("a", 10, 0), FAR);
    TaskKey key = first.reservation().key();
    CapacityLedger free = applied(first.ledger().release(key, 1)).ledger();
    Change.Applied second = applied(free.adopt(claim("a", 10, 0), FAR, T));
    assertEquals(2, second.reservation().fence());
    assertInstanceOf(Change.Stale.class, second.ledger().release(key, 1));
    assertInstanceOf(Change.Stale.class, second.ledger().start(key, 1, T));
    assertInstanceOf(Change.Stale.class, second.ledger().commit(key, 1, FAR, T));
    CapacityLedger running = applied(second.ledger().start(key, 2, T)).ledger();
    assertInstanceOf(Change.Stale.class, running.start(key, 2, T), "no attempt starts twice");
  }

  @Test
  void committingTwiceIsTheSameAsOnce() {
    Change.Applied bid = reserved(ONE_CORE, claim("a", 10, 0), FAR);
    TaskKey key = bid.reservation().key();
    Change.Applied once = applied(bid.ledger().commit(key, 1, FAR, T));
    Change.Applied twice = applied(once.ledger().commit(key, 1, FAR, T.plusSeconds(5)));
    assertEquals(once.reservation().hold(), twice.reservation().hold());
  }

  @Test
  void workQueuesBehindOtherWorkAsLongAsItsDeadlineHolds() {
    CapacityLedger ledger = reserved(ONE_CORE, claim("a", 10, 0), FAR).ledger();
    Change.Applied second = reserved(ledger, claim("b", 10, 0), T.plusSeconds(20));
    assertEquals(new Window(T.plusSeconds(10), T.plusSeconds(20)), second.reservation().window());
    Refusal refusal =
        refused(second.ledger().reserve(claim("c", 10, 0), T, T, T.plusSeconds(29), FAR));
    assertEquals(
        "the earliest room is from 2026-01-01T00:00:20Z to 2026-01-01T00:00:30Z,"
            + " but the run must end by 2026-01-01T00:00:29Z",
        refusal.sentence().substring(refusal.sentence().lastIndexOf("; ") + 2));
  }

  @Test
  void anEarlyEndMovesTheRestForward() {
    CapacityLedger ledger = applied(ONE_CORE.adopt(claim("a", 10, 0), FAR, T)).ledger();
    ledger = applied(ledger.adopt(claim("b", 10, 0), FAR, T)).ledger();
    ledger = applied(ledger.start(new TaskKey("a", 0), 1, T)).ledger();
    ledger = applied(ledger.release(new TaskKey("a", 0), 1)).ledger();
    Instant early = T.plusSeconds(1);
    assertEquals(early, ledger.scheduleAt(early).reservations().getFirst().window().start());
  }

  @Test
  void aStartThatCouldMakeOthersLateIsRefused() {
    CapacityLedger ledger =
        applied(ONE_CORE.adopt(claim("urgent", 10, 0), T.plusSeconds(12), T)).ledger();
    ledger = applied(ledger.adopt(claim("patient", 10, 0), FAR, T)).ledger();
    Refusal refusal = refused(ledger.start(new TaskKey("patient", 0), 2, T));
    assertEquals(
        new TaskKey("urgent", 0), assertInstanceOf(Refusal.BreaksPromise.class, refusal).other());
    applied(ledger.start(new TaskKey("urgent", 0), 1, T));
  }

  @Test
  void aLateAnswerYieldsToAcceptedWork() {
    CapacityLedger ledger = reserved(ONE_CORE, claim("bid", 10, 0), T.plusSeconds(10)).ledger();
    ledger = applied(ledger.adopt(claim("owed", 10, 0), T.plusSeconds(20), T)).ledger();
    List<Reservation> now = ledger.scheduleAt(T.plusSeconds(5)).reservations();
    assertEquals("owed", now.getFirst().key().order());
    assertEquals(List.of("bid"), lateOrders(ledger, T.plusSeconds(5)));
  }

  @Test
  void aRunThatExceedsItsWorstCaseStillHoldsItsRoom() {
    CapacityLedger ledger = applied(ONE_CORE.adopt(claim("a", 10, 0), FAR, T)).ledger();
    ledger = applied(ledger.start(new TaskKey("a", 0), 1, T)).ledger();
    Instant over = T.plusSeconds(15);
    Window next =
        ledger.scheduleAt(over).earliest(new Resources(1, 1, 0), Duration.ofSeconds(1), over);
    assertEquals(T.plusSeconds(25), next.start());
  }

  @Test
  void whatExceedsTheNodeIsRefusedForEver() {
    Claim huge =
        new Claim(
            new TaskKey("a", 0),
            "c",
            Band.NORMAL,
            new Resources(1_001, 0, 0),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            BigInteger.ZERO,
            Optional.empty(),
            Optional.empty(),
            0);
    assertEquals(
        "needs 1,001 CPU millis, 1,000 free even when this node is empty",
        refused(ONE_CORE.adopt(huge, FAR, T)).sentence());
  }

  private static List<String> lateOrders(CapacityLedger ledger, Instant now) {
    return ledger.scheduleAt(now).late().stream().map(r -> r.key().order()).toList();
  }
}
