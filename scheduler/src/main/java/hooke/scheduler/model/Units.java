package hooke.scheduler.model;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Locale;

/// Quantities as people read them, always in the same language and with the rounding in the name.
///
/// What is needed is rounded up and what is free is rounded down, so a sentence never says "needs 8
/// GiB, 8 GiB free".
public final class Units {

  private static final String[] BYTES = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final int TOKEN_DECIMALS = 18;

  private Units() {}

  /// "8 GiB", "3.3 GiB", "17 B": at most one decimal, rounded up.
  public static String bytesUp(long bytes) {
    return bytes(bytes, RoundingMode.CEILING);
  }

  /// "8 GiB", "3.2 GiB", "17 B": at most one decimal, rounded down.
  public static String bytesDown(long bytes) {
    return bytes(bytes, RoundingMode.FLOOR);
  }

  private static String bytes(long bytes, RoundingMode rounding) {
    int unit = bytes < 1024 ? 0 : (63 - Long.numberOfLeadingZeros(bytes)) / 10;
    BigDecimal value =
        BigDecimal.valueOf(bytes).divide(BigDecimal.valueOf(1L << (10 * unit)), 1, rounding);
    return plain(value) + " " + BYTES[unit];
  }

  /// "1.25 tokens": an amount of token-wei (18 decimals), exact.
  public static String tokens(BigInteger wei) {
    return plain(new BigDecimal(wei, TOKEN_DECIMALS)) + " tokens";
  }

  /// "12,500 wei per million fuel".
  public static String unitPrice(BigInteger price) {
    return String.format(Locale.ROOT, "%,d wei per million fuel", price);
  }

  /// "12,500 wei per million fuel".
  public static String unitPrice(long price) {
    return unitPrice(BigInteger.valueOf(price));
  }

  /// "1,000,000".
  public static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /// "2.5 s", "3 h 20 min": to a tenth of a second below a minute, rounded up.
  public static String lengthUp(Duration length) {
    long tenths = Math.ceilDiv(length.toMillis(), 100L);
    if (tenths < 600) {
      return plain(BigDecimal.valueOf(tenths, 1)) + " s";
    }
    long seconds = Math.ceilDiv(tenths, 10L);
    if (seconds < 3_600) {
      return joined(seconds / 60, "min", seconds % 60, "s");
    }
    long minutes = Math.ceilDiv(seconds, 60L);
    if (minutes < 1_440) {
      return joined(minutes / 60, "h", minutes % 60, "min");
    }
    long hours = Math.ceilDiv(minutes, 60L);
    return joined(hours / 24, "d", hours % 24, "h");
  }

  private static String joined(long big, String bigUnit, long small, String smallUnit) {
    String head = count(big) + " " + bigUnit;
    return small == 0 ? head : head + " " + small + " " + smallUnit;
  }

  private static String plain(BigDecimal value) {
    return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
  }
}
