package hooke.scheduler.capacity;

import hooke.scheduler.model.Capacity;
import hooke.scheduler.model.Resources;
import hooke.scheduler.model.Shortfall;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// A ledger at one instant: when each reservation would run, and the room between them. Immutable.
///
/// This is conservative backfilling (Mu'alem and Feitelson, "Utilization, predictability, workloads
/// and user runtime estimates in scheduling the IBM SP2 with backfilling", TPDS 2001): every piece
/// of accepted work owns a window long enough for its worst case. Running work comes first; the
/// rest is placed again, in the order of the windows it had, each at the earliest room.
///
/// Moving up in that order never delays anyone. Take a task with the window `[s, e)`. Those placed
/// before it began at or before `s` and have only moved earlier, so what they use after `s` has
/// only shrunk, and `[s, e)` is still free. Hence a deadline that held when the work was accepted
/// keeps holding, unless a run takes longer than its worst case or an answer to a bid comes late.
/// Then:
///
/// - a run that should be over is expected to take as long again, counted from now, until released;
/// - bids without an answer give way to accepted work when that saves a deadline.
public final class Schedule {

  private static final Comparator<Reservation> BY_WINDOW =
      Comparator.<Reservation, Instant>comparing(r -> r.window().start())
          .thenComparing(Reservation::key);

  private final Capacity capacity;
  private final Instant now;
  private final List<Reservation> reservations;
  private final Timeline timeline;
  private final long diskFree;
  private final Resources runningFree;
  private final int workersFree;

  private Schedule(
      Capacity capacity, Instant now, List<Reservation> reservations, Timeline timeline) {
    this.capacity = capacity;
    this.now = now;
    this.reservations = List.copyOf(reservations);
    this.timeline = timeline;
    Resources running = Resources.ZERO;
    long disk = 0;
    int busy = 0;
    for (Reservation each : reservations) {
      disk += each.claim().resources().diskBytes();
      if (each.isRunning()) {
        running = running.plus(each.claim().resources());
        busy++;
      }
    }
    diskFree = capacity.total().diskBytes() - disk;
    Resources free = capacity.total().minus(running);
    runningFree = new Resources(free.cpuMillis(), free.memoryBytes(), diskFree);
    workersFree = capacity.workers() - busy;
  }

  /// Time here has whole milliseconds; what `at` has beyond them is cut off.
  static Schedule of(Capacity capacity, Collection<Reservation> all, Instant at) {
    Instant now = at.truncatedTo(ChronoUnit.MILLIS);
    List<Reservation> waiting = new ArrayList<>(all.size());
    List<Reservation> running = new ArrayList<>();
    boolean bids = false;
    for (Reservation each : all) {
      (each.isRunning() ? running : waiting).add(each);
      bids |= each.hold() instanceof Hold.Tentative;
    }
    waiting.sort(BY_WINDOW);
    Schedule asPlanned = place(capacity, running, waiting, now);
    if (!bids || asPlanned.lateCommitted() == 0) {
      return asPlanned;
    }
    waiting.sort(Comparator.comparing(r -> r.hold() instanceof Hold.Tentative));
    Schedule bidsLast = place(capacity, running, waiting, now);
    return bidsLast.lateCommitted() < asPlanned.lateCommitted() ? bidsLast : asPlanned;
  }

  private static Schedule place(
      Capacity capacity, List<Reservation> running, List<Reservation> waiting, Instant now) {
    long origin = now.toEpochMilli();
    Timeline timeline = new Timeline(capacity, origin);
    List<Reservation> placed = new ArrayList<>(running.size() + waiting.size());
    for (Reservation each : running) {
      Window window = each.window();
      if (!window.end().isAfter(now)) {
        window = new Window(window.start(), now.plus(each.claim().worstRun()));
      }
      timeline.add(
          each.claim().resources(), window.start().toEpochMilli(), window.end().toEpochMilli());
      placed.add(each.at(window));
    }
    for (Reservation each : waiting) {
      Instant notBefore =
          each.hold() instanceof Hold.Tentative bid ? latest(bid.notBefore(), now) : now;
      Window window =
          earliest(timeline, each.claim().resources(), each.claim().worstRun(), notBefore);
      timeline.add(
          each.claim().resources(), window.start().toEpochMilli(), window.end().toEpochMilli());
      placed.add(each.at(window));
    }
    return new Schedule(capacity, now, placed, timeline);
  }

  /// The instant this schedule was made for.
  public Instant now() {
    return now;
  }

  /// All reservations, each with its present window: running ones, then the rest in their order.
  public List<Reservation> reservations() {
    return reservations;
  }

  /// Those that, at the worst rate, would end too late for their delivery.
  public List<Reservation> late() {
    return reservations.stream().filter(Reservation::isLate).toList();
  }

  /// The earliest window of `length` from `notBefore` on that disturbs nobody. Disk is not looked
  /// at, since it is held all along: see [#diskFree]. The node must be large enough when empty.
  public Window earliest(Resources resources, Duration length, Instant notBefore) {
    return earliest(timeline, resources, length, notBefore);
  }

  /// CPU and memory that no window holds at `time`, which is not before [#now], and the free disk.
  public Resources freeAt(Instant time) {
    long millis = time.toEpochMilli();
    return new Resources(
        capacity.total().cpuMillis() - timeline.cpuUsedAt(millis),
        capacity.total().memoryBytes() - timeline.memoryUsedAt(millis),
        diskFree);
  }

  /// Disk that no reservation holds.
  public long diskFree() {
    return diskFree;
  }

  /// What `resources` and a worker lack at `time`, beside everything planned.
  public List<Shortfall> shortfallAt(Resources resources, Instant time) {
    int busy = timeline.workersUsedAt(time.toEpochMilli());
    return withWorker(resources.shortfall(freeAt(time)), capacity.workers() - busy);
  }

  /// What a reservation's `resources` and a worker lack to start now beside what is running; its
  /// disk is held already.
  List<Shortfall> shortfallToStart(Resources resources) {
    Resources noDisk = new Resources(resources.cpuMillis(), resources.memoryBytes(), 0);
    return withWorker(noDisk.shortfall(runningFree), workersFree);
  }

  private static List<Shortfall> withWorker(List<Shortfall> shortfalls, int workersFree) {
    if (workersFree > 0) {
      return shortfalls;
    }
    List<Shortfall> all = new ArrayList<>(shortfalls);
    all.add(new Shortfall(Shortfall.Kind.WORKER, 1, 0));
    return all;
  }

  private long lateCommitted() {
    return reservations.stream()
        .filter(r -> r.hold() instanceof Hold.Committed && r.isLate())
        .count();
  }

  private static Window earliest(
      Timeline timeline, Resources resources, Duration length, Instant notBefore) {
    long start = timeline.earliest(resources, notBefore.toEpochMilli(), length.toMillis());
    return new Window(Instant.ofEpochMilli(start), Instant.ofEpochMilli(start + length.toMillis()));
  }

  private static Instant latest(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }
}
