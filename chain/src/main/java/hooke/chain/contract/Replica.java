package hooke.chain.contract;

import hooke.chain.Address;

/// A replica of a volume: who holds a slot.
///
/// @param key the node key that signs anchors
/// @param firstEpoch first epoch in which it fails when it is drawn and does not prove
/// @param provedEpoch last epoch in which it proved; 0: never
/// @param diskMib the disk that it agreed to
public record Replica(Address key, long firstEpoch, long provedEpoch, int diskMib) {}
