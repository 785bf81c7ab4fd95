package hooke.scheduler.capacity;

import hooke.scheduler.model.Capacity;
import hooke.scheduler.model.Require;
import hooke.scheduler.model.Resources;
import hooke.scheduler.model.Shortfall;
import hooke.scheduler.model.TaskKey;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/// What a node has promised, to whom, and when. Immutable: every step gives a new ledger, so a plan
/// can be tried and dropped, and a snapshot costs nothing.
///
/// Invariants, checked by `CapacityLedgerSimulationTest`:
///
/// 1. At no instant do the windows over it exceed the node's CPU, memory or workers.
/// 2. All reservations together never exceed the node's disk.
/// 3. A task has at most one reservation, and every reservation a fence of its own, rising.
/// 4. A released or expired reservation holds nothing from that step on.
/// 5. Steps taken with a fence that is not the current one change nothing.
/// 6. Work accepted in time stays in time while no run exceeds its worst case.
///
/// Steps are at most quadratic in the number of reservations, which the operator limits.
public final class CapacityLedger {

  private final Capacity capacity;
  private final long nextFence;
  private final SortedMap<TaskKey, Reservation> reservations;

  private CapacityLedger(
      Capacity capacity, long nextFence, SortedMap<TaskKey, Reservation> reservations) {
    this.capacity = capacity;
    this.nextFence = nextFence;
    this.reservations = Collections.unmodifiableSortedMap(reservations);
  }

  /// A ledger without promises.
  ///
  /// @param firstFence larger than any fence this node has ever used, also before a restart
  public static CapacityLedger empty(Capacity capacity, long firstFence) {
    Require.range("firstFence", firstFence, 1, Long.MAX_VALUE / 2);
    return new CapacityLedger(capacity, firstFence, new TreeMap<>());
  }

  /// Everything there is.
  public Capacity capacity() {
    return capacity;
  }

  /// The fence the next reservation gets; keep it durable before using a reservation made with it.
  public long nextFence() {
    return nextFence;
  }

  /// All reservations by task.
  public List<Reservation> reservations() {
    return List.copyOf(reservations.values());
  }

  /// The reservation of `key`.
  public Optional<Reservation> find(TaskKey key) {
    return Optional.ofNullable(reservations.get(key));
  }

  /// Reservations that do not run yet, bids included.
  public int waiting() {
    return (int) reservations.values().stream().filter(r -> !r.isRunning()).count();
  }

  /// Bonds of bids without an answer, token-wei: the law has not locked them yet.
  public BigInteger pendingBonds() {
    return pendingBonds(claim -> true);
  }

