// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What a contract that buys work may implement.
/// @notice An ordering contract signs receipts by ERC-1271 and is told its result here. Implementing either is optional.
interface IConsumer {
    /// @notice Called once, last in the transaction that settles `order` with a result. The caller is the Hooke contract.
    /// @param order The order's id.
    /// @param root The result root.
    /// @param fuel Fuel of one run.
    /// @dev Gets CALLBACK_GAS gas. A revert, or running out of gas, changes nothing: the order stays settled. Only called
    /// when the consumer had code when it ordered.
    function onResult(bytes32 order, bytes32 root, uint64 fuel) external;
}
