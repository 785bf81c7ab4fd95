package hooke.node.spec;

import hooke.chain.Wei;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/// A price of fuel. The law counts token-wei per 1,000,000 fuel; people read tokens per Gfuel
/// (1,000,000,000 fuel): 1 HKE/Gfuel is 10^15 wei per 1,000,000 fuel.
///
/// @param wei token-wei per 1,000,000 fuel, at least 0
public record UnitPrice(long wei) implements Comparable<UnitPrice> {
  /// What a price is shown in.
  public static final String UNIT = "HKE/Gfuel";

  private static final BigInteger SCALE = BigInteger.valueOf(1_000);

  public UnitPrice {
    if (wei < 0) {
      throw new IllegalArgumentException("a price cannot be negative");
    }
  }

  /// Reads decimal tokens per Gfuel, with or without the unit: `0.5`, `0.5 HKE/Gfuel`.
  ///
  /// @throws IllegalArgumentException saying what is wrong with `text`
  public static UnitPrice parse(String text) {
    String digits = text.strip();
    if (digits.endsWith(UNIT)) {
      digits = digits.substring(0, digits.length() - UNIT.length()).strip();
    }
    BigInteger[] parts;
    try {
      parts = Wei.parse(digits).value().divideAndRemainder(SCALE);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "'%s' is not a price: write tokens per Gfuel such as 0.5"
              .formatted(text.length() > 40 ? text.substring(0, 37) + "..." : text),
          e);
    }
    if (parts[1].signum() != 0) {
      throw new IllegalArgumentException(
          "'%s' is finer than a price can be: at most 15 decimal places".formatted(text));
    }
    if (parts[0].bitLength() > 63) {
      throw new IllegalArgumentException(
          "'%s' is too large: a price is below 9,223 %s".formatted(text, UNIT));
    }
    return new UnitPrice(parts[0].longValueExact());
  }

  /// This price and `basisPoints` more, rounded up.
  public UnitPrice raisedUp(int basisPoints) {
    BigInteger raised =
        BigInteger.valueOf(wei)
            .multiply(BigInteger.valueOf(10_000L + basisPoints))
            .add(BigInteger.valueOf(9_999))
            .divide(BigInteger.valueOf(10_000));
    return new UnitPrice(raised.min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact());
  }

  @Override
  public int compareTo(UnitPrice other) {
    return Long.compare(wei, other.wei);
  }

  /// Exact tokens per Gfuel, without the unit.
  public String tokens() {
    return new Wei(BigInteger.valueOf(wei).multiply(SCALE)).toString();
  }

  /// For people: four significant digits, rounded up so that nothing seems cheaper than it is.
  @Override
  public String toString() {
    return shown() + " " + UNIT;
  }

  /// The same without the unit.
  public String shown() {
    BigDecimal exact = new BigDecimal(tokens());
    BigDecimal shown =
        exact.precision() <= 4
            ? exact
            : exact.round(new java.math.MathContext(4, RoundingMode.UP)).stripTrailingZeros();
    return shown.toPlainString();
  }
}
