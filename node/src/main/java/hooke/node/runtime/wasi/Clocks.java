package hooke.node.runtime.wasi;

import java.time.Duration;
import java.time.Instant;

/// What a program's clocks show, and how it sleeps. Nanoseconds, modulo 2^64. One thread.
public sealed interface Clocks {
  /// What the clocks, and the times of the files that are there at first, start at.
  long start();

  /// Since 1970.
  long realtime(Guest guest);

  /// Never goes back.
  long monotonic(Guest guest);

  /// Sleeps so long at the least.
  ///
  /// @param nanos 0 or more
  /// @return how long it was
  long sleep(long nanos);

  /// Clocks that every host agrees on: they advance one nanosecond per unit of fuel, and sleeping
  /// advances them without waiting. A program that measures itself measures its fuel.
  static Clocks ofFuel(long start) {
    return new Fuel(start);
  }

  /// The host's. What a program sees of them is its own affair: no two runs are alike.
  static Clocks ofHost() {
    return new Host();
  }

  /// See [#ofFuel(long)].
  final class Fuel implements Clocks {
    private final long start;
    private long slept;

    private Fuel(long start) {
      this.start = start;
    }

    @Override
    public long start() {
      return start;
    }

    @Override
    public long realtime(Guest guest) {
      return start + guest.used() + slept;
    }

    @Override
    public long monotonic(Guest guest) {
      return realtime(guest);
    }

    @Override
    public long sleep(long nanos) {
      slept += nanos;
      return nanos;
    }
  }

  /// See [#ofHost()].
  final class Host implements Clocks {
    private final long start = now();
    private final long origin = System.nanoTime();

    private Host() {}

    private static long now() {
      Instant now = Instant.now();
      return now.getEpochSecond() * 1_000_000_000 + now.getNano();
    }

    @Override
    public long start() {
      return start;
    }

    @Override
    public long realtime(Guest guest) {
      return now();
    }

    @Override
    public long monotonic(Guest guest) {
      return System.nanoTime() - origin;
    }

    @Override
    public long sleep(long nanos) {
      long begun = System.nanoTime();
      try {
        Thread.sleep(Duration.ofNanos(nanos));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while the program slept", e);
      }
      return Math.max(nanos, System.nanoTime() - begun);
    }
  }
}
