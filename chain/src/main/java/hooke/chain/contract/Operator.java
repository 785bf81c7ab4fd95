package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Wei;

/// A seller as the contract stores it.
///
/// @param owner cold key: owns stake and earnings; zero when there is no such operator
/// @param sinceBlock block of registration or of the last rise of the stake
/// @param stake bonded or not
/// @param bonded part of `stake` that is locked for assignments
/// @param unbonding left the stake and waits for `unbondAt` (unix seconds)
/// @param kept pay of settled slots; like the next two rounded down to 10^9 wei, and advice only
/// @param broken bonds lost
/// @param refused pay that consumers burned
public record Operator(
    Address owner,
    long sinceBlock,
    Wei stake,
    Wei bonded,
    Wei unbonding,
    long unbondAt,
    Wei kept,
    Wei broken,
    Wei refused) {}
