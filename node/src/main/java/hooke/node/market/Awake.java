package hooke.node.market;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/// Since when this node has looked at the market without a pause. Who was away (not started,
/// stopped, suspended, without its chain) and misses a deadline has itself to blame, not the task.
/// The agent's thread.
final class Awake {
  /// Looks are a few in a second.
  static final Duration PAUSE = Duration.ofSeconds(10);

  private final Clock clock;
  private Instant since;
  private Instant looked;

  Awake(Clock clock) {
    this.clock = clock;
    since = clock.instant();
    looked = since;
  }

  /// Told at each look.
  void look() {
    Instant now = clock.instant();
    if (now.isAfter(looked.plus(PAUSE))) {
      since = now;
    }
    looked = now;
  }

  /// Whether it has been since before this time, in unix seconds.
  boolean since(long time) {
    return since.getEpochSecond() <= time;
  }
}
