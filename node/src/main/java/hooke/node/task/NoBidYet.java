package hooke.node.task;

import hooke.v1.QuoteOrderResponse;
import hooke.v1.Reason;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Puts what nodes say to an order without a bid into one line for its consumer. What was said is
/// not said again, but for what goes on: that somebody still prepares is news each time.
final class NoBidYet {
  private String said = "";

  /// The line for these answers.
  ///
  /// @param which what has no bid, as the line's beginning
  /// @param answers by node
  /// @return empty when there is nothing new to say
  Optional<String> line(String which, Map<Integer, QuoteOrderResponse> answers) {
    String reasons =
        answers.entrySet().stream()
            .filter(answer -> !why(answer.getValue()).isEmpty())
            .map(answer -> "node " + answer.getKey() + ": " + why(answer.getValue()))
            .collect(Collectors.joining("; "));
    if (reasons.isEmpty() || reasons.equals(said)) {
      return Optional.empty();
    }
    said = reasons;
    return Optional.of(which + ": " + reasons);
  }

  private static String why(QuoteOrderResponse answer) {
    return answer.hasRefusal()
        ? answer.getRefusal().getReasonsList().stream()
            .map(Reason::getMessage)
            .collect(Collectors.joining(", "))
        : answer.getOffer().getPreparing().getMessage();
  }
}
