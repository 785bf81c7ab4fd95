package hooke.chain.contract;

import hooke.chain.Wei;

/// What an address owns inside the vault.
///
/// @param free may be withdrawn, staked or locked at any time
/// @param locked escrow of its live orders, and held pay of its operator
public record Account(Wei free, Wei locked) {}
