package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.scheduler.model.TaskKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Which consumers are there to take a result and sign for it, and how long each is waited for.
/// Anybody may [#attach]; the rest is the agent's thread's.
final class Attendance {
  /// How long a consumer who does not watch yet may take to connect: a short task may be done
  /// before.
  private static final Duration ATTACH_WAIT = Duration.ofSeconds(1);

  private final Duration receiptWait;
  private final Clock clock;

  /// Slots whose consumer watches, with how many streams.
  private final Map<TaskKey, Integer> attached = new ConcurrentHashMap<>();

  private final Map<TaskKey, Instant> readySince = new HashMap<>();

  /// @param receiptWait how long an attached consumer may take
  Attendance(Duration receiptWait, Clock clock) {
    this.receiptWait = receiptWait;
    this.clock = clock;
  }

  AutoCloseable attach(TaskKey task) {
    attached.merge(task, 1, Integer::sum);
    return () -> attached.computeIfPresent(task, (id, count) -> count == 1 ? null : count - 1);
  }

  /// Whether the receipt is here, or nobody is there to give one, or it was waited for long enough.
  boolean isSettled(TaskKey task, Job job) {
    Instant since = readySince.computeIfAbsent(task, key -> clock.instant());
    Duration patience = attached.containsKey(task) ? receiptWait : ATTACH_WAIT;
    return !job.receipt().isEmpty() || !clock.instant().isBefore(since.plus(patience));
  }

  void forget(Bytes32 order) {
    String id = order.toString();
    readySince.keySet().removeIf(task -> task.order().equals(id));
  }
}
