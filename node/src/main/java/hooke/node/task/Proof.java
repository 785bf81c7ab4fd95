package hooke.node.task;

import hooke.chain.contract.Verification;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How a consumer wants to be convinced of a result.
///
/// @param quorum equal results that settle; 1 when attended
/// @param slots providers that run the task; 1 when attended
public record Proof(Verification mode, int quorum, int slots) {
  /// One provider; the consumer's receipt settles.
  public static final Proof ATTENDED = new Proof(Verification.ATTENDED, 1, 1);

  /// One provider; anyone may challenge the result for a while, and a jury decides.
  public static final Proof OPTIMISTIC = new Proof(Verification.OPTIMISTIC, 1, 1);

  /// Most providers of one order.
  public static final int MAX_SLOTS = 15;

  private static final Pattern QUORUM = Pattern.compile("quorum:([0-9]{1,3})/([0-9]{1,3})");

  /// Reads `attended`, `optimistic` or `quorum:Q/K`.
  ///
  /// @throws IllegalArgumentException saying what is wrong with `text`
  public static Proof parse(String text) {
    if (text.equals("attended")) {
      return ATTENDED;
    }
    if (text.equals("optimistic")) {
      return OPTIMISTIC;
    }
    Matcher matcher = QUORUM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'%s' is no way to verify: write attended, optimistic or quorum:2/3"
              .formatted(text.length() > 40 ? text.substring(0, 37) + "..." : text));
    }
    int quorum = Integer.parseInt(matcher.group(1));
    int slots = Integer.parseInt(matcher.group(2));
    if (slots < 2 || slots > MAX_SLOTS) {
      throw new IllegalArgumentException(
          "'%s' asks for %d providers: 2 to %d can work on one order"
              .formatted(text, slots, MAX_SLOTS));
    }
    if (quorum > slots || 2 * quorum <= slots) {
      throw new IllegalArgumentException(
          "'%s' is no majority: the quorum must be more than half of the providers and at most all"
              .formatted(text));
    }
    return new Proof(Verification.QUORUM, quorum, slots);
  }

  @Override
  public String toString() {
    return switch (mode) {
      case ATTENDED -> "attended";
      case OPTIMISTIC -> "optimistic";
      case QUORUM -> "quorum:%d/%d".formatted(quorum, slots);
    };
  }
}
