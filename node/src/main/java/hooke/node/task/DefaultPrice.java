package hooke.node.task;

import hooke.node.spec.UnitPrice;
import java.util.List;
import java.util.Optional;

/// The price of an order whose consumer named none: it rises from what the cheapest take to what
/// enough others would, so that nobody is paid more than it takes, and no order waits for one
/// provider alone.
///
/// @param start what those that are needed at the least take at once
/// @param max what enough providers take, and some more, so that one whose load changes meanwhile
///   still can
record DefaultPrice(UnitPrice start, UnitPrice max) {
  /// So many operators shall be able to take it: one who offers little and never bids, or two who
  /// do so together, decide nothing.
  static final int ENOUGH = 3;

  private static final int HEADROOM_BPS = 2_500;

  /// Blocks in which it rises.
  static final int RAMP_BLOCKS = 4;

  /// The price for what the market says.
  ///
  /// @param floors the least that each operator takes, in any order
  /// @param needed operators without whom the order cannot be filled
  /// @return empty if nobody would take it at any price
  static Optional<DefaultPrice> of(List<UnitPrice> floors, int needed) {
    if (floors.isEmpty()) {
      return Optional.empty();
    }
    List<UnitPrice> sorted = floors.stream().sorted().toList();
    UnitPrice start = sorted.get(Math.min(needed, sorted.size()) - 1);
    UnitPrice enough = sorted.get(Math.min(Math.max(needed, ENOUGH), sorted.size()) - 1);
    return Optional.of(new DefaultPrice(start, enough.raisedUp(HEADROOM_BPS)));
  }
}
