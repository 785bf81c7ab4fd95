// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProviders} from "./interfaces/IProviders.sol";
import {Tab} from "./interfaces/ITabs.sol";
import {Ledger} from "./Ledger.sol";

/// @title Operators, their stake and bonds, and their nodes: storage, and every step that changes a bond.
abstract contract Sellers is Ledger {
    uint256 private constant GWEI = 1e9;
    uint256 private constant SZABO = 1e12;

    /// @dev Two words that are often used, and the owner. `bid` reads one word, a settlement writes one.
    struct Seller {
        uint88 stake;
        uint88 bonded;
        uint32 sinceBlock;
        uint48 keptSzabo; // 1e12 wei
        // -
        address owner;
        // -
        uint96 unbonding;
        uint32 unbondAt; // until 2106
        uint64 brokenGwei;
        uint64 refusedGwei;
    }

    /// @dev One word. The owner never changes; a copy here spares each drawn bid a look at the operator's.
    struct NodeWord {
        uint32 nodeId;
        uint32 operatorId;
        bool active;
        address owner;
    }

    mapping(uint32 operatorId => Seller) internal _sellers;
    mapping(address owner => uint32 operatorId) internal _operatorIds;
    mapping(address key => NodeWord) internal _nodes;

    uint128 internal _totalStake;
    uint32 internal _operatorCount;
    uint32 internal _nodeCount;

    mapping(address consumer => mapping(uint32 operatorId => Tab)) internal _tabs;

    /// @dev Locks a bond. Reverts `InsufficientStake`.
    function _bond(uint32 operatorId, uint256 amount) internal {
        Seller storage seller = _sellers[operatorId];
        uint256 bonded = seller.bonded;
        uint256 available = seller.stake - bonded;
        if (available < amount) revert IProviders.InsufficientStake(operatorId, amount, available);
        unchecked {
            seller.bonded = uint88(bonded + amount);
        }
    }

    function _unbondBack(uint32 operatorId, uint256 amount) internal {
        _sellers[operatorId].bonded -= uint88(amount);
    }

    /// @dev Takes a bond away and burns it whole.
    function _burnBond(uint32 operatorId, uint256 amount) internal {
        _takeBond(operatorId, amount);
        _burn(amount);
    }

    /// @dev Takes a bond away; the caller puts it elsewhere.
    function _takeBond(uint32 operatorId, uint256 amount) internal {
        Seller storage seller = _sellers[operatorId];
        seller.stake -= uint88(amount);
        seller.bonded -= uint88(amount);
        seller.brokenGwei = _count(seller.brokenGwei, amount);
        _totalStake -= uint128(amount);
    }

    /// @dev The slot is over, its promise kept: the bond comes back, the pay counts.
    function _keep(uint32 operatorId, uint256 pay, uint256 bond) internal {
        Seller storage seller = _sellers[operatorId];
        seller.bonded -= uint88(bond);
        unchecked {
            uint256 kept = seller.keptSzabo + pay / SZABO;
            seller.keptSzabo = kept > type(uint48).max ? type(uint48).max : uint48(kept);
        }
    }

    function _countRefused(uint32 operatorId, uint256 pay) internal {
        Seller storage seller = _sellers[operatorId];
        seller.refusedGwei = _count(seller.refusedGwei, pay);
    }

    /// @dev Saturates: a counter must never be able to block a settlement.
    function _count(uint64 counter, uint256 amount) private pure returns (uint64) {
        uint256 sum = counter + amount / GWEI;
        return sum > type(uint64).max ? type(uint64).max : uint64(sum);
    }
}
