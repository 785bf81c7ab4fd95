package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Verification;
import hooke.node.config.NodeConfig;
import hooke.node.market.Preparation.State.Ready;
import hooke.node.spec.SlotResult;
import hooke.scheduler.capacity.Claim;
import hooke.scheduler.capacity.Hold;
import hooke.scheduler.capacity.Reservation;
import hooke.scheduler.model.TaskKey;
import hooke.scheduler.model.TaskRequest;
import hooke.scheduler.queue.FairShare;
import hooke.scheduler.queue.RunPlan;
import hooke.scheduler.queue.RunQueue;
import hooke.storage.BlobStore;
import hooke.storage.StorageFailure;
import hooke.v1.TaskSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs what the law gave to this node: keeps the room, starts what is next, takes the outcome.
/// Owned by the agent's thread; each run has a virtual thread of its own that reports back through
/// the mailbox.
final class Runs {
  private static final Logger LOG = LoggerFactory.getLogger(Runs.class);

  /// A killed worker is gone well within this.
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);

  private static final Duration KEEP_SLACK = Duration.ofHours(1);

  private final NodeConfig config;
  private final Address law;
  private final MarketState state;
  private final BlobStore store;
  private final Jobs jobs;
  private final Declined declined;
  private final Awake awake;
  private final Reservations reservations;
  private final Preparation preparation;
  private final TaskRunner runner;
  private final Behaviour behaviour;
  private final Clock clock;
  private final Consumer<Runnable> mailbox;
  private final Consumer<RuntimeException> onFailure;
  private final Map<TaskKey, Thread> threads = new HashMap<>();
  private final Set<TaskKey> triedAgain = new HashSet<>();

  /// Whose results were taken out of the store.
  private final Set<TaskKey> gone = new HashSet<>();

  /// @param law its address, which is the consumer of juries
  Runs(
      NodeConfig config,
      Address law,
      MarketState state,
      BlobStore store,
      Jobs jobs,
      Declined declined,
      Awake awake,
      Reservations reservations,
      Preparation preparation,
      TaskRunner runner,
      Behaviour behaviour,
      Clock clock,
      Consumer<Runnable> mailbox,
      Consumer<RuntimeException> onFailure) {
    this.config = config;
    this.law = law;
    this.state = state;
    this.store = store;
    this.jobs = jobs;
    this.declined = declined;
    this.awake = awake;
    this.reservations = reservations;
    this.preparation = preparation;
    this.runner = runner;
    this.behaviour = behaviour;
    this.clock = clock;
    this.mailbox = mailbox;
    this.onFailure = onFailure;
  }

  /// Until when a slot's run must be over, so that it can be delivered in time.
  private Instant finishBy(SlotView slot) {
    return Instant.ofEpochSecond(slot.deadline()).minus(config.delays().deliver());
  }

  /// Ends the run of an array's slot whose time is up, and keeps what its finished tasks gave: what
  /// is done is worth delivering, and others can do the rest.
  ///
  /// @return the job with that result; empty while there is time, or if no task is finished
  Optional<Job> cutShort(OrderView order, SlotView slot, Job job, Moment moment) {
    if (order.terms().mode() == Verification.QUORUM || moment.now().isBefore(finishBy(slot))) {
      return Optional.empty();
    }
    TaskKey task = TaskRequests.key(order.id(), slot.slot());
    try {
      Optional<SlotResult> part =
          runner.part(order.id(), slot, keepUntil(order.terms()), jobs.progress(job));
      part.ifPresent(result -> {
        LOG.warn(
            "order {} slot {}: time is up after {} of {} tasks",
            order.id().prefix(12),
            slot.slot(),
            result.count(),
            slot.count());
        declined.add(
            order,
            slot.slot(),
            "time was up after %d of %d tasks".formatted(result.count(), slot.count()),
            !awake.since(slot.time()));
        release(task);
      });
      return part.map(result -> job.done(result, 0, 0, clock.millis()));
    } catch (IOException e) {
      LOG.warn(
          "order {} slot {}: what is finished cannot be kept: {}",
          order.id().prefix(12),
          slot.slot(),
          e.getMessage());
      return Optional.empty();
    }
  }

  /// Keeps room for an assigned slot until its run is over.
  void hold(OrderView order, SlotView slot, Moment moment) {
    TaskKey task = TaskRequests.key(order.id(), slot.slot());
    Instant finishBy = finishBy(slot);
    Reservation held = reservations.find(task).orElse(null);
    if (held == null) {
      TaskRequest request =
          TaskRequests.of(
              order.id(),
              slot.slot(),
              slot.count(),
              order.terms(),
              order.createdAt(),
              preparation.pace(order.terms().spec()),
              null);
      reservations.take(
          reservations.ledger().adopt(Claim.of(request, config.speed()), finishBy, moment.now()));
    } else if (held.hold() instanceof Hold.Tentative) {
      reservations.take(reservations.ledger().commit(task, held.fence(), finishBy, moment.now()));
    }
  }

  /// Gives a slot's room back and ends its run, if it has one.
  void release(TaskKey task) {
    reservations.find(task).ifPresent(this::release);
  }

  /// The same for every slot of an order that is over.
  void forget(Bytes32 order) {
    reservations.of(order).forEach(this::release);
    String id = order.toString();
    triedAgain.removeIf(task -> task.order().equals(id));
    gone.removeIf(task -> task.order().equals(id));
  }

  private void release(Reservation held) {
    Thread run = threads.remove(held.key());
    if (run != null) {
      run.interrupt();
    }
    reservations.take(reservations.ledger().release(held.key(), held.fence()));
  }

  /// Gives workers what is next.
  void start(Moment moment) {
    RunPlan plan = RunQueue.next(reservations.ledger(), FairShare.equal(), moment.now());
    reservations.replace(plan.ledger());
    for (Reservation next : plan.starts()) {
      OrderView order = state.order(TaskRequests.order(next.key())).orElse(null);
      Job job = jobs.get(next.key());
      if (order == null
          || job == null
          || !(preparation.promised(order, moment.me()) instanceof Ready ready)) {
        // After a restart the inputs may have to be fetched again; the slot is adopted anew then.
        reservations.take(reservations.ledger().release(next.key(), next.fence()));
        continue;
      }
      Job running = job.running(clock.millis());
      jobs.keep(running);
      threads.put(
          next.key(),
          Thread.ofVirtual()
              .name("run-" + order.id().prefix(8) + "-" + job.slot())
              .start(() -> run(order, next, running, ready.spec(), moment.now())));
    }
  }

  private void run(OrderView order, Reservation start, Job job, TaskSpec spec, Instant now) {
    Terms terms = order.terms();
    Duration wall = Duration.between(now, start.hold().finishBy());
    // What begins late has less than it needs at worst, and others are to blame.
    boolean late = wall.compareTo(start.claim().worstRun()) < 0;
    AtomicReference<TaskRunner.Outcome.NoResult> stopped = new AtomicReference<>();
    SlotView slot = order.slot(job.slot());
    try {
      TaskRunner.Outcome outcome =
          !behaviour.runs(order.id())
              ? new TaskRunner.Outcome.NoResult(
                  "this machine could not run it", TaskRunner.Cause.TASK)
              : runner.run(
                  new TaskRunner.Work(
                      order.id(),
                      job.slot(),
                      terms.consumer(),
                      spec,
                      Juries.isJury(terms, law) ? Juries.index(terms) : slot.first(),
                      slot.count(),
                      terms.fuelLimit(),
                      wall.isPositive() ? wall : Duration.ofSeconds(1),
                      keepUntil(terms),
                      behaviour::report,
                      jobs.progress(job, stopped::set)));
      mailbox.accept(() -> finished(start, job, outcome, Optional.ofNullable(stopped.get()), late));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (StorageFailure e) {
      onFailure.accept(e);
    } catch (RuntimeException e) {
      LOG.error("the run of order {} stumbled", order.id().prefix(12), e);
      mailbox.accept(() ->
          finished(
              start,
              job,
              new TaskRunner.Outcome.NoResult("a defect of this node: " + e, TaskRunner.Cause.TASK),
              Optional.empty(),
              false));
    }
  }

  /// Until when a result that is begun now may be asked for.
  private Instant keepUntil(Terms terms) {
    return clock
        .instant()
        .plusSeconds(terms.runSeconds())
        .plusSeconds(2L * terms.windowSeconds())
        .plusSeconds(terms.retentionSeconds())
        // Two juries may come first.
        .plusSeconds(
            terms.mode() == Verification.OPTIMISTIC
                ? 2L * (terms.runSeconds() + terms.windowSeconds())
                : 0)
        .plus(KEEP_SLACK);
  }

  /// @param stopped why an array's slot has a part of its results only
  /// @param late whether it began too late to have the time it may need
  private void finished(
      Reservation start,
      Job job,
      TaskRunner.Outcome outcome,
      Optional<TaskRunner.Outcome.NoResult> stopped,
      boolean late) {
    TaskKey task = start.key();
    if (reservations.find(task).filter(held -> held.fence() == start.fence()).isEmpty()) {
      LOG.warn("a run of order {} came back for an attempt that is over", job.order().prefix(12));
      return;
    }
    threads.remove(task);
    reservations.take(reservations.ledger().release(task, start.fence()));
    Job current = jobs.get(task);
    if (current == null || current.attempt() != job.attempt()) {
      LOG.warn("a run of order {} came back for another assignment", job.order().prefix(12));
      return;
    }
    stopped.ifPresent(why -> decline(job, why, late));
    Job next =
        switch (outcome) {
          case TaskRunner.Outcome.Result result when isEnough(job, result.result()) ->
              current.done(
                  result.result(), result.stdoutSize(), result.stderrSize(), clock.millis());
          case TaskRunner.Outcome.Result part ->
              current.failed(
                  "only %d of the tasks have a result here, and a quorum agrees on all of them"
                      .formatted(part.result().count()),
                  clock.millis());
          case TaskRunner.Outcome.NoResult none -> {
            LOG.warn("order {} gave no result here: {}", job.order().prefix(12), none.why());
            // The bond is worth a second try; whoever breaks two workers may break a third.
            if (none.cause() == TaskRunner.Cause.MOMENT && triedAgain.add(task)) {
              yield current.again();
            }
            decline(job, none, late);
            yield current.failed(none.why(), clock.millis());
          }
        };
    if (next.phase() == Job.Phase.FAILED) {
      letGo(
          outcome instanceof TaskRunner.Outcome.Result part
              ? current.done(part.result(), 0, 0, clock.millis())
              : current);
    }
    jobs.keep(next);
  }

  private void decline(Job job, TaskRunner.Outcome.NoResult none, boolean late) {
    boolean own =
        switch (none.cause()) {
          case MACHINE -> true;
          case TIME -> late;
          case MOMENT, TASK -> false;
        };
    state
        .order(job.order())
        .ifPresent(order ->
            declined.add(
                order, job.slot(), none.why(), own || !awake.since(order.slot(job.slot()).time())));
  }

  /// Ends a job that will have no result here, and lets go of what it gave so far.
  void giveUp(OrderView order, SlotView slot, Job job, String why, boolean own) {
    release(TaskRequests.key(order.id(), slot.slot()));
    declined.add(order, slot.slot(), why, own || !awake.since(slot.time()));
    letGo(job);
    jobs.keep(job.failed(why, clock.millis()));
  }

  /// Takes what a slot gave out of the store.
  private void letGo(Job job) {
    runner.letGo(job, jobs.progress(job));
    store.sweep(clock.instant());
  }

  /// Takes what slots of an order gave out of the store for which nobody pays any more: who missed,
  /// or was outvoted, keeps nothing.
  void letGo(OrderView order, int nodeId) {
    for (SlotView slot : order.slots()) {
      TaskKey task = TaskRequests.key(order.id(), slot.slot());
      Job job = jobs.get(task);
      if (job == null || job.phase() != Job.Phase.DONE) {
        continue;
      }
      // What a reorganisation took back has a later number than the chain knows.
      boolean lost = slot.nodeId() != nodeId && job.attempt() <= slot.attempt();
      if ((lost || slot.isUnpaid()) && gone.add(task)) {
        letGo(job);
      }
    }
  }

  /// A quorum has no delivery in part: a commitment to one would be outvoted.
  private boolean isEnough(Job job, SlotResult result) {
    return state
        .order(job.order())
        .filter(order -> order.terms().mode() == Verification.QUORUM)
        .map(order -> result.count() == order.slot(job.slot()).count())
        .orElse(true);
  }

  /// Where a running task's `stdout` and `stderr` grow. Any thread.
  Path directory(Bytes32 order, int slot) {
    return runner.directory(order, slot).resolve("run");
  }

  /// Ends every run; the agent's thread is over by now.
  void close() throws InterruptedException {
    threads.values().forEach(Thread::interrupt);
    for (Thread run : List.copyOf(threads.values())) {
      run.join(STOP_PATIENCE);
    }
  }
}
