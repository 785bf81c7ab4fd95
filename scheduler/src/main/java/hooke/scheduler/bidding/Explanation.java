package hooke.scheduler.bidding;

import hooke.scheduler.model.Units;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/// A decision in words, for `hooke quote`, `hooke market show` and the log.
///
/// @param verdict one line: would bid at which price, from when, or not
/// @param reasons what stands in the way, one sentence each; empty for a bid
public record Explanation(String verdict, List<String> reasons) {

  public Explanation {
    reasons = List.copyOf(reasons);
  }

  /// The words for `decision`.
  public static Explanation of(Decision decision) {
    return switch (decision) {
      case Decision.Bid bid ->
          new Explanation(
              "would bid %s (its floor is %s)"
                  .formatted(Units.unitPriceUp(bid.price()), Units.unitPriceUp(bid.floor())),
              List.of());
      case Decision.Wait wait ->
          new Explanation(
              "would bid %s at %s".formatted(Units.unitPriceUp(wait.floor()), wait.until()),
              sentences(wait.reasons()));
      case Decision.Decline decline ->
          new Explanation(
              decline.isFinal() ? "will not bid" : "cannot bid now", sentences(decline.reasons()));
    };
  }

  /// One block of lines for all nodes: "node: verdict", then each reason on a line of its own.
  public static String ofAll(SortedMap<String, Decision> byNode) {
    List<String> lines = new ArrayList<>();
    byNode.forEach((node, decision) -> {
      Explanation words = of(decision);
      lines.add(node + ": " + words.verdict());
      words.reasons().forEach(reason -> lines.add("  - " + reason));
    });
    return String.join("\n", lines);
  }

  private static List<String> sentences(List<? extends Reason> reasons) {
    return reasons.stream().map(Reason::sentence).toList();
  }
}
