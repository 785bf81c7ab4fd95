package hooke.scheduler.model;

import java.math.BigInteger;

/// `a * b / c` without losing the middle: the product may be 126 bits wide.
///
/// All arguments are zero or more and `c` is positive; the rounding is in the name.
public final class MulDiv {

  private MulDiv() {}

  /// `floor(a * b / c)`; throws [ArithmeticException] if it does not fit a long.
  public static long down(long a, long b, long c) {
    check(a, b, c);
    if (Math.multiplyHigh(a, b) == 0 && a * b >= 0) {
      return a * b / c;
    }
    return wide(a, b).divide(BigInteger.valueOf(c)).longValueExact();
  }

  /// `ceil(a * b / c)`, or [Long#MAX_VALUE] if that does not fit a long.
  public static long upSaturated(long a, long b, long c) {
    check(a, b, c);
    if (Math.multiplyHigh(a, b) == 0 && a * b >= 0) {
      return Math.ceilDiv(a * b, c);
    }
    BigInteger result = ceilDiv(wide(a, b), BigInteger.valueOf(c));
    return result.bitLength() < Long.SIZE ? result.longValue() : Long.MAX_VALUE;
  }

  /// `ceil(numerator / denominator)` for zero or more over a positive number.
  public static BigInteger ceilDiv(BigInteger numerator, BigInteger denominator) {
    BigInteger[] parts = numerator.divideAndRemainder(denominator);
    return parts[1].signum() == 0 ? parts[0] : parts[0].add(BigInteger.ONE);
  }

  private static BigInteger wide(long a, long b) {
    return BigInteger.valueOf(a).multiply(BigInteger.valueOf(b));
  }

  private static void check(long a, long b, long c) {
    if (a < 0 || b < 0 || c <= 0) {
      throw new IllegalArgumentException(
          "cannot take " + a + " * " + b + " / " + c + ": needs a, b >= 0 and c > 0");
    }
  }
}
