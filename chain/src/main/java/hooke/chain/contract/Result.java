package hooke.chain.contract;

import hooke.chain.Bytes32;

/// The result of a settled order.
public record Result(Bytes32 root, long fuel) {}
