package hooke.node.task;

import java.util.HashMap;
import java.util.Map;

/// Keeps what is tried again and again from being tried too often. One thread uses it.
final class Throttle {
  private final Map<String, Long> tried = new HashMap<>();

  /// True at most once in so many seconds.
  boolean due(String what, long seconds) {
    long now = System.nanoTime();
    Long last = tried.get(what);
    if (last != null && now - last < seconds * 1_000_000_000L) {
      return false;
    }
    tried.put(what, now);
    return true;
  }
}
