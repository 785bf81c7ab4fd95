// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Domain} from "./Domain.sol";
import {ITabs, Tab} from "./interfaces/ITabs.sol";
import {ITaskRecord} from "./interfaces/ITasks.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Sellers} from "./Sellers.sol";

/// @title Tabs: balances locked for one operator, claimed by vouchers.
/// @dev Holds no storage; see `TaskBook` for why.
abstract contract Tabs is Sellers, Domain, ITabs {
    using SafeCast for uint256;

    uint256 public constant TAB_NOTICE_SECONDS = 1 days;

    bytes32 private constant VOUCHER = keccak256("Voucher(address consumer,uint32 operatorId,uint128 total)");

    function tabOf(address consumer, uint32 operatorId) external view returns (Tab memory) {
        return _tabs[consumer][operatorId];
    }

    function voucherDigest(address consumer, uint32 operatorId, uint128 total) public view returns (bytes32) {
        return _digest(keccak256(abi.encode(VOUCHER, consumer, operatorId, total)));
    }

    function openTab(uint32 operatorId, uint256 amount) external {
        if (amount == 0) revert IVault.ZeroAmount();
        if (_sellers[operatorId].owner == address(0)) revert NoSuchOperator(operatorId);
        Tab storage tab = _tabs[msg.sender][operatorId];
        tab.balance = (tab.balance + amount).toUint104();
        tab.closesAt = 0;
        _lock(msg.sender, amount);
        emit TabOpened(msg.sender, operatorId, amount);
    }

    function redeem(address consumer, uint32 operatorId, uint128 total, bytes calldata voucher) external {
        Tab memory tab = _tabs[consumer][operatorId];
        if (total <= tab.redeemed) revert VoucherSpent(total, tab.redeemed);
        uint256 amount = total - tab.redeemed;
        if (amount > tab.balance) revert TabTooSmall(amount, tab.balance);
        if (!_signedBy(consumer, voucherDigest(consumer, operatorId, total), voucher)) {
            revert BadVoucher(consumer, operatorId);
        }
        tab.balance -= uint104(amount);
        tab.redeemed = uint256(total).toUint104();
        _tabs[consumer][operatorId] = tab;
        _unlock(consumer, amount, 0);
        _giveFree(_sellers[operatorId].owner, amount);
        emit VoucherRedeemed(consumer, operatorId, amount, total);
    }

    function closeTab(uint32 operatorId) external {
        Tab storage tab = _tabs[msg.sender][operatorId];
        if (tab.balance == 0) revert TabEmpty(msg.sender, operatorId);
        uint256 closesAt = block.timestamp + TAB_NOTICE_SECONDS;
        tab.closesAt = uint40(closesAt);
        emit TabClosing(msg.sender, operatorId, closesAt);
    }

    function reclaimTab(address consumer, uint32 operatorId) external {
        Tab storage tab = _tabs[consumer][operatorId];
        if (tab.closesAt == 0) revert TabNotClosing(consumer, operatorId);
        if (block.timestamp < tab.closesAt) revert ITaskRecord.TooEarly(tab.closesAt, block.timestamp);
        uint256 amount = tab.balance;
        tab.balance = 0;
        tab.closesAt = 0;
        _unlock(consumer, amount, amount);
        emit TabClosed(consumer, operatorId, amount);
    }
}
