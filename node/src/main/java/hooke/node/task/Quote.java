package hooke.node.task;

import hooke.chain.Wei;
import hooke.chain.contract.Terms;
import hooke.node.spec.UnitPrice;
import java.util.List;

/// What an order would meet if it were placed now.
///
/// @param terms as they would be ordered
/// @param automatic whether the price was taken from the offers
/// @param answers one for each active node
/// @param needed operators that must take part
public record Quote(Terms terms, boolean automatic, List<Answer> answers, int needed) {
  public Quote {
    answers = List.copyOf(answers);
  }

  public List<Answer.Offers> offers() {
    return answers.stream()
        .filter(Answer.Offers.class::isInstance)
        .map(Answer.Offers.class::cast)
        .toList();
  }

  /// Operators that would bid.
  public long operators() {
    return offers().stream().map(offer -> offer.node().operatorId()).distinct().count();
  }

  public boolean filled() {
    return operators() >= needed;
  }

  /// Whether a node refuses because a slot's run may take too long.
  public boolean isTooLong() {
    return answers.stream()
        .anyMatch(answer -> answer instanceof Answer.Declines declines && declines.isTooLong());
  }

  /// The price in words: where it starts, what it reaches and when.
  public String price() {
    UnitPrice max = new UnitPrice(terms.maxPrice());
    return terms.startPrice() == terms.maxPrice() || terms.rampSeconds() == 0
        ? "at most " + max
        : "from %s to %s within %d s"
            .formatted(new UnitPrice(terms.startPrice()).shown(), max, terms.rampSeconds());
  }

  /// What the order would lock.
  public Wei escrow() {
    return terms.escrow();
  }
}
