package hooke.node.market;

import hooke.chain.Data;
import hooke.node.spec.ResultLeaf;
import hooke.scheduler.model.TaskKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What this node did and owes, by slot: on disk before anything depends on it, in memory for every
/// reader. The agent's thread changes it.
final class Jobs {
  /// A job without a result is remembered for so long after its order is over.
  static final Duration REMEMBERED = Duration.ofDays(1);

  private final JobStore store;
  private final Map<TaskKey, Job> known = new ConcurrentHashMap<>();

  /// The task that runs now, of arrays' slots.
  private final Map<TaskKey, Integer> current = new ConcurrentHashMap<>();

  Jobs(JobStore store) {
    this.store = store;
    store.all().forEach(job -> known.put(key(job), job));
  }

  private static TaskKey key(Job job) {
    return TaskRequests.key(job.order(), job.slot());
  }

  @Nullable Job get(TaskKey task) {
    return known.get(task);
  }

  Optional<Job> find(TaskKey task) {
    return Optional.ofNullable(known.get(task));
  }

  void keep(Job job) {
    store.put(job);
    known.put(key(job), job);
    if (job.phase() != Job.Phase.RUNNING) {
      current.remove(key(job));
    }
  }

  /// Why this node gets no further slot of an order: it had one and has it no more, or will have no
  /// result of it. What went wrong once most likely would again, at the cost of another bond. Any
  /// thread.
  Optional<String> failure(OrderView order, int nodeId) {
    for (SlotView slot : order.slots()) {
      Job job = known.get(TaskRequests.key(order.id(), slot.slot()));
      // What a reorganisation took back has a later number than the chain knows.
      boolean lost = job != null && slot.nodeId() != nodeId && job.attempt() <= slot.attempt();
      if (job != null && (job.phase() == Job.Phase.FAILED || lost)) {
        return Optional.of(
            "slot %d gave no result here%s"
                .formatted(slot.slot(), job.failure().isEmpty() ? "" : ": " + job.failure()));
      }
    }
    return Optional.empty();
  }

  /// What a task of an array's slot gave while others of the slot run or wait. Any thread.
  Optional<ResultLeaf> leaf(Job job, int index) {
    return store.leaf(job, index);
  }

  /// Index of the task that an array's slot runs now; those before it are finished. Empty for
  /// single tasks, and while nothing runs. Any thread.
  Optional<Integer> current(TaskKey task) {
    return Optional.ofNullable(current.get(task));
  }

  /// Where the run of an array's slot keeps what it has done. Any thread.
  TaskRunner.Progress progress(Job job) {
    return progress(job, why -> {});
  }

  /// The same.
  ///
  /// @param stopped told why a run gave a part only
  TaskRunner.Progress progress(Job job, Consumer<TaskRunner.Outcome.NoResult> stopped) {
    return new TaskRunner.Progress() {
      @Override
      public void stopped(TaskRunner.Outcome.NoResult why) {
        stopped.accept(why);
      }

      @Override
      public List<ResultLeaf> leaves() {
        return store.leaves(job);
      }

      @Override
      public void goOnAt(int index) {
        current.put(key(job), index);
      }

      @Override
      public void keep(ResultLeaf leaf) {
        store.put(job, leaf);
        current.put(key(job), leaf.index() + 1);
      }
    };
  }

  /// The consumer's receipt for the slot's result; empty if there is none.
  Data receipt(TaskKey task) {
    Job job = known.get(task);
    return job == null ? Data.EMPTY : job.receipt();
  }

  /// The newest first.
  List<Job> all() {
    return known.values().stream()
        .sorted(Comparator.comparingLong(Job::startedAt).reversed())
        .toList();
  }

  /// Forgets those that are over and that nobody can ask for any more.
  ///
  /// @param needed whether the order is not over, or the result is still kept
  void forget(Predicate<Job> needed, Instant now) {
    long before = now.minus(REMEMBERED).toEpochMilli();
    for (Job job : List.copyOf(known.values())) {
      if (Math.max(job.startedAt(), job.endedAt()) < before && !needed.test(job)) {
        store.remove(job);
        known.remove(key(job));
        current.remove(key(job));
      }
    }
  }
}
