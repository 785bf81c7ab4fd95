package hooke.node.task;

import hooke.chain.contract.Terms;
import hooke.node.market.NodeView;
import hooke.node.spec.Escaped;
import hooke.node.spec.UnitPrice;
import hooke.v1.Offer;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// What one node says to an order that is not placed yet.
public sealed interface Answer {
  NodeView node();

  /// It would bid.
  ///
  /// @param price the unit price it would bid
  /// @param delay how long after the order
  record Offers(NodeView node, UnitPrice floor, UnitPrice price, Duration delay)
      implements Answer {}

  /// It would not.
  record Declines(NodeView node, List<Reason> reasons) implements Answer {
    private static final Set<String> TOO_LONG = Set.of("RUN_TOO_LONG", "DEADLINE_UNREACHABLE");
    private static final Set<String> TOO_LARGE =
        Set.of("BOND_TOO_LARGE", "BOND_NOT_FREE", "STAKE_AT_RISK", "NO_ROOM", "NEVER_FITS");

    public Declines {
      reasons = List.copyOf(reasons);
    }

    /// Whether a higher price is all that is missing.
    public boolean onlyPrice() {
      return !reasons.isEmpty() && reasons.stream().allMatch(reason -> reason.getFloorPrice() > 0);
    }

    /// Whether a slot's run may take too long here.
    boolean isTooLong() {
      return reasons.stream().anyMatch(reason -> TOO_LONG.contains(reason.getCode()));
    }

    /// Whether a slot with less work in it might be taken.
    boolean isTooLarge() {
      return isTooLong()
          || reasons.stream().anyMatch(reason -> TOO_LARGE.contains(reason.getCode()));
    }

    public UnitPrice floor() {
      return new UnitPrice(reasons.stream().mapToLong(Reason::getFloorPrice).max().orElse(0));
    }

    /// The same without the price among its reasons, where there are others: for whoever did not
    /// choose the price that was asked about.
    Declines besidesPrice() {
      return onlyPrice()
          ? this
          : new Declines(
              node, reasons.stream().filter(reason -> reason.getFloorPrice() == 0).toList());
    }
  }

  /// What a node's answer says. One that cannot be meant (a price below nothing or above what the
  /// law counts, a delay beyond the time for bids) counts as none.
  static Answer of(NodeView node, Terms terms, QuoteOrderResponse response) {
    if (response.hasRefusal()) {
      List<Reason> reasons =
          response.getRefusal().getReasonsList().stream().limit(MAX_REASONS).toList();
      return reasons.stream().anyMatch(reason -> reason.getFloorPrice() < 0)
          ? new Silent(node, "it names a price below nothing")
          : new Declines(node, reasons);
    }
    if (!response.hasOffer()) {
      return new Silent(node, "it answered neither yes nor no");
    }
    Offer offer = response.getOffer();
    long seconds = offer.getBidDelay().getSeconds();
    int nanos = offer.getBidDelay().getNanos();
    if (offer.getFloorPrice() < 0 || offer.getPrice() < offer.getFloorPrice()) {
      return new Silent(node, "it names a price below nothing, or below its own floor");
    }
    if (offer.getPrice() > terms.maxPrice()) {
      return new Silent(node, "it would bid more than the order pays, which the law refuses");
    }
    if (seconds < 0 || nanos < 0 || nanos >= 1_000_000_000) {
      return new Silent(node, "it would bid after a time that is none");
    }
    if (seconds > terms.openSeconds()) {
      return new Silent(node, "it would bid only after the time for bids");
    }
    return new Offers(
        node,
        new UnitPrice(offer.getFloorPrice()),
        new UnitPrice(offer.getPrice()),
        Duration.ofSeconds(seconds, nanos));
  }

  /// It did not answer.
  record Silent(NodeView node, String why) implements Answer {}

  /// What is told of a node's words: as many reasons, of so many characters each.
  int MAX_REASONS = 20;

  int MAX_WHY = 500;

  /// Why it would not bid, in one line; empty for an offer.
  default String why() {
    return switch (this) {
      case Offers ignored -> "";
      case Declines declines ->
          declines.reasons().stream()
              .limit(MAX_REASONS)
              .map(reason -> Escaped.text(reason.getMessage(), MAX_WHY))
              .collect(Collectors.joining("; "));
      case Silent silent -> Escaped.text(silent.why(), MAX_WHY);
    };
  }
}
