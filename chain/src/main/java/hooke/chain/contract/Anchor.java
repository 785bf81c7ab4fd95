package hooke.chain.contract;

import hooke.chain.Bytes32;

/// The commit of a volume's snapshot as it stands on chain.
///
/// @param commit of a [Snapshot]
/// @param seq from 1
/// @param leafCount leaves of [PossessionProof#LEAF_BYTES] in the data tree
/// @param madeAt unix second
/// @param endorsed the owner or its delegate stands for it, too
public record Anchor(Bytes32 commit, long seq, long leafCount, long madeAt, boolean endorsed) {}
