package hooke.chain.contract;

/// A slot of a lease order as the law keeps it.
///
/// @param operatorId who holds it; 0: nobody
/// @param price token-wei per second
/// @param paidUntil everything before this unix second is paid
/// @param switchAt open: since when; leased: unix second from which on it may leave, 0 without
///   notice
/// @param summonedUntil last unix second to appear
/// @param version rises with each bid, resize and move: what a resize is signed for
public record LeaseSlot(
    LeaseSlotState state,
    int operatorId,
    int nodeId,
    long price,
    long paidUntil,
    long switchAt,
    long summonedUntil,
    int version) {}
