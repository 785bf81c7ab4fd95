package hooke.node.config;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads quantities as people write them. Every method takes the text alone and fails with a
/// sentence that shows a right example; [Yaml] adds the field's path.
public final class Units {
  private static final Pattern QUANTITY =
      Pattern.compile("\\s*([0-9]+(?:\\.[0-9]+)?)\\s*([A-Za-z]*)\\s*");

  private static final Map<String, BigDecimal> BYTES =
      Map.ofEntries(
          Map.entry("B", BigDecimal.ONE),
          Map.entry("", BigDecimal.ONE),
          Map.entry("kB", BigDecimal.valueOf(1_000)),
          Map.entry("MB", BigDecimal.valueOf(1_000_000)),
          Map.entry("GB", BigDecimal.valueOf(1_000_000_000)),
          Map.entry("KiB", BigDecimal.valueOf(1L << 10)),
          Map.entry("MiB", BigDecimal.valueOf(1L << 20)),
          Map.entry("GiB", BigDecimal.valueOf(1L << 30)),
          Map.entry("TiB", BigDecimal.valueOf(1L << 40)));

  private static final Map<String, BigDecimal> MILLISECONDS =
      Map.of(
          "ms", BigDecimal.ONE,
          "s", BigDecimal.valueOf(1_000),
          "m", BigDecimal.valueOf(60_000),
          "h", BigDecimal.valueOf(3_600_000),
          "d", BigDecimal.valueOf(86_400_000));

  private static final Map<String, BigDecimal> FUEL =
      Map.of(
          "", BigDecimal.ONE,
          "k", BigDecimal.valueOf(1_000),
          "M", BigDecimal.valueOf(1_000_000),
          "G", BigDecimal.valueOf(1_000_000_000),
          "T", BigDecimal.valueOf(1_000_000_000_000L));

  private static final Map<String, BigDecimal> CPU_MILLIS =
      Map.of("", BigDecimal.valueOf(1_000), "m", BigDecimal.ONE);

  private Units() {}

  /// A size in bytes: `64 MiB`, `1.5 GB`, `4096`.
  public static long bytes(String text) {
    return quantity(text, BYTES, "a size such as 64 MiB, 1.5 GB or 4096");
  }

  /// A time with its unit, down to one millisecond: `250 ms`, `30 s`, `10 m`, `2 h`, `7 d`.
  public static Duration duration(String text) {
    return Duration.ofMillis(
        quantity(text, MILLISECONDS, "a time such as 250 ms, 30 s, 10 m, 2 h or 7 d"));
  }

  /// An amount of fuel: `500M`, `10G` or a plain number.
  public static long fuel(String text) {
    return quantity(text, FUEL, "an amount of fuel such as 500M, 10G or 1000000");
  }

  /// Thousandths of a core: `2` is two cores, `500m` is half of one.
  public static int cpuMillis(String text) {
    long millis = quantity(text, CPU_MILLIS, "a number of cores such as 2, 0.5 or 500m");
    if (millis > 10_000_000) {
      throw new ConfigException("'" + text + "' is more than 10,000 cores");
    }
    return (int) millis;
  }

  private static long quantity(String text, Map<String, BigDecimal> units, String wanted) {
    Matcher matcher = QUANTITY.matcher(text);
    // Nineteen digits already exceed a long; the cap keeps BigDecimal from doing a stranger's work.
    if (text.length() > 40 || !matcher.matches()) {
      throw new ConfigException("'" + shortened(text) + "' is not " + wanted);
    }
    BigDecimal factor = units.get(matcher.group(2));
    if (factor == null) {
      throw new ConfigException(
          "'"
              + shortened(text)
              + "' has the unknown unit '"
              + matcher.group(2)
              + "'; write "
              + wanted);
    }
    BigDecimal value = new BigDecimal(matcher.group(1)).multiply(factor);
    BigInteger whole;
    try {
      whole = value.toBigIntegerExact();
    } catch (ArithmeticException e) {
      throw new ConfigException("'" + text + "' is finer than the smallest unit; write " + wanted);
    }
    if (whole.bitLength() > 63) {
      throw new ConfigException("'" + text + "' is too large; write " + wanted);
    }
    return whole.longValueExact();
  }

  private static String shortened(String text) {
    return text.length() <= 40 ? text : text.substring(0, 37) + "...";
  }

  /// Bytes as people read them: `1.5 GiB`, `640 B`.
  public static String showBytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    String[] names = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = bytes;
    int unit = -1;
    while (value >= 1024 && unit < names.length - 1) {
      value /= 1024;
      unit++;
    }
    String digits = value >= 100 ? "%.0f" : "%.1f";
    return String.format(java.util.Locale.ROOT, digits + " %s", value, names[unit])
        .replace(".0 ", " ");
  }

  /// Fuel as people read it: `1.25G`, `340k`.
  public static String showFuel(long fuel) {
    String[] names = {"", "k", "M", "G", "T", "P", "E"};
    double value = fuel;
    int unit = 0;
    while (value >= 1000 && unit < names.length - 1) {
      value /= 1000;
      unit++;
    }
    return unit == 0
        ? Long.toString(fuel)
        : String.format(java.util.Locale.ROOT, "%.2f%s", value, names[unit]);
  }
}
