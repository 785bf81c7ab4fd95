// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {Account, IVault} from "./interfaces/IVault.sol";
import {Ledger} from "./Ledger.sol";

/// @title The doors of the ledger: tokens come in and go out.
/// @dev Holds no storage; see `TaskBook` for why.
abstract contract Vault is Ledger, IVault {
    using SafeERC20 for IERC20;

    IERC20 public immutable token;

    constructor(IERC20 token_) {
        token = token_;
    }

    function accountOf(address account) external view returns (Account memory) {
        return _accounts[account];
    }

    function burned() external view returns (uint256) {
        return _burned;
    }

    function deposit(uint256 amount) external {
        _deposit(amount);
    }

    function depositWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        // Whoever sees the permit may send it first; then it is used up here, and the allowance is there.
        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _deposit(amount);
    }

    function withdraw(uint256 amount) external {
        if (amount == 0) revert ZeroAmount();
        _takeFree(msg.sender, amount);
        unchecked {
            _held -= uint128(amount);
        }
        emit Withdrawn(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    function _deposit(uint256 amount) private {
        if (amount == 0) revert ZeroAmount();
        uint256 room = type(uint128).max - _held;
        if (amount > room) revert LedgerFull(amount, room);
        _held += uint128(amount);
        _giveFree(msg.sender, amount);
        emit Deposited(msg.sender, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }
}
