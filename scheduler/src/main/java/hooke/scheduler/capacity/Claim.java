package hooke.scheduler.capacity;

import hooke.scheduler.model.Band;
import hooke.scheduler.model.Require;
import hooke.scheduler.model.Resources;
import hooke.scheduler.model.Speed;
import hooke.scheduler.model.TaskKey;
import hooke.scheduler.model.TaskRequest;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Optional;

/// What a task asks of the ledger: room for a time, and stake.
///
/// @param worstRun the room is kept for this long
/// @param typicalRun at most `worstRun`; only orders the queue
/// @param bond token-wei that a pending bid takes from the free stake
/// @param program what names the program, where that is known
/// @param keptBytes how much of its disk it may fill for good, with its result
public record Claim(
    TaskKey key,
    String consumer,
    Band band,
    Resources resources,
    Duration worstRun,
    Duration typicalRun,
    BigInteger bond,
    Optional<String> exclusiveKey,
    Optional<String> program,
    long keptBytes) {

  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofSeconds(0xFFFF_FFFFL);

  public Claim {
    Require.text("consumer", consumer);
    Require.length("worstRun", worstRun, SHORTEST, LONGEST);
    Require.length("typicalRun", typicalRun, SHORTEST, worstRun);
    Require.amount("bond", bond);
    Require.range("keptBytes", keptBytes, 0, Resources.MAX);
  }

  /// The claim of `task` on a node of this speed; throws [IllegalArgumentException] if it runs for
  /// longer than a uint32 of seconds.
  public static Claim of(TaskRequest task, Speed speed) {
    Duration worst = speed.worstRunUp(task);
    Duration usual = speed.typicalRunUp(task);
    // Each is rounded up by itself.
    Duration typical = usual.compareTo(worst) > 0 ? worst : usual;
    return new Claim(
        task.key(),
        task.consumer(),
        task.band(),
        task.resources(),
        worst,
        typical,
        task.bond(),
        task.exclusiveKey(),
        task.program(),
        task.keptBytes());
  }
}
