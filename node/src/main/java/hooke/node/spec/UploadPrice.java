package hooke.node.spec;

import hooke.chain.Wei;
import java.math.BigInteger;
import java.time.Duration;

/// A price of keeping bytes for somebody.
///
/// @param gibHour token-wei for 1,073,741,824 bytes and one hour
public record UploadPrice(Wei gibHour) {
  private static final BigInteger UNIT = BigInteger.valueOf((1L << 30) * 3_600);

  /// What it costs to keep so many bytes for so long, rounded up to whole wei.
  ///
  /// @param time from 0; parts of a second count as one
  public Wei of(long bytes, Duration time) {
    BigInteger seconds = BigInteger.valueOf(Math.ceilDiv(time.toMillis(), 1_000L));
    BigInteger[] parts =
        gibHour
            .value()
            .multiply(BigInteger.valueOf(bytes))
            .multiply(seconds)
            .divideAndRemainder(UNIT);
    return new Wei(parts[1].signum() == 0 ? parts[0] : parts[0].add(BigInteger.ONE));
  }
}
