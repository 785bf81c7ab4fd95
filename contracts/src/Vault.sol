// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {Account, IVault} from "./interfaces/IVault.sol";

/// @title The ledger.
/// @dev Additions to a balance are unchecked on purpose: `_held`, the sum of everything, fits 128 bits, so no part can overflow.
abstract contract Vault is IVault {
    using SafeERC20 for IERC20;

    IERC20 public immutable token;

    mapping(address account => Account) internal _accounts;

    /// @dev All wei ever taken in less all ever paid out; what each account, stake and `_burned` add up to.
    uint128 private _held;
    uint128 private _burned;

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

    /// @dev Takes `amount` from the free balance; the caller puts it elsewhere.
    function _takeFree(address owner, uint256 amount) internal {
        uint256 free = _accounts[owner].free;
        if (free < amount) revert InsufficientFree(owner, amount, free);
        unchecked {
            _accounts[owner].free = uint128(free - amount);
        }
    }

    function _giveFree(address owner, uint256 amount) internal {
        unchecked {
            _accounts[owner].free += uint128(amount);
        }
    }

    function _lock(address owner, uint256 amount) internal {
        Account memory account = _accounts[owner];
        if (account.free < amount) revert InsufficientFree(owner, amount, account.free);
        unchecked {
            _accounts[owner] =
                Account({free: account.free - uint128(amount), locked: account.locked + uint128(amount)});
        }
    }

    /// @dev Ends `locked` wei of the owner's lock: `free` of them are the owner's again; the caller puts the rest elsewhere.
    function _unlock(address owner, uint256 locked, uint256 free) internal {
        Account memory account = _accounts[owner];
        // Checked: a lock that is ended twice must fail.
        account.locked -= uint128(locked);
        unchecked {
            account.free += uint128(free);
        }
        _accounts[owner] = account;
    }

    /// @dev Gives `free + locked` wei that were taken from elsewhere.
    function _give(address owner, uint256 free, uint256 locked) internal {
        Account memory account = _accounts[owner];
        unchecked {
            account.free += uint128(free);
            account.locked += uint128(locked);
        }
        _accounts[owner] = account;
    }

    /// @dev Puts `amount` wei that were taken from elsewhere out of everybody's reach.
    function _burn(uint256 amount) internal {
        if (amount == 0) return;
        unchecked {
            _burned += uint128(amount);
        }
        emit Burned(amount);
    }
}
