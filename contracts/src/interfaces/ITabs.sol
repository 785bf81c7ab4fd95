// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice A consumer's tab with one operator.
/// @param balance Locked wei that vouchers can still claim.
/// @param redeemed All wei ever claimed; never falls, so no voucher counts twice, not even after a tab was closed and opened again.
/// @param closesAt Unix second from which the rest may be taken back; 0: open.
struct Tab {
    uint104 balance;
    uint104 redeemed;
    uint40 closesAt;
}

/// @title Tabs: small amounts, for uploads as a rule, paid by vouchers that need no transaction each.
/// @notice A consumer locks a balance for one operator, then signs `Voucher(address consumer,uint32 operatorId,uint128 total)` for it, each
/// for all so far: the last one is enough. The operator claims whenever the sum is worth the gas. Whoever accepts a voucher must
/// look that the tab covers it and is not closing.
interface ITabs {
    /// @notice `amount` more wei are locked; a notice to close is withdrawn.
    event TabOpened(address indexed consumer, uint32 indexed operatorId, uint256 amount);
    /// @notice A voucher for `total` in all was claimed: `amount` wei went to the operator's owner.
    event VoucherRedeemed(address indexed consumer, uint32 indexed operatorId, uint256 amount, uint256 total);
    /// @notice From `closesAt` on the rest may be taken back. Vouchers count until it is.
    event TabClosing(address indexed consumer, uint32 indexed operatorId, uint256 closesAt);
    /// @notice The rest, `amount` wei, is free.
    event TabClosed(address indexed consumer, uint32 indexed operatorId, uint256 amount);

    error NoSuchOperator(uint32 operatorId);
    /// @notice Not the consumer's signature over Voucher(consumer, operatorId, total).
    error BadVoucher(address consumer, uint32 operatorId);
    /// @notice `redeemed` wei have been claimed already, so the voucher says nothing new.
    error VoucherSpent(uint256 total, uint256 redeemed);
    /// @notice The tab holds `available` wei, `required` are claimed.
    error TabTooSmall(uint256 required, uint256 available);
    /// @notice Nothing is left on the tab.
    error TabEmpty(address consumer, uint32 operatorId);
    /// @notice `closeTab` comes first.
    error TabNotClosing(address consumer, uint32 operatorId);

    /// @notice Seconds between `closeTab` and `reclaimTab`: time to claim.
    function TAB_NOTICE_SECONDS() external view returns (uint256);

    /// @notice The tab; all zero when there never was one.
    function tabOf(address consumer, uint32 operatorId) external view returns (Tab memory);

    /// @notice The EIP-712 digest of a voucher.
    function voucherDigest(address consumer, uint32 operatorId, uint128 total) external view returns (bytes32);

    /// @notice Locks `amount` wei of the caller's free balance for vouchers to one operator.
    /// @dev Reverts `ZeroAmount`, `NoSuchOperator`, `InsufficientFree`, and `SafeCastOverflowedUintDowncast` beyond 2^104 wei.
    function openTab(uint32 operatorId, uint256 amount) external;

    /// @notice Claims a voucher; anyone, the pay goes to the operator's owner. A consumer that is a contract signs by ERC-1271.
    /// @dev Reverts `VoucherSpent`, `TabTooSmall`, `BadVoucher`.
    function redeem(address consumer, uint32 operatorId, uint128 total, bytes calldata voucher) external;

    /// @notice Gives notice to the caller's tab.
    /// @dev Reverts `TabEmpty`.
    function closeTab(uint32 operatorId) external;

    /// @notice Frees what is left of a tab whose notice is over; anyone.
    /// @dev Reverts `TabNotClosing`, `TooEarly`.
    function reclaimTab(address consumer, uint32 operatorId) external;
}
