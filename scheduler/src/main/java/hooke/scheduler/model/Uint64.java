package hooke.scheduler.model;

import java.math.BigInteger;

/// The way from the law's uint64 to the long used here.
///
/// The scheduler counts fuel and prices in signed longs. A price or a fuel limit above 2^63-1
/// cannot be served by any machine, but a stranger may write one into an order, so it must be
/// survivable: it saturates. That is safe in one direction each: a saturated fuel limit still takes
/// centuries and is declined, and a bid at a saturated price is below what the order accepts, hence
/// valid.
public final class Uint64 {

  private Uint64() {}

  /// `value`, or [Long#MAX_VALUE] if it is larger; rejects negative numbers and more than 64 bits.
  public static long saturated(BigInteger value) {
    if (value.signum() < 0 || value.bitLength() > 64) {
      throw new IllegalArgumentException(value + " is not a uint64");
    }
    return value.bitLength() < Long.SIZE ? value.longValue() : Long.MAX_VALUE;
  }
}
