package hooke.scheduler.capacity;

import java.time.Instant;

/// A span of time, `start` included, `end` not.
public record Window(Instant start, Instant end) {

  public Window {
    if (!start.isBefore(end)) {
      throw new IllegalArgumentException("a window from " + start + " to " + end + " is empty");
    }
  }
}
