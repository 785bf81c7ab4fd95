package hooke.node.task;

import hooke.node.spec.Escaped;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.Reason;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What nodes say to an order without a bid: in one line for its consumer, and whether there is
/// anything to wait for. What was said is not said again, but for what goes on: that somebody still
/// prepares is news each time.
final class NoBidYet {
  /// What who says nothing is waited for, once somebody else has refused for good.
  static final Duration SILENCE = Duration.ofMinutes(1);

  /// The node has a bid on its way, or a slot of a quorum: nothing keeps it back.
  private static final String TAKEN = "ALREADY_TAKEN";

  /// The task itself could not be run there.
  private static final String CANNOT_RUN = "CANNOT_RUN";

  /// The order pays less than the node wants.
  private static final String TOO_CHEAP = "PRICE_BELOW_FLOOR";

  private String said = "";

  /// Why an order cannot be filled any more.
  ///
  /// @param reasons what every node said
  /// @param task whether the task itself is at fault for all of them
  /// @param dear whether there are nodes that would take it at a higher price
  /// @param idle nodes that said they would bid, and did not
  record Hopeless(String reasons, boolean task, boolean dear, Set<Integer> idle) {
    Hopeless {
      idle = Set.copyOf(idle);
    }
  }

  /// The line for these answers.
  ///
  /// @param which what has no bid, as the line's beginning
  /// @param answers by node
  /// @return empty when there is nothing new to say
  Optional<String> line(String which, Map<Integer, QuoteOrderResponse> answers) {
    String reasons = reasons(answers);
    if (reasons.isEmpty() || reasons.equals(said)) {
      return Optional.empty();
    }
    said = reasons;
    return Optional.of(which + ": " + reasons);
  }

  /// Whether every node that could bid has refused for good.
  ///
  /// @param asked numbers of all the nodes that the market knows as able to bid
  /// @param answers by node; nothing of those that did not answer
  /// @param open for how long nobody has bid
  static Optional<Hopeless> hopeless(
      Collection<Integer> asked, Map<Integer, QuoteOrderResponse> answers, Duration open) {
    boolean all = answers.keySet().containsAll(asked) || open.compareTo(SILENCE) >= 0;
    if (!all || answers.isEmpty() || !answers.values().stream().allMatch(NoBidYet::isFinal)) {
      return Optional.empty();
    }
    return Optional.of(
        new Hopeless(
            reasons(answers),
            answers.values().stream()
                .allMatch(answer ->
                    answer.getRefusal().getReasonsList().stream().anyMatch(NoBidYet::isOfTheTask)),
            false,
            Set.of()));
  }

  /// Whether nobody bids at the price of an order, while somebody would at a higher one. Who says
  /// that it would bid, and has not for a minute, is a bait or as good as one: it is not waited for
  /// where others only want more.
  ///
  /// @param asked as above
  /// @param answers as above
  /// @param open as above
  static Optional<Hopeless> tooCheap(
      Collection<Integer> asked, Map<Integer, QuoteOrderResponse> answers, Duration open) {
    boolean waited = open.compareTo(SILENCE) >= 0;
    if (!waited && !answers.keySet().containsAll(asked)) {
      return Optional.empty();
    }
    Set<Integer> idle = new HashSet<>();
    boolean dear = false;
    for (Map.Entry<Integer, QuoteOrderResponse> each : answers.entrySet()) {
      QuoteOrderResponse answer = each.getValue();
      boolean wantsMore = isOnlyOfThePrice(answer) && (waited || isFinal(answer));
      dear |= wantsMore;
      if (waited && answer.hasOffer() && !answer.getOffer().hasPreparing()) {
        idle.add(each.getKey());
      } else if (!wantsMore && !isFinal(answer)) {
        return Optional.empty();
      }
    }
    return dear ? Optional.of(new Hopeless(reasons(answers), false, true, idle)) : Optional.empty();
  }

  private static boolean isFinal(QuoteOrderResponse answer) {
    return answer.hasRefusal()
        && answer.getRefusal().getReasonsList().stream().anyMatch(reason -> !reason.getTemporary());
  }

  private static boolean isOnlyOfThePrice(QuoteOrderResponse answer) {
    return answer.getRefusal().getReasonsCount() > 0
        && answer.getRefusal().getReasonsList().stream()
            .allMatch(reason -> reason.getCode().equals(TOO_CHEAP));
  }

  private static boolean isOfTheTask(Reason reason) {
    return !reason.getTemporary() && reason.getCode().equals(CANNOT_RUN);
  }

  private static String reasons(Map<Integer, QuoteOrderResponse> answers) {
    return new TreeMap<>(answers)
        .entrySet().stream()
            .filter(answer -> !why(answer.getValue()).isEmpty())
            .map(answer -> "node " + answer.getKey() + ": " + why(answer.getValue()))
            .collect(Collectors.joining("; "));
  }

  private static String why(QuoteOrderResponse answer) {
    if (!answer.hasRefusal()) {
      return Escaped.text(answer.getOffer().getPreparing().getMessage(), Answer.MAX_WHY);
    }
    boolean taken =
        answer.getRefusal().getReasonsList().stream()
            .anyMatch(reason -> reason.getCode().equals(TAKEN));
    return taken
        ? ""
        : answer.getRefusal().getReasonsList().stream()
            .limit(Answer.MAX_REASONS)
            .map(reason -> Escaped.text(reason.getMessage(), Answer.MAX_WHY))
            .collect(Collectors.joining(", "));
  }
}
