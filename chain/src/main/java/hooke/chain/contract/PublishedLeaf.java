package hooke.chain.contract;

import hooke.chain.Bytes32;

/// What a leaf that was published for a challenge says of its task.
///
/// @param outcome 0 exited, 1 trapped, 2 out of fuel, 3 output limit
/// @param fuel of this task
/// @param size bytes of the result archive
public record PublishedLeaf(int outcome, int exitCode, long fuel, long size, Bytes32 outputRoot) {}
