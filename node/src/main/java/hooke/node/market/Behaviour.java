package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.node.spec.ResultLeaf;

/// How a provider behaves at the points where it could cheat. Every real node is [#HONEST];
/// scenario tests put a liar, a no-show or a mute revealer in its place and watch what the law does
/// to it.
public interface Behaviour {
  /// Does what was promised.
  Behaviour HONEST = new Behaviour() {};

  /// The leaf that is reported for what the run really gave.
  default ResultLeaf report(ResultLeaf truth) {
    return truth;
  }

  /// Whether this machine can run the order's tasks, though it seemed so before the bid.
  default boolean runs(Bytes32 order) {
    return true;
  }

  /// Whether a finished run of this order is delivered or committed at all.
  default boolean delivers(Bytes32 order) {
    return true;
  }

  /// Whether a commitment is revealed.
  default boolean reveals(Bytes32 order) {
    return true;
  }
}
