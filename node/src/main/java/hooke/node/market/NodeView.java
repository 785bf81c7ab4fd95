package hooke.node.market;

import hooke.chain.contract.NodeProfile;

/// A provider's machine as registered on chain.
///
/// @param active false once retired
/// @param registeredBlock block of its registration
public record NodeView(
    int id, int operatorId, NodeProfile profile, boolean active, long registeredBlock) {}
