package hooke.scheduler.model;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
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

  /// A price counts 10^-18 tokens per 10^6 fuel, which is 10^-15 tokens per 10^9 fuel.
  private static final int PRICE_DECIMALS = 15;

  private static final int PRICE_DIGITS = 4;

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

  /// "1.25 HKE": an amount of token-wei (18 decimals), exact.
  public static String tokens(BigInteger wei) {
    return plain(new BigDecimal(wei, TOKEN_DECIMALS)) + " HKE";
  }

  /// "0.0125 HKE/Gfuel": a price given in token-wei per 1,000,000 fuel, as tokens per 1,000,000,000
  /// fuel, four significant digits, rounded up.
  public static String unitPriceUp(BigInteger price) {
    return unitPrice(price, RoundingMode.CEILING);
  }

  /// The same of a price that is at hand as a number.
  public static String unitPriceUp(long price) {
    return unitPriceUp(BigInteger.valueOf(price));
  }

  /// "0.0125 HKE/Gfuel", rounded down: what an order pays at most never seems to reach a floor that
  /// it misses.
  public static String unitPriceDown(long price) {
    return unitPrice(BigInteger.valueOf(price), RoundingMode.FLOOR);
  }

  private static String unitPrice(BigInteger price, RoundingMode rounding) {
    BigDecimal exact = new BigDecimal(price, PRICE_DECIMALS);
    return plain(exact.round(new MathContext(PRICE_DIGITS, rounding))) + " HKE/Gfuel";
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
