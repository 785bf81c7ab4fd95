// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Account, IVault} from "./interfaces/IVault.sol";

/// @title The ledger: who owns which part of the tokens, and every step that changes it.
/// @dev Additions to a balance are unchecked on purpose: `_held`, the sum of everything, fits 128 bits, so no part can overflow.
abstract contract Ledger {
    mapping(address account => Account) internal _accounts;

    /// @dev All wei ever taken in less all ever paid out; what each account, stake and `_burned` add up to.
    uint128 internal _held;
    uint128 internal _burned;

    /// @dev Takes `amount` from the free balance; the caller puts it elsewhere.
    function _takeFree(address owner, uint256 amount) internal {
        uint256 free = _accounts[owner].free;
        if (free < amount) revert IVault.InsufficientFree(owner, amount, free);
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
        if (account.free < amount) revert IVault.InsufficientFree(owner, amount, account.free);
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
        emit IVault.Burned(amount);
    }
}
