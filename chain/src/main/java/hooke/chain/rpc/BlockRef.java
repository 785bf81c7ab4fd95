package hooke.chain.rpc;

import hooke.chain.Bytes32;

/// A block by number and hash.
///
/// @param parent hash of the block before; how a reorganisation is seen
/// @param timestamp unix seconds, as the miner wrote it
public record BlockRef(long number, Bytes32 hash, Bytes32 parent, long timestamp) {}
