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
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What this node did and owes, by slot: on disk before anything depends on it, in memory for every
/// reader. The agent's thread changes it.
final class Jobs {
  /// A job without a result is remembered for so long after its order is over.
  static final Duration REMEMBERED = Duration.ofDays(1);

  private final JobStore store;
  private final Map<TaskKey, Job> known = new ConcurrentHashMap<>();

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
  }

  /// The leaves of a job's tasks that are finished while others of its slot still run or wait. Any
  /// thread.
  List<ResultLeaf> leaves(Job job) {
    return store.leaves(job);
  }

  /// Where the run of an array's slot keeps these. Any thread.
  TaskRunner.Progress progress(Job job) {
    return new TaskRunner.Progress() {
      @Override
      public List<ResultLeaf> leaves() {
        return store.leaves(job);
      }

      @Override
      public void keep(ResultLeaf leaf) {
        store.put(job, leaf);
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
      }
    }
  }
}