  /// The same of some bids.
  public BigInteger pendingBonds(Predicate<Claim> which) {
    return reservations.values().stream()
        .filter(r -> r.hold() instanceof Hold.Tentative && which.test(r.claim()))
        .map(r -> r.claim().bond())
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  /// What the results of all that is reserved here may fill for good, in bytes.
  public long promisedBytes() {
    return reservations.values().stream()
        .mapToLong(r -> r.claim().keptBytes())
        .reduce(0, (all, kept) -> Math.min(Resources.MAX, all + kept));
  }

  /// When everything here would run if nothing else came.
  public Schedule scheduleAt(Instant now) {
    return Schedule.of(capacity, reservations.values(), now);
  }

  /// Keeps room for a bid, at the earliest window from `notBefore` on. Refused if there is no disk,
  /// or if the window would end after `finishBy`.
  ///
  /// @param notBefore the earliest the answer can be known
  /// @param expiresAt see [#expire]
  public Change reserve(
      Claim claim, Instant now, Instant notBefore, Instant finishBy, Instant expiresAt) {
    Optional<Refusal> impossible = impossible(claim);
    if (impossible.isPresent()) {
      return new Change.Refused(impossible.get());
    }
    Schedule schedule = scheduleAt(now);
    Window window = schedule.earliest(claim.resources(), claim.worstRun(), notBefore);
    if (window.end().isAfter(finishBy)) {
      List<Shortfall> lacks = schedule.shortfallAt(claim.resources(), now);
      return new Change.Refused(new Refusal.NoRoomInTime(lacks, window, finishBy));
    }
    return add(schedule, claim, new Hold.Tentative(notBefore, finishBy, expiresAt), window);
  }

  /// Takes up a slot that the law already gives to this node and that has no reservation: after a
  /// restart, or when a bid was answered after it expired. The deadline does not matter: it is owed
  /// anyway, and shows up in [Schedule#late] if it cannot be kept.
  public Change adopt(Claim claim, Instant finishBy, Instant now) {
    Optional<Refusal> impossible = impossible(claim);
    if (impossible.isPresent()) {
      return new Change.Refused(impossible.get());
    }
    Schedule schedule = scheduleAt(now);
    Window window = schedule.earliest(claim.resources(), claim.worstRun(), now);
    return add(schedule, claim, new Hold.Committed(now, finishBy), window);
  }

  /// The bid was taken. Saying so again changes nothing but `finishBy`.
  ///
  /// @param finishBy from the law's deadline for the slot
  public Change commit(TaskKey key, long fence, Instant finishBy, Instant now) {
    Reservation current = reservations.get(key);
    if (current == null || current.fence() != fence) {
      return new Change.Stale(key, fence, Optional.ofNullable(current));
    }
    Hold hold =
        switch (current.hold()) {
          case Hold.Tentative bid -> new Hold.Committed(now, finishBy);
          case Hold.Committed waiting -> new Hold.Committed(waiting.acceptedAt(), finishBy);
          case Hold.Running run -> new Hold.Running(run.acceptedAt(), run.startedAt(), finishBy);
        };
    return replace(current.held(hold), now);
  }

  /// Gives accepted work to a worker, if there is room now and every deadline that holds without it
  /// holds with it. Works once for each fence, so no attempt runs twice.
  public Change start(TaskKey key, long fence, Instant now) {
    Reservation current = reservations.get(key);
    if (current == null || current.fence() != fence) {
      return new Change.Stale(key, fence, Optional.ofNullable(current));
    }
    return switch (current.hold()) {
      case Hold.Tentative bid -> new Change.Refused(new Refusal.NotAssigned());
      case Hold.Running run -> new Change.Stale(key, fence, Optional.of(current));
      case Hold.Committed waiting -> start(current, waiting, now);
    };
  }

  private Change start(Reservation current, Hold.Committed waiting, Instant now) {
    Schedule before = scheduleAt(now);
    List<Shortfall> lacks = before.shortfallToStart(current.claim().resources());
    if (!lacks.isEmpty()) {
      return new Change.Refused(new Refusal.NoRoomNow(lacks));
    }
    Instant start = before.now();
    Hold running = new Hold.Running(waiting.acceptedAt(), start, waiting.finishBy());
    Window window = new Window(start, start.plus(current.claim().worstRun()));
    Change started = replace(current.held(running).at(window), now);
    if (started instanceof Change.Applied(CapacityLedger after, Reservation own)) {
      List<TaskKey> lateBefore = before.late().stream().map(Reservation::key).toList();
      for (Reservation each : after.reservations.values()) {
        boolean broken = each.isLate() && !lateBefore.contains(each.key());
        if (broken && !each.key().equals(own.key())) {
          return new Change.Refused(
              new Refusal.BreaksPromise(each.key(), each.window().end(), each.hold().finishBy()));
        }
      }
    }
    return started;
  }

  /// Gives everything back at once: the bid was lost, the run is over, the order is gone.
  public Change release(TaskKey key, long fence) {
    Reservation current = reservations.get(key);
    if (current == null || current.fence() != fence) {
      return new Change.Stale(key, fence, Optional.ofNullable(current));
    }
    SortedMap<TaskKey, Reservation> rest = new TreeMap<>(reservations);
    rest.remove(key);
    return new Change.Applied(new CapacityLedger(capacity, nextFence, rest), current);
  }

  /// Releases every bid whose answer is overdue at `now`.
  public Expiry expire(Instant now) {
    SortedMap<TaskKey, Reservation> rest = new TreeMap<>(reservations);
    List<Reservation> expired = new ArrayList<>();
    for (Reservation each : reservations.values()) {
      if (each.hold() instanceof Hold.Tentative bid && !bid.expiresAt().isAfter(now)) {
        expired.add(each);
        rest.remove(each.key());
      }
    }
    return expired.isEmpty()
        ? new Expiry(this, List.of())
        : new Expiry(new CapacityLedger(capacity, nextFence, rest), List.copyOf(expired));
  }

  /// What [#expire] did.
  public record Expiry(CapacityLedger ledger, List<Reservation> expired) {}

  private Optional<Refusal> impossible(Claim claim) {
    Reservation current = reservations.get(claim.key());
    if (current != null) {
      return Optional.of(new Refusal.AlreadyReserved(current.fence()));
    }
    List<Shortfall> never = capacity.shortfall(claim.resources());
    if (!never.isEmpty()) {
      return Optional.of(new Refusal.NeverFits(never));
    }
    long disk = capacity.total().diskBytes();
    for (Reservation each : reservations.values()) {
      disk -= each.claim().resources().diskBytes();
    }
    long needed = claim.resources().diskBytes();
    return needed <= disk
        ? Optional.empty()
        : Optional.of(
            new Refusal.NoRoomNow(List.of(new Shortfall(Shortfall.Kind.DISK, needed, disk))));
  }

  private Change add(Schedule schedule, Claim claim, Hold hold, Window window) {
    SortedMap<TaskKey, Reservation> all = new TreeMap<>();
    for (Reservation each : schedule.reservations()) {
      all.put(each.key(), each);
    }
    Reservation added = new Reservation(claim, nextFence, hold, window);
    all.put(claim.key(), added);
    return new Change.Applied(new CapacityLedger(capacity, nextFence + 1, all), added);
  }

  private Change replace(Reservation changed, Instant now) {
    SortedMap<TaskKey, Reservation> all = new TreeMap<>(reservations);
    all.put(changed.key(), changed);
    for (Reservation each : Schedule.of(capacity, all.values(), now).reservations()) {
      all.put(each.key(), each);
    }
    Reservation placed = all.getOrDefault(changed.key(), changed);
    return new Change.Applied(new CapacityLedger(capacity, nextFence, all), placed);
  }

  @Override
  public String toString() {
    return "CapacityLedger[" + capacity + ", " + reservations.values() + "]";
  }
}
