// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    ILeaseSteps,
    Lease,
    LeaseEnd,
    LeaseLimits,
    LeaseOverReason,
    LeaseSlot,
    LeaseSlotState,
    LeaseState,
    LeaseTerms,
    Resize
} from "./interfaces/ILeases.sol";
import {IVault} from "./interfaces/IVault.sol";
import {LeaseBook} from "./LeaseBook.sol";
import {Holder, LeaseFunds, LeaseWord, LeaseWords} from "./LeaseRecords.sol";
import {Part} from "./Part.sol";

/// @title Part of the law: leases and services, from order to end.
/// @dev Loops run over the slots that the caller names, or over one order's, at most _MAX_LEASE_SLOTS, and over _MAX_EPOCHS epochs of each.
contract Leases is LeaseBook, Part, ILeaseSteps {
    uint32 private constant MIN_TERM_SECONDS = 60;
    uint32 private constant MAX_TERM_SECONDS = 3650 days;
    uint32 private constant MAX_NOTICE_SECONDS = 365 days;
    uint32 private constant MIN_ANSWER_SECONDS = 60;
    uint32 private constant MAX_ANSWER_SECONDS = 30 days;
    uint32 private constant MAX_GRACE_SECONDS = 365 days;
    uint32 private constant MIN_EPOCH_SECONDS = 600;
    uint32 private constant MAX_EPOCH_SECONDS = 30 days;
    uint8 private constant MAX_DRAW_ONE_IN = 16;

    function part() external pure override returns (bytes32) {
        return LEASES;
    }

    // Views

    function leaseLimits() external pure returns (LeaseLimits memory) {
        return LeaseLimits({
            maxSlots: _MAX_LEASE_SLOTS,
            maxReplicas: _MAX_REPLICAS,
            minTermSeconds: MIN_TERM_SECONDS,
            maxTermSeconds: MAX_TERM_SECONDS,
            maxNoticeSeconds: MAX_NOTICE_SECONDS,
            minAnswerSeconds: MIN_ANSWER_SECONDS,
            maxAnswerSeconds: MAX_ANSWER_SECONDS,
            maxGraceSeconds: MAX_GRACE_SECONDS,
            minFundedSeconds: _MIN_FUNDED_SECONDS,
            minEpochSeconds: MIN_EPOCH_SECONDS,
            maxEpochSeconds: MAX_EPOCH_SECONDS,
            maxDrawOneIn: MAX_DRAW_ONE_IN,
            maxEpochs: uint32(_MAX_EPOCHS)
        });
    }

    function leaseIdOf(LeaseTerms calldata terms) external view returns (bytes32) {
        return _leaseIdOf(terms);
    }

    function leaseOf(bytes32 id) external view returns (Lease memory) {
        LeaseWord w = _leases[id].word;
        LeaseFunds memory f = _leases[id].funds;
        return Lease({
            state: w.state(),
            createdAt: w.createdAt(),
            rate: uint72(w.rate()),
            leased: w.leased(),
            open: w.open(),
            balance: f.balance,
            syncedAt: w.syncedAt(),
            scaleSeq: f.scaleSeq,
            primaryAt: f.primaryAt,
            endedAt: f.endedAt
        });
    }

    function leaseSlotOf(LeaseTerms calldata terms, uint8 slot) external view returns (LeaseSlot memory) {
        return _leaseSlot(terms, _loadLease(terms), slot);
    }

    function leaseEndsAt(LeaseTerms calldata terms) external view returns (uint256) {
        return _endsAt(terms, _loadLease(terms));
    }

    function acceptableRate(LeaseTerms calldata terms, uint8 slot, uint256 when) external view returns (uint64) {
        Book memory b = _loadLease(terms);
        LeaseSlot memory s = _leaseSlot(terms, b, slot);
        if (s.state != LeaseSlotState.Open) revert WrongLeaseSlot(b.id, slot, s.state);
        return _acceptableRate(terms, s, when);
    }

    function resizeDigest(bytes32 id, uint8 slot, uint24 version, Resize calldata change)
        external
        view
        returns (bytes32)
    {
        return _resizeDigest(id, slot, version, change);
    }

    // Consumer

    function orderLease(LeaseTerms calldata terms, uint256 amount) external returns (bytes32 id) {
        _onlyLeaseConsumer(terms);
        _checkLeaseTerms(terms);
        id = _leaseIdOf(terms);
        if (_leases[id].word.state() != LeaseState.None) revert OrderExists(id);
        bytes32 key = terms.exclusiveKey;
        if (key != 0) {
            bytes32 holder = _holders[msg.sender][key];
            if (holder != 0) revert ExclusiveKeyHeld(key, holder);
            _holders[msg.sender][key] = id;
        }
        Book memory b;
        b.id = id;
        b.word = LeaseWords.created(block.timestamp, terms.minSlots);
        b.funds.primaryAt = uint32(block.timestamp);
        b.funds.balance = uint128(amount);
        if (terms.epochSeconds != 0) {
            b.word = b.word.withVolume(terms.diskMib, terms.epochSeconds, terms.drawOneIn);
            _volumes[id].owner = msg.sender;
        }
        _store(b);
        // What does not fit 128 bits nobody has.
        _lock(msg.sender, amount);
        emit LeaseOrdered(id, msg.sender, terms, amount);
    }

    function topUpLease(LeaseTerms calldata terms, uint256 amount) external {
        if (amount == 0) revert IVault.ZeroAmount();
        Book memory b = _liveLease(terms);
        _takeFree(msg.sender, amount);
        _give(terms.consumer, 0, amount);
        // Both are parts of the ledger, whose sum fits.
        b.funds.balance += uint128(amount);
        _store(b);
        emit LeaseToppedUp(b.id, msg.sender, amount);
    }

    function closeLease(LeaseTerms calldata terms, uint8 code) external {
        _onlyLeaseConsumer(terms);
        Book memory b = _liveLease(terms);
        _overLease(terms, b, LeaseOverReason.Closed, code);
    }

    // Scaling

    function openSlots(LeaseTerms calldata terms, uint8[] calldata slots, uint32 scaleSeq) external {
        Book memory b = _liveLease(terms);
        bool consumer = msg.sender == terms.consumer;
        bool controller = !consumer && _isController(terms);
        if (controller) _checkController(terms, b, scaleSeq);
        for (uint256 i; i < slots.length; ++i) {
            uint8 slot = slots[i];
            LeaseSlot memory s = _leaseSlot(terms, b, slot);
            if (s.state != LeaseSlotState.Vacant) revert WrongLeaseSlot(b.id, slot, s.state);
            // Who is neither consumer nor controller opens what is missing, and no more.
            if (!consumer && !controller && _present(b) >= terms.minSlots) revert NotController(msg.sender);
            s.state = LeaseSlotState.Open;
            s.switchAt = uint32(block.timestamp);
            _put(b, slot, s);
            b.word = b.word.plus(LeaseWords.OPEN);
            emit SlotOpened(b.id, slot);
        }
        if (controller && slots.length != 0 && _present(b) > terms.minSlots) {
            uint256 hourly = (b.word.rate() + uint256(b.word.open()) * terms.maxPrice) * 1 hours;
            if (hourly > terms.hourlyLimit) revert OverHourlyLimit(hourly, terms.hourlyLimit);
        }
        if (consumer || controller) _scaled(terms, b);
        else _store(b);
    }

    function closeSlots(LeaseTerms calldata terms, uint8[] calldata slots, uint32 scaleSeq, uint8 reason) external {
        Book memory b = _liveLease(terms);
        bool controller = msg.sender != terms.consumer;
        if (controller) {
            if (!_isController(terms)) revert NotController(msg.sender);
            _checkController(terms, b, scaleSeq);
        }
        for (uint256 i; i < slots.length; ++i) {
            uint8 slot = slots[i];
            LeaseSlot memory s = _leaseSlot(terms, b, slot);
            if (s.state == LeaseSlotState.Vacant) revert WrongLeaseSlot(b.id, slot, s.state);
            if (s.state == LeaseSlotState.Open) {
                b.word = b.word.minus(LeaseWords.OPEN);
                s.state = LeaseSlotState.Vacant;
                s.switchAt = 0;
                s.version += 1;
                _put(b, slot, s);
                emit SlotWithdrawn(b.id, slot);
            } else {
                Settling memory p = _endingNow(terms, s, false);
                p.early = true;
                _settleLease(terms, b, slot, s, p);
                _unbondBack(s.operatorId, terms.bond);
                emit LeaseEnded(b.id, slot, s.operatorId, LeaseEnd.Closed, reason, 0);
                _endLease(b, slot, s, false);
            }
        }
        if (controller && slots.length != 0 && _present(b) < terms.minSlots) {
            revert BelowMinimum(_present(b), terms.minSlots);
        }
        _scaled(terms, b);
    }

    // Providers

    function bidLease(LeaseTerms calldata terms, uint8 slot, uint64 price, uint32 diskMib) external {
        NodeWord memory node = _activeNode(msg.sender);
        Book memory b = _liveLease(terms);
        LeaseSlot memory s = _leaseSlot(terms, b, slot);
        if (s.state != LeaseSlotState.Open) revert WrongLeaseSlot(b.id, slot, s.state);
        if (price == 0) revert ZeroPrice();
        uint64 acceptable = _acceptableRate(terms, s, block.timestamp);
        if (price > acceptable) revert PriceTooHigh(price, acceptable);
        _checkSeller(terms, b, node);
        _bond(node.operatorId, terms.bond);
        b.word = b.word.withRate(b.word.rate() + price).plus(LeaseWords.LEASED).minus(LeaseWords.OPEN);
        _checkFunded(terms, b);

        s.state = LeaseSlotState.Leased;
        s.operatorId = node.operatorId;
        s.nodeId = node.nodeId;
        s.price = price;
        s.paidUntil = uint32(block.timestamp);
        s.switchAt = 0;
        s.version += 1;
        _put(b, slot, s);
        if (b.word.epochSeconds() != 0) {
            if (diskMib < b.word.quotaMib()) revert BelowQuota(diskMib, b.word.quotaMib());
            uint256 epoch = (block.timestamp - b.word.createdAt()) / b.word.epochSeconds();
            _volumes[b.id].holders[slot] = Holder({
                key: msg.sender,
                firstEpoch: uint32(epoch + 1 + terms.repairEpochs),
                provedEpoch: 0,
                diskMib: diskMib
            });
        }
        _store(b);
        emit Leased(b.id, slot, node.operatorId, node.nodeId, price, s.version);
    }

    function claimLeases(LeaseTerms calldata terms, uint8[] calldata slots) external {
        Book memory b = _loadLease(terms);
        bool over = b.word.state() == LeaseState.Over;
        uint256 until = _min(_endsAt(terms, b), block.timestamp);
        for (uint256 i; i < slots.length; ++i) {
            uint8 slot = slots[i];
            LeaseSlot memory s = _takenSlot(terms, b, slot);
            uint256 earnUntil = _earnUntil(terms, s, until, !over);
            bool ending = over && _reaches(b, slot, s, earnUntil);
            _settleLease(terms, b, slot, s, Settling(until, earnUntil, ending, false, true));
            if (ending) {
                _unbondBack(s.operatorId, terms.bond);
                emit LeaseEnded(b.id, slot, s.operatorId, LeaseEnd.OrderOver, 0, 0);
                _put(b, slot, _vacant(s.version));
                if (b.word.epochSeconds() != 0) delete _volumes[b.id].holders[slot];
            } else {
                _put(b, slot, s);
            }
        }
    }

    function lapseLease(LeaseTerms calldata terms) external {
        Book memory b = _loadLease(terms);
        uint256 end = _endsAt(terms, b);
        if (b.word.state() == LeaseState.Over) revert LeaseOver(b.id, end);
        if (block.timestamp <= end) revert LeaseNotOver(b.id, end);
        _sync(b, end);
        bool expired = end == uint256(b.word.createdAt()) + terms.termSeconds;
        _overLease(terms, b, expired ? LeaseOverReason.Expired : LeaseOverReason.Lapsed, 0);
    }

    // Steps

    /// @dev Ends the order at the second to which it is synced.
    function _overLease(LeaseTerms calldata terms, Book memory b, LeaseOverReason reason, uint8 code) private {
        uint256 refund = b.funds.balance;
        b.word = b.word.withState(LeaseState.Over);
        b.funds.balance = 0;
        b.funds.endedAt = uint32(b.word.syncedAt());
        _store(b);
        _unlock(terms.consumer, refund, refund);
        if (terms.exclusiveKey != 0) delete _holders[terms.consumer][terms.exclusiveKey];
        emit LeaseOrderOver(b.id, reason, code, refund, b.funds.endedAt);
    }

    /// @dev Whether one settlement can decide all that a slot may earn: else epochs are decided first, and the lease ends at a later call.
    function _reaches(Book memory b, uint8 slot, LeaseSlot memory s, uint256 earnUntil) private view returns (bool) {
        uint256 length = b.word.epochSeconds();
        if (length == 0 || earnUntil <= s.paidUntil || _volumes[b.id].holders[slot].provedEpoch == 0) return true;
        uint256 first = (s.paidUntil - b.word.createdAt()) / length;
        uint256 last = (earnUntil - b.word.createdAt()) / length;
        return last - first < _MAX_EPOCHS;
    }

    /// @dev One step of scaling more, by the consumer or a controller. Strangers' do not count: else they could make controllers' calls stale.
    function _scaled(LeaseTerms calldata terms, Book memory b) private {
        b.funds.scaleSeq += 1;
        if (msg.sender == terms.primary) b.funds.primaryAt = uint32(block.timestamp);
        _store(b);
        emit Scaled(b.id, msg.sender, b.funds.scaleSeq);
    }

    // Checks

    function _isController(LeaseTerms calldata terms) private view returns (bool) {
        return msg.sender == terms.primary || msg.sender == terms.standby;
    }

    function _checkController(LeaseTerms calldata terms, Book memory b, uint32 scaleSeq) private view {
        if (scaleSeq != b.funds.scaleSeq) revert StaleScale(scaleSeq, b.funds.scaleSeq);
        if (msg.sender != terms.primary) {
            uint256 from = uint256(b.funds.primaryAt) + terms.takeoverSeconds;
            if (block.timestamp < from) revert TooEarly(from, block.timestamp);
        }
    }

    function _checkSeller(LeaseTerms calldata terms, Book memory b, NodeWord memory node) private view {
        uint32 operatorId = node.operatorId;
        if (!_allowed(terms.allow, operatorId)) revert OperatorNotAllowed(operatorId);
        uint256 staked = _sellers[operatorId].stake;
        if (staked < terms.minStake) revert StakeTooLow(operatorId, terms.minStake, staked);
        if (!terms.distinct) return;
        for (uint8 i; i < terms.maxSlots; ++i) {
            if (_leases[b.id].slots[i].operatorId == operatorId) revert OperatorHoldsSlot(operatorId, i);
        }
    }

    function _acceptableRate(LeaseTerms calldata terms, LeaseSlot memory s, uint256 when)
        private
        pure
        returns (uint64)
    {
        uint256 elapsed = when > s.switchAt ? when - s.switchAt : 0;
        if (elapsed >= terms.rampSeconds) return terms.maxPrice;
        return uint64(terms.startPrice + uint256(terms.maxPrice - terms.startPrice) * elapsed / terms.rampSeconds);
    }

    function _checkLeaseTerms(LeaseTerms calldata terms) private pure {
        bool volume = terms.epochSeconds != 0;
        uint8 limit = volume ? _MAX_REPLICAS : _MAX_LEASE_SLOTS;
        if (
            terms.maxSlots == 0 || terms.maxSlots > limit || terms.minSlots > terms.maxSlots
                || (volume && terms.minSlots == 0)
        ) revert BadSlots(terms.minSlots, terms.maxSlots, limit);
        if (terms.startPrice > terms.maxPrice || terms.maxPrice == 0) {
            revert BadPrices(terms.startPrice, terms.maxPrice);
        }
        _checkRange("termSeconds", terms.termSeconds, MIN_TERM_SECONDS, MAX_TERM_SECONDS);
        _checkRange("noticeSeconds", terms.noticeSeconds, 0, MAX_NOTICE_SECONDS);
        _checkRange("answerSeconds", terms.answerSeconds, MIN_ANSWER_SECONDS, MAX_ANSWER_SECONDS);
        _checkRange("graceSeconds", terms.graceSeconds, 0, MAX_GRACE_SECONDS);
        if (
            terms.primary == address(0)
                && (terms.standby != address(0) || terms.takeoverSeconds != 0 || terms.hourlyLimit != 0)
        ) revert BadControllers();
        if (!volume) {
            if (terms.drawOneIn != 0 || terms.repairEpochs != 0) revert BadVolume();
            return;
        }
        _checkRange("epochSeconds", terms.epochSeconds, MIN_EPOCH_SECONDS, MAX_EPOCH_SECONDS);
        if (!terms.distinct || terms.diskMib == 0 || terms.drawOneIn == 0 || terms.drawOneIn > MAX_DRAW_ONE_IN) {
            revert BadVolume();
        }
        // Until it is picked twice, and before that while it is taken to be copying.
        uint256 epochs = 2 * uint256(terms.drawOneIn) + terms.repairEpochs;
        uint256 required = epochs * terms.epochSeconds * terms.maxPrice;
        if (terms.bond < required) revert BondTooSmall(terms.bond, required);
    }

    function _checkRange(string memory field, uint256 given, uint256 minimum, uint256 maximum) private pure {
        if (given < minimum || given > maximum) revert BadDuration(field, given, minimum, maximum);
    }
}
