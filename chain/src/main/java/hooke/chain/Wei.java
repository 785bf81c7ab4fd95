package hooke.chain;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Pattern;

/// An amount of a token (or of the chain's own coin) in its smallest unit, 10^-18. Never negative,
/// never rounded.
public record Wei(BigInteger value) implements Comparable<Wei> {
  /// Decimal places of the payment token and of ether.
  public static final int DECIMALS = 18;

  private static final BigInteger TOKEN = BigInteger.TEN.pow(DECIMALS);
  private static final BigInteger LIMIT = BigInteger.ONE.shiftLeft(256);

  public static final Wei ZERO = new Wei(BigInteger.ZERO);

  private static final Pattern AMOUNT = Pattern.compile("[0-9]{1,60}(\\.([0-9]{1,60}))?");

  public Wei {
    if (value.signum() < 0) {
      throw new IllegalArgumentException("an amount cannot be negative: " + value + " wei");
    }
    if (value.compareTo(LIMIT) >= 0) {
      throw new IllegalArgumentException("an amount must be below 2^256 wei");
    }
  }

  public static Wei of(long value) {
    return new Wei(BigInteger.valueOf(value));
  }

  /// Whole tokens: `tokens(3)` is 3 * 10^18 wei.
  public static Wei tokens(long tokens) {
    return new Wei(BigInteger.valueOf(tokens).multiply(TOKEN));
  }

  /// Reads decimal tokens: digits, and at most 18 of them after one point: "12", "0.5",
  /// "1.250000000000000001".
  ///
  /// @throws IllegalArgumentException saying what is wrong with `text`
  public static Wei parse(String text) {
    String amount = text.strip();
    if (amount.startsWith("-")) {
      throw new IllegalArgumentException(
          "'%s' is negative: an amount is at least 0".formatted(text));
    }
    var match = AMOUNT.matcher(amount);
    if (!match.matches()) {
      throw new IllegalArgumentException(
          "'%s' is not an amount: write decimal tokens such as 12 or 0.25"
              .formatted(Hex.shorten(text)));
    }
    String fraction = match.group(2);
    if (fraction != null && fraction.length() > DECIMALS) {
      throw new IllegalArgumentException(
          "'%s' has %d decimal places: the token has %d"
              .formatted(Hex.shorten(text), fraction.length(), DECIMALS));
    }
    return new Wei(new BigDecimal(amount).movePointRight(DECIMALS).toBigIntegerExact());
  }

  public boolean isZero() {
    return value.signum() == 0;
  }

  public Wei plus(Wei other) {
    return new Wei(value.add(other.value));
  }

  /// The difference, which must not be negative.
  ///
  /// @throws IllegalArgumentException if `other` is more than this
  public Wei minus(Wei other) {
    if (compareTo(other) < 0) {
      throw new IllegalArgumentException("%s minus %s is below zero".formatted(this, other));
    }
    return new Wei(value.subtract(other.value));
  }

  public Wei times(long factor) {
    return new Wei(value.multiply(BigInteger.valueOf(factor)));
  }

  public Wei min(Wei other) {
    return compareTo(other) <= 0 ? this : other;
  }

  @Override
  public int compareTo(Wei other) {
    return value.compareTo(other.value);
  }

  /// Decimal tokens, exact, without trailing zeros: "1.25".
  @Override
  public String toString() {
    BigDecimal tokens = new BigDecimal(value).movePointLeft(DECIMALS).stripTrailingZeros();
    return tokens.signum() == 0 ? "0" : tokens.toPlainString();
  }

  /// For people: "1.25 HKE".
  public String format(String symbol) {
    return this + " " + symbol;
  }
}
