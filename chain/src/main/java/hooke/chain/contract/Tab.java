package hooke.chain.contract;

import hooke.chain.Wei;

/// A consumer's tab with one operator.
///
/// @param balance what vouchers can still claim
/// @param redeemed all that was ever claimed; never falls
/// @param closesAt unix second from which the rest may be taken back; 0: open
public record Tab(Wei balance, Wei redeemed, long closesAt) {}
