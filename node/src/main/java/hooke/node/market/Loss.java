package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import java.time.Duration;

/// A bond, or a part of one, that an operator lost by a slot of an order.
///
/// @param time unix seconds of the block
public record Loss(int operatorId, Bytes32 order, Wei bond, long time) {
  /// For at least so long before the newest; longer than an hour, since a reorganisation may set
  /// the time back.
  static final Duration REMEMBERED = Duration.ofHours(3);
}
