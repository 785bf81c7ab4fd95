package hooke.chain.contract;

import hooke.chain.Wei;

/// All challenges of one slot together.
///
/// @param pending how many are not decided yet; settlement waits for them
/// @param voided one was voided: unless another wins, the slot is void when the last one ends
/// @param pot what of a lost bond waits for pending challenges that may still win
public record Dispute(int pending, boolean voided, Wei pot) {}
