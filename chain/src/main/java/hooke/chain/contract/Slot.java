package hooke.chain.contract;

import hooke.chain.Bytes32;

/// A slot as the contract stores it.
///
/// @param operatorId who holds it; 0 when nobody
/// @param price the bid, token-wei per 1,000,000 fuel
/// @param fuel claimed, once delivered or revealed
/// @param deadline unix second; assigned: last one to deliver or commit; delivered: last one to
///   refuse or challenge; settled: last one of the retention
/// @param receipted a receipt came before settlement
/// @param root committed: the commitment; later: the result root
public record Slot(
    SlotState state,
    int operatorId,
    int nodeId,
    long price,
    long fuel,
    long deadline,
    boolean receipted,
    Bytes32 root) {}
