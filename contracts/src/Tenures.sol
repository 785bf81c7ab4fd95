// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {ITenures, LeaseEnd, LeaseSlot, LeaseSlotState, LeaseTerms, Resize} from "./interfaces/ILeases.sol";
import {IProviders} from "./interfaces/IProviders.sol";
import {LeaseBook} from "./LeaseBook.sol";
import {Holder} from "./LeaseRecords.sol";
import {Part} from "./Part.sol";

/// @title Part of the law: how a lease is held, changed and given up.
/// @dev Each call is about one slot; loops run over at most _MAX_EPOCHS epochs of it.
contract Tenures is LeaseBook, Part, ITenures {
    function part() external pure override returns (bytes32) {
        return TENURES;
    }

    function giveNotice(LeaseTerms calldata terms, uint8 slot) external {
        Book memory b = _liveLease(terms);
        LeaseSlot memory s = _takenSlot(terms, b, slot);
        _onlySeller(s);
        if (s.switchAt != 0) revert AlreadyNoticed(b.id, slot, s.switchAt);
        s.switchAt = uint32(block.timestamp + terms.noticeSeconds);
        _put(b, slot, s);
        emit NoticeGiven(b.id, slot, s.switchAt);
    }

    function leaveLease(LeaseTerms calldata terms, uint8 slot) external {
        Book memory b = _liveLease(terms);
        LeaseSlot memory s = _takenSlot(terms, b, slot);
        if (s.switchAt == 0) revert NotNoticed(b.id, slot);
        if (block.timestamp < s.switchAt) revert TooEarly(s.switchAt, block.timestamp);
        // Who may still appear would lose its pay since the summons to whoever is faster.
        if (s.state == LeaseSlotState.Summoned) _checkLate(s.summonedUntil);
        _settleLease(terms, b, slot, s, _endingNow(terms, s, true));
        _unbondBack(s.operatorId, terms.bond);
        emit LeaseEnded(b.id, slot, s.operatorId, LeaseEnd.Left, 0, 0);
        _endLease(b, slot, s, true);
        _store(b);
    }

    function abandonLease(LeaseTerms calldata terms, uint8 slot) external {
        Book memory b = _liveLease(terms);
        LeaseSlot memory s = _leasedSlot(terms, b, slot);
        // A hot key must not be able to burn stake at will.
        if (_sellers[s.operatorId].owner != msg.sender) revert NotSeller(msg.sender, s.operatorId);
        // Who may leave loses nothing by it.
        if (s.switchAt != 0 && block.timestamp >= s.switchAt) revert AlreadyNoticed(b.id, slot, s.switchAt);
        _settleLease(terms, b, slot, s, _endingNow(terms, s, true));
        _breakLease(terms, b, slot, s, LeaseEnd.Abandoned);
    }

    function moveLease(LeaseTerms calldata terms, uint8 slot, address key) external {
        Book memory b = _liveLease(terms);
        LeaseSlot memory s = _takenSlot(terms, b, slot);
        _onlySeller(s);
        NodeWord memory node = _activeNode(key);
        if (node.operatorId != s.operatorId) revert IProviders.NotNodeOwner(key, msg.sender);
        s.nodeId = node.nodeId;
        s.version += 1;
        _put(b, slot, s);
        if (b.word.epochSeconds() != 0) _volumes[b.id].holders[slot].key = key;
        emit LeaseMoved(b.id, slot, node.nodeId, s.version);
    }

    function resizeLease(
        LeaseTerms calldata terms,
        uint8 slot,
        Resize calldata change,
        bytes calldata byConsumer,
        bytes calldata bySeller
    ) external {
        Book memory b = _liveLease(terms);
        LeaseSlot memory s = _leasedSlot(terms, b, slot);
        _checkNotLate(change.deadline);
        if (change.price == 0) revert ZeroPrice();
        _checkSides(terms, b, slot, s, change, byConsumer, bySeller);
        if (b.word.epochSeconds() != 0) {
            Holder storage holder = _volumes[b.id].holders[slot];
            if (change.diskMib < b.word.quotaMib()) revert BelowQuota(change.diskMib, b.word.quotaMib());
            if (holder.provedEpoch == 0) revert NeverProven(b.id, slot);
            holder.diskMib = change.diskMib;
        }
        _settleLease(terms, b, slot, s, _endingNow(terms, s, true));
        b.word = b.word.withRate(b.word.rate() - s.price + change.price);
        if (change.price > s.price) _checkFunded(terms, b);
        s.price = change.price;
        s.version += 1;
        _put(b, slot, s);
        _store(b);
        emit LeaseResized(b.id, slot, change, s.version);
    }

    function summon(LeaseTerms calldata terms, uint8 slot) external {
        _onlyLeaseConsumer(terms);
        Book memory b = _liveLease(terms);
        LeaseSlot memory s = _leasedSlot(terms, b, slot);
        if (s.switchAt != 0) _checkNotLate(s.switchAt - 1); // it may leave
        if (s.summonedUntil != 0) _checkLate(uint256(s.summonedUntil) + terms.answerSeconds);
        s.state = LeaseSlotState.Summoned;
        s.summonedUntil = uint32(block.timestamp + terms.answerSeconds);
        _put(b, slot, s);
        emit Summoned(b.id, slot, s.summonedUntil);
    }

    function appear(LeaseTerms calldata terms, uint8 slot) external {
        Book memory b = _liveLease(terms);
        LeaseSlot memory s = _summonedSlot(terms, b, slot);
        _onlySeller(s);
        _checkNotLate(s.summonedUntil);
        s.state = LeaseSlotState.Leased;
        _put(b, slot, s);
        emit Appeared(b.id, slot);
    }

    function defaultLease(LeaseTerms calldata terms, uint8 slot) external {
        Book memory b = _liveLease(terms);
        LeaseSlot memory s = _summonedSlot(terms, b, slot);
        _checkLate(s.summonedUntil);
        // A seller whose notice ended first kept its word, though nobody has called `leaveLease` yet.
        if (s.switchAt != 0 && s.switchAt <= s.summonedUntil) revert AlreadyNoticed(b.id, slot, s.switchAt);
        _settleLease(terms, b, slot, s, _endingNow(terms, s, true));
        _breakLease(terms, b, slot, s, LeaseEnd.Defaulted);
    }

    // Checks

    function _checkSides(
        LeaseTerms calldata terms,
        Book memory b,
        uint8 slot,
        LeaseSlot memory s,
        Resize calldata change,
        bytes calldata byConsumer,
        bytes calldata bySeller
    ) private view {
        bytes32 digest = _resizeDigest(b.id, slot, s.version, change);
        if (byConsumer.length == 0 ? msg.sender != terms.consumer : !_signedBy(terms.consumer, digest, byConsumer)) {
            revert BadResize(b.id, slot, terms.consumer);
        }
        address seller = msg.sender;
        if (bySeller.length != 0) (seller,,) = ECDSA.tryRecoverCalldata(digest, bySeller);
        if (!_isSeller(s, seller)) revert BadResize(b.id, slot, seller);
    }

    function _onlySeller(LeaseSlot memory s) private view {
        if (!_isSeller(s, msg.sender)) revert NotSeller(msg.sender, s.operatorId);
    }

    function _isSeller(LeaseSlot memory s, address account) private view returns (bool) {
        return _nodes[account].nodeId == s.nodeId || _sellers[s.operatorId].owner == account;
    }

    function _leasedSlot(LeaseTerms calldata terms, Book memory b, uint8 slot)
        private
        view
        returns (LeaseSlot memory s)
    {
        s = _leaseSlot(terms, b, slot);
        if (s.state != LeaseSlotState.Leased) revert WrongLeaseSlot(b.id, slot, s.state);
    }

    function _summonedSlot(LeaseTerms calldata terms, Book memory b, uint8 slot)
        private
        view
        returns (LeaseSlot memory s)
    {
        s = _leaseSlot(terms, b, slot);
        if (s.state != LeaseSlotState.Summoned) revert WrongLeaseSlot(b.id, slot, s.state);
    }
}
