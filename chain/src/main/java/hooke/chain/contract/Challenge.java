package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Bytes32;

/// A challenge of one task's result.
///
/// @param challenger who stands for it
/// @param deadline asked: last unix second to publish the leaf
/// @param attempt judging: 1, or 2 after a first jury could not tell
/// @param leaf the published leaf's hash; zero before
public record Challenge(
    Address challenger, ChallengeState state, long deadline, int attempt, Bytes32 leaf) {}
