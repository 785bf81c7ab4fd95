package hooke.scheduler.model;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;

/// Checks of constructor arguments. Each returns its argument, or throws an
/// [IllegalArgumentException] that says which value was given and which would do.
public final class Require {

  /// The last instant anything here may name: the end of the year 9999. Millisecond arithmetic on
  /// instants up to here, plus any uint32 of seconds, stays far from overflow.
  public static final Instant LAST_INSTANT = Instant.parse("9999-12-31T23:59:59Z");

  private static final int MAX_TEXT = 256;

  private Require() {}

  /// `value`, if it lies in `[min, max]`.
  public static long range(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + " is " + value + ": must be between " + min + " and " + max);
    }
    return value;
  }

  /// `value`, if it lies in `[min, max]`.
  public static int range(String name, int value, int min, int max) {
    return (int) range(name, (long) value, min, max);
  }

  /// `value`, if it is zero or more and fits in 256 bits.
  public static BigInteger amount(String name, BigInteger value) {
    if (value.signum() < 0 || value.bitLength() > 256) {
      throw new IllegalArgumentException(name + " is " + value + ": must be between 0 and 2^256-1");
    }
    return value;
  }

  /// `value`, if it is neither blank nor longer than 256 characters.
  public static String text(String name, String value) {
    if (value.isBlank()) {
      throw new IllegalArgumentException(name + " is blank");
    }
    if (value.length() > MAX_TEXT) {
      throw new IllegalArgumentException(
          name + " has " + value.length() + " characters: at most " + MAX_TEXT);
    }
    return value;
  }

  /// `value`, if it lies between 1970 and [#LAST_INSTANT].
  public static Instant instant(String name, Instant value) {
    if (value.isBefore(Instant.EPOCH) || value.isAfter(LAST_INSTANT)) {
      throw new IllegalArgumentException(
          name + " is " + value + ": must be between 1970 and " + LAST_INSTANT);
    }
    return value;
  }

  /// `value`, if it lies in `[min, max]`.
  public static Duration length(String name, Duration value, Duration min, Duration max) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          name + " is " + value + ": must be between " + min + " and " + max);
    }
    return value;
  }
}
