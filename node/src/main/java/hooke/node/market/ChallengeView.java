package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.contract.ChallengeState;
import org.jspecify.annotations.Nullable;

/// One challenge of a task's result as the chain's events tell it.
///
/// @param index of the task in the order
/// @param slot that the task was in
/// @param deadline ASKED: last unix second to publish the leaf
/// @param jury order that judges it; null before one was called
public record ChallengeView(
    int index,
    int slot,
    Address challenger,
    ChallengeState state,
    long deadline,
    @Nullable Bytes32 jury) {

  ChallengeView to(ChallengeState next) {
    return new ChallengeView(index, slot, challenger, next, deadline, jury);
  }

  ChallengeView judgedBy(Bytes32 order) {
    return new ChallengeView(index, slot, challenger, ChallengeState.JUDGING, deadline, order);
  }

  /// Whether it still keeps its slot from being settled.
  public boolean pending() {
    return state == ChallengeState.ASKED || state == ChallengeState.JUDGING;
  }
}
