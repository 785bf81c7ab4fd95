package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;

/// A mandate as the law keeps it.
///
/// @param from first unix second at which the agent may order
/// @param until last such second
/// @param ended revoked or over: nothing is locked by it any more
/// @param budget that orders may still take
/// @param root of the tree over the templates
public record Mandate(
    Address owner, long from, long until, boolean ended, Address agent, Wei budget, Bytes32 root) {}
