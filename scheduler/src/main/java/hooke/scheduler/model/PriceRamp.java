package hooke.scheduler.model;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// The unit price an order accepts, rising in a straight line from `start` to `max`.
///
/// Prices are token-wei per 1,000,000 fuel. This is the same line as the law's `acceptablePrice`:
/// whole seconds since the order's block, rounded down.
///
/// @param start accepted in the order's own block, 0 to `max`
/// @param max accepted once the ramp is over
/// @param ramp from `start` to `max`, in whole seconds; zero means `max` at once
public record PriceRamp(long start, long max, Duration ramp) {

  private static final Duration MAX_RAMP = Duration.ofSeconds(0xFFFF_FFFFL);

  public PriceRamp {
    Require.range("max", max, 0, Long.MAX_VALUE);
    Require.range("start", start, 0, max);
    Require.length("ramp", ramp, Duration.ZERO, MAX_RAMP);
    ramp = Duration.ofSeconds(ramp.toSeconds());
  }

  /// A price that does not rise.
  public static PriceRamp flat(long price) {
    return new PriceRamp(price, price, Duration.ZERO);
  }

  /// The highest bid that an order created at `created` takes at `at`; before `created`, `start`.
  public long acceptableDown(Instant created, Instant at) {
    long elapsed = Math.max(0, at.getEpochSecond() - created.getEpochSecond());
    long length = ramp.toSeconds();
    return elapsed >= length ? max : start + MulDiv.down(max - start, elapsed, length);
  }

  /// The first second in which a bid of `price` is taken, or nothing if it never is.
  public Optional<Instant> reaches(long price, Instant created) {
    if (price > max) {
      return Optional.empty();
    }
    Instant origin = Instant.ofEpochSecond(created.getEpochSecond());
    if (price <= start) {
      return Optional.of(origin);
    }
    long elapsed = MulDiv.upSaturated(price - start, ramp.toSeconds(), max - start);
    return Optional.of(origin.plusSeconds(elapsed));
  }
}
