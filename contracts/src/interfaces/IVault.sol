// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice What one address owns inside the contract, in token base units (wei).
/// @param free May be withdrawn, staked, or locked by an order at any time.
/// @param locked Escrow of the address's own live orders, plus held pay of the operator it owns.
struct Account {
    uint128 free;
    uint128 locked;
}

/// @title The ledger: tokens come in once, work is paid inside, what is left goes out.
/// @notice No token moves when work is paid. At all times
/// `token.balanceOf(this) >= sum(free) + sum(locked) + sum(stake) + sum(unbonding) + burned`, with equality unless somebody
/// sends tokens here directly (such a gift is out of reach of everybody).
/// @dev Trusted: the token is a plain ERC-20: no fee on transfer, no rebasing, no hooks, no pause or block list. A token that
/// could pause would make `withdraw` wait; it could never change who owns what.
interface IVault {
    event Deposited(address indexed account, uint256 amount);
    event Withdrawn(address indexed account, uint256 amount);
    /// @notice `amount` wei became unreachable for everybody: a lost bond, held pay that was forfeited, refused pay.
    event Burned(uint256 amount);

    /// @notice A deposit, withdrawal, stake or unbonding of nothing.
    error ZeroAmount();
    /// @notice `account` has only `available` free wei, `required` are needed.
    error InsufficientFree(address account, uint256 required, uint256 available);
    /// @notice The ledger holds at most 2^128 - 1 wei in all; `available` more fit.
    /// @dev One bound here means that no later addition of two parts of the ledger can overflow, so no settlement can be blocked.
    error LedgerFull(uint256 amount, uint256 available);

    /// @notice The token everything is paid in. Fixed at deployment.
    function token() external view returns (IERC20);

    /// @notice Free and locked wei of `account`.
    function accountOf(address account) external view returns (Account memory);

    /// @notice Wei that nobody can reach any more, in total.
    function burned() external view returns (uint256);

    /// @notice Moves `amount` wei from the caller to its free balance. Needs an ERC-20 allowance.
    /// @dev Reverts `ZeroAmount`, `LedgerFull`, or as the token does.
    function deposit(uint256 amount) external;

    /// @notice `deposit` that first uses an ERC-2612 permit signed by the caller, so one transaction is enough.
    /// @dev A permit that fails is ignored when the allowance is there anyway: a stranger who sends the permit first cannot
    /// make this fail. Reverts as `deposit` does.
    function depositWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Moves `amount` wei of the caller's free balance back to the caller.
    /// @dev Reverts `ZeroAmount`, `InsufficientFree`.
    function withdraw(uint256 amount) external;
}
