// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Domain} from "./Domain.sol";
import {IConsumer} from "./interfaces/IConsumer.sol";
import {Challenge, Dispute} from "./interfaces/IDisputes.sol";
import {Mandate, TemplateUse} from "./interfaces/IMandates.sol";
import {
    CloseReason,
    Demand,
    ITaskRecord,
    OrderState,
    SlotState,
    Terms,
    Verification
} from "./interfaces/ITasks.sol";
import {LeaseRecord, VolumeRecord} from "./LeaseRecords.sol";
import {Sellers} from "./Sellers.sol";
import {OrderWord, OrderWords, SlotWord, SlotWords} from "./Words.sol";

/// @title The book of orders: its storage, and the steps that several entry points share.
/// @dev `Hooke` and all its parts are built on it, so their storage is laid out alike; for the same reason whatever only some of them
/// are built on holds no storage.
abstract contract TaskBook is Sellers, Domain, ITaskRecord {
    uint8 internal constant _MAX_SLOTS = 15;
    uint32 internal constant _MAX_TASKS = 1 << 20;
    uint8 internal constant _MAX_ARRAY_SLOTS = 128;
    uint32 internal constant _MAX_OPEN_SECONDS = 30 days;
    uint32 internal constant _MAX_RUN_SECONDS = 30 days;
    uint32 internal constant _MIN_WINDOW_SECONDS = 10;
    uint32 internal constant _MIN_REVEAL_SECONDS = 60;
    uint32 internal constant _MIN_ANSWER_SECONDS = 10 minutes;
    uint32 internal constant _MAX_WINDOW_SECONDS = 7 days;
    uint32 internal constant _MAX_RETENTION_SECONDS = 365 days;
    uint256 internal constant _HELD_BPS = 2_000;
    uint8 internal constant _MAX_DEMANDS = 4;
    uint256 internal constant _GIVE_UP_SHARE = 16;
    uint256 internal constant _DRAW_WIDTH = 4;
    uint256 internal constant _JURY_DRAW_WIDTH = 1;
    uint256 internal constant _DRAW_STEP_SECONDS = 12;
    uint256 internal constant _CALLBACK_GAS = 100_000;
    uint8 internal constant _JURY_SLOTS = 3;
    uint8 internal constant _JURY_QUORUM = 2;
    bytes32 internal constant _UNAVAILABLE = keccak256("hooke: the jury could not fetch program or inputs");

    bytes32 internal constant RECEIPT = keccak256("Receipt(bytes32 order,uint8 slot,bytes32 root,uint64 fuel)");
    uint256 internal constant TERMS_BYTES = 23 * 32;
    uint256 internal constant PRICED_FUEL = 1_000_000;

    struct RangeWord {
        uint32 first;
        uint32 count;
    }

    /// @dev Who may not sit on a jury, and the block before which its operators must stand: the challenge's.
    struct Jury {
        address consumer;
        uint32 operatorId;
        uint48 beforeBlock;
        // -
        address challenger;
    }

    /// @dev All of a slot. Its root stands here, or, when another slot revealed the same before, in that one's record. `range` counts only
    /// when the word says that the slot is split.
    struct SlotRecord {
        SlotWord word;
        bytes32 root;
        Demand demand;
        RangeWord range;
        Dispute dispute;
    }

    /// @dev An array inside one mapping: a slot's place costs one hash, not two.
    struct OrderRecord {
        OrderWord word;
        SlotRecord[256] slots;
    }

    mapping(bytes32 id => OrderRecord) internal _book;
    mapping(address consumer => mapping(bytes32 exclusiveKey => bytes32 id)) internal _holders;
    mapping(bytes32 challengeId => Challenge) internal _challenges;
    mapping(bytes32 jury => Jury) internal _juries;

    mapping(uint32 mandate => Mandate) internal _mandates;
    mapping(uint32 mandate => mapping(bytes32 template => TemplateUse)) internal _templateUses;
    uint32 internal _mandateCount;
    mapping(bytes32 lease => LeaseRecord) internal _leases;
    mapping(bytes32 volume => VolumeRecord) internal _volumes;

    /// @dev The terms are static, so their calldata is their encoding. A field with dirty bits gives another id, and `order` refuses
    /// it when it encodes the event; so each order has one encoding.
    function _idOf(Terms calldata terms) internal view returns (bytes32 id) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, chainid())
            mstore(add(start, 0x20), address())
            calldatacopy(add(start, 0x40), terms, TERMS_BYTES)
            id := keccak256(start, add(TERMS_BYTES, 0x40))
        }
    }

    /// @dev Of terms that were made here; terms from outside have dirty bits refused only by `_idOf`'s callers.
    function _idOfMemory(Terms memory terms) internal view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), terms));
    }

    /// @dev Escrow of one task.
    function _capOf(Terms calldata terms) internal pure returns (uint256) {
        return _costUp(terms.fuelLimit, terms.maxPrice);
    }

    function _commitmentOf(bytes32 id, uint8 slot, uint32 operatorId, bytes32 root, uint64 fuel, bytes32 salt)
        internal
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(block.chainid, address(this), id, slot, operatorId, root, fuel, salt));
    }

    function _receiptDigest(bytes32 id, uint8 slot, bytes32 root, uint64 fuel) internal view returns (bytes32) {
        return _digest(keccak256(abi.encode(RECEIPT, id, slot, root, fuel)));
    }

    // Records

    function _order(bytes32 id) internal view returns (OrderWord) {
        return _book[id].word;
    }

    function _record(bytes32 id, uint8 slot) internal view returns (SlotRecord storage) {
        return _book[id].slots[slot];
    }

    /// @dev The slot's root, or 0 while it has none.
    function _rootOf(bytes32 id, SlotWord s) internal view returns (bytes32) {
        return s.hasRoot() ? _record(id, s.rootSlot()).root : bytes32(0);
    }

    // Ranges

    /// @dev The tasks that a slot runs. An order of one task, the common case, needs no arithmetic.
    function _rangeOf(Terms calldata terms, bytes32 id, uint8 slot, SlotWord s)
        internal
        view
        returns (uint256 first, uint256 count)
    {
        if (s.has(SlotWords.SPLIT)) {
            RangeWord storage range = _record(id, slot).range;
            return (range.first, range.count);
        }
        return _firstRangeOf(terms, slot);
    }

    /// @dev As the terms cut them.
    function _firstRangeOf(Terms calldata terms, uint8 slot) internal pure returns (uint256 first, uint256 count) {
        uint256 tasks = terms.tasks;
        if (tasks == 1 || terms.mode == Verification.QUORUM) return (0, tasks);
        unchecked {
            first = slot * tasks / terms.slots;
            count = (uint256(slot) + 1) * tasks / terms.slots - first;
        }
    }

    /// @dev Bond of a slot with `count` tasks.
    function _bondFor(Terms calldata terms, uint256 count, uint256 cap) internal pure returns (uint256) {
        unchecked {
            // Below 2^110 * 2^21.
            return cap * (terms.mode == Verification.OPTIMISTIC ? count + 2 * _JURY_SLOTS : count);
        }
    }

    // Steps

    /// @dev Writes a new order down; the caller locks its escrow and tells. `id` is the terms', or those of a template that was filled in: what this
    /// function reads of them is the same.
    function _place(Terms calldata terms, bytes32 id) internal returns (uint256 escrow) {
        bool ranged = _checkTerms(terms);
        if (_order(id).state() != OrderState.None) revert OrderExists(id);
        address consumer = terms.consumer;
        bytes32 key = terms.exclusiveKey;
        if (key != 0) {
            bytes32 holder = _holders[consumer][key];
            if (holder != 0) revert ExclusiveKeyHeld(key, holder);
            _holders[consumer][key] = id;
        }
        uint256 slots = terms.slots;
        OrderWord o = OrderWord.wrap(uint256(OrderState.Live) | block.number << 8 | block.timestamp << 56)
            .plus(OrderWords.SLOTS, slots);
        unchecked {
            // 128 bits, and 4 more in QUORUM.
            escrow = _capOf(terms) * terms.tasks;
            if (ranged) {
                o = o.plus(OrderWords.LIVE, slots).with(OrderWords.RANGED);
            } else {
                o = o.plus(OrderWords.OPEN, slots);
                escrow *= slots;
            }
        }
        if (consumer.code.length != 0) o = o.with(OrderWords.CALLBACK);
        _book[id].word = o;
    }

    /// @dev Settles a delivered slot, ATTENDED or OPTIMISTIC. `s` says all that is to be stored but state and deadline.
    function _settleRanged(
        Terms calldata terms,
        bytes32 id,
        OrderWord o,
        uint8 slot,
        SlotWord s,
        bytes32 root
    ) internal {
        (, uint256 count) = _rangeOf(terms, id, slot, s);
        uint256 cap = _capOf(terms);
        uint256 refund;
        unchecked {
            // 128 bits at most, and pay is never more than the escrow.
            uint256 escrow = cap * count;
            refund = escrow - _pay(terms, id, slot, s, root, _bondFor(terms, count, cap));
            _unlock(terms.consumer, escrow, refund);
        }
        _endRanged(
            terms, id, o.with(OrderWords.HAS_RESULT).withResultSlot(slot), refund, CloseReason.Settled
        );
        if (o.has(OrderWords.CALLBACK)) _callBack(terms, id, root, s.fuel());
    }

    /// @dev One slot less is live, ATTENDED or OPTIMISTIC; the last one closes the order. `reason` is what this slot ended as.
    function _endRanged(Terms calldata terms, bytes32 id, OrderWord o, uint256 refund, CloseReason reason) internal {
        // A slot that ended twice must fail.
        if (o.live() == 0) revert OrderNotLive(id, o.state());
        o = o.minus(OrderWords.LIVE, 1);
        if (o.live() == 0) {
            _close(terms, id, o, refund, o.has(OrderWords.HAS_RESULT) ? CloseReason.Settled : reason);
        } else {
            _book[id].word = o;
        }
    }

    /// @dev What is decided of a QUORUM order before its slots are ended one by one.
    struct Verdict {
        uint256 cap;
        bool revealing; // a quorum had committed
        bool found;
        bytes32 root;
        SlotWord winner;
    }

    /// @dev Ends a QUORUM order, whatever its slots are; `refund` is what was already closed in this call, not yet unlocked.
    function _endQuorum(Terms calldata terms, bytes32 id, OrderWord o, uint256 refund) internal {
        SlotWord[] memory slots = new SlotWord[](o.slots());
        for (uint8 i; i < slots.length; ++i) {
            slots[i] = _record(id, i).word;
        }
        Verdict memory v;
        uint8 winner;
        (v.found, winner) = _winner(id, slots, terms.quorum);
        v.cap = _capOf(terms) * terms.tasks;
        v.revealing = o.committed() >= terms.quorum;
        v.winner = slots[winner];
        if (v.found) v.root = _record(id, v.winner.rootSlot()).root;

        uint256 unlocked = refund;
        for (uint8 i; i < slots.length; ++i) {
            if (slots[i].state() == SlotState.Closed) continue;
            unlocked += v.cap;
            refund += v.cap - _endQuorumSlot(terms, id, i, slots[i], v);
        }
        _unlock(terms.consumer, unlocked, refund);
        CloseReason reason = CloseReason.Settled;
        if (!v.found) {
            reason = v.revealing
                ? CloseReason.NoQuorum
                : o.assigned() + o.committed() != 0 ? CloseReason.TooFewCommits : CloseReason.Unfilled;
        }
        o = o.withNothingTaken().withResultSlot(winner);
        _close(terms, id, v.found ? o.with(OrderWords.HAS_RESULT) : o, refund, reason);
        if (v.found && o.has(OrderWords.CALLBACK)) _callBack(terms, id, v.root, v.winner.fuel());
    }

    function _endQuorumSlot(Terms calldata terms, bytes32 id, uint8 slot, SlotWord s, Verdict memory v)
        private
        returns (uint256 paid)
    {
        SlotState state = s.state();
        SlotState last;
        if (state == SlotState.Revealed) {
            if (v.found && _equal(id, s, v.winner)) return _pay(terms, id, slot, s, v.root, v.cap);
            if (v.found && !_unavailable(terms, id, v.root, s)) last = SlotState.Outvoted;
            else last = SlotState.Void;
        } else if (state == SlotState.Committed) {
            last = v.revealing ? SlotState.Unrevealed : SlotState.Void;
            s = s.shown(state, 0, 0, slot, 0);
        } else if (state == SlotState.Assigned) {
            if (block.timestamp > s.deadline()) {
                last = SlotState.Closed;
                _missed(id, slot, s, v.cap);
            } else {
                last = SlotState.Void;
            }
        } else {
            last = SlotState.Closed; // it was Open
        }
        _record(id, slot).word = s.withState(last);

        if (last == SlotState.Closed) {
            emit SlotClosed(id, slot);
        } else if (last == SlotState.Void) {
            _unbondBack(s.operatorId(), v.cap);
            emit Voided(id, slot, 0);
        } else {
            _burnBond(s.operatorId(), v.cap);
            if (last == SlotState.Outvoted) emit Outvoted(id, slot, v.cap);
            else emit Unrevealed(id, slot, v.cap);
        }
    }

    /// @dev The first slot of the group of at least `quorum` equal reveals. 2 * quorum > slots, so there is at most one group.
    function _winner(bytes32 id, SlotWord[] memory slots, uint8 quorum)
        private
        view
        returns (bool found, uint8 winner)
    {
        for (uint8 i; i + quorum <= slots.length; ++i) {
            if (slots[i].state() != SlotState.Revealed) continue;
            uint256 equal = 1;
            for (uint256 j = i + 1; j < slots.length; ++j) {
                if (slots[j].state() == SlotState.Revealed && _equal(id, slots[i], slots[j])) ++equal;
            }
            if (equal >= quorum) return (true, i);
        }
    }

    /// @dev Two revealed slots. A root that equals the first one revealed is kept in that one's record, so most need not be read.
    function _equal(bytes32 id, SlotWord a, SlotWord b) private view returns (bool) {
        if (a.fuel() != b.fuel()) return false;
        return a.rootSlot() == b.rootSlot() || _record(id, a.rootSlot()).root == _record(id, b.rootSlot()).root;
    }

    /// @dev In a jury: what one juror can fetch another may not, so neither outvotes the other.
    function _unavailable(Terms calldata terms, bytes32 id, bytes32 winner, SlotWord s) private view returns (bool) {
        return terms.consumer == address(this)
            && (winner == _UNAVAILABLE || _record(id, s.rootSlot()).root == _UNAVAILABLE);
    }

    function _missed(bytes32 id, uint8 slot, SlotWord s, uint256 bond) internal {
        _burnBond(s.operatorId(), bond);
        emit Missed(id, slot, s.operatorId(), s.nodeId(), bond);
    }

    /// @dev Pays and stores a slot. Without a receipt a part is held, and the bond stays, until `_keep`.
    function _pay(Terms calldata terms, bytes32 id, uint8 slot, SlotWord s, bytes32 root, uint256 bond)
        internal
        returns (uint256 paid)
    {
        uint64 fuel = s.fuel();
        uint32 operatorId = s.operatorId();
        paid = _costUp(fuel, s.price());
        uint256 held;
        uint256 retainUntil;
        if (s.has(SlotWords.RECEIPTED)) {
            s = s.withState(SlotState.Released);
            _keep(operatorId, paid, bond);
        } else {
            s = s.withState(SlotState.Settled);
            held = _heldDown(paid);
            retainUntil = block.timestamp + terms.retentionSeconds;
        }
        _record(id, slot).word = s.withDeadline(retainUntil);
        unchecked {
            _give(_sellers[operatorId].owner, paid - held, held);
        }
        emit Settled(id, slot, operatorId, paid, held, root, fuel, retainUntil);
    }

    /// @dev The order, with a note when nobody may still commit. Never later than time would have it, so that a late call cannot reopen the
    /// reveals.
    function _noteCommitsClosed(Terms calldata terms, bytes32 id, OrderWord o) internal returns (OrderWord) {
        if (o.open() + o.assigned() != 0) return o;
        uint256 until = _commitsUntil(terms, o);
        if (block.timestamp < until) until = block.timestamp;
        emit CommitsClosed(id, until + terms.windowSeconds);
        return o.withCommitsClosedAt(until);
    }

    function _close(Terms calldata terms, bytes32 id, OrderWord o, uint256 refund, CloseReason reason) internal {
        _book[id].word = o.withState(OrderState.Closed);
        if (terms.exclusiveKey != 0) delete _holders[terms.consumer][terms.exclusiveKey];
        emit OrderClosed(id, refund, reason);
    }

    /// @dev Tells a contract its result. Whatever it does, the order stays settled; nor can the caller starve it of gas.
    function _callBack(Terms calldata terms, bytes32 id, bytes32 root, uint64 fuel) internal {
        bytes memory data = abi.encodeCall(IConsumer.onResult, (id, root, fuel));
        address consumer = terms.consumer;
        uint256 callGas = _CALLBACK_GAS;
        // A call passes on 63/64 at most, and itself costs up to 2,600, and as much again where a key's code stands elsewhere (EIP-7702).
        uint256 required = callGas * 64 / 63 + 8_000;
        if (gasleft() < required) revert TooLittleGasForCallback(required, gasleft());
        assembly ("memory-safe") {
            // No return data is copied: it could be made as long as to use up the caller's gas.
            pop(call(callGas, consumer, 0, add(data, 0x20), mload(data), 0, 0))
        }
    }

    // Checks

    function _checkTerms(Terms calldata terms) internal pure returns (bool ranged) {
        ranged = terms.mode != Verification.QUORUM;
        uint256 tasks = terms.tasks;
        uint256 slots = terms.slots;
        uint256 quorum = terms.quorum;
        if (tasks == 0 || tasks > _MAX_TASKS) revert UnsupportedTasks(uint32(tasks));
        unchecked {
            bool agreed = ranged
                ? quorum == 1 && slots != 0 && slots <= _MAX_ARRAY_SLOTS && slots <= tasks
                : quorum <= slots && 2 * quorum > slots && slots <= _MAX_SLOTS;
            if (!agreed) revert BadQuorum(uint8(quorum), uint8(slots));
            if (terms.startPrice > terms.maxPrice || terms.maxPrice == 0) {
                revert BadPrices(terms.startPrice, terms.maxPrice);
            }
            uint256 fuel = terms.fuelLimit;
            if (fuel == 0) revert ZeroFuelLimit();
            if (fuel * tasks > type(uint64).max) revert TooMuchFuel(uint32(tasks), uint64(fuel));
        }
        uint256 given = terms.openSeconds;
        if (given < 1 || given > _MAX_OPEN_SECONDS) revert BadDuration("openSeconds", given, 1, _MAX_OPEN_SECONDS);
        given = terms.runSeconds;
        if (given < 1 || given > _MAX_RUN_SECONDS) revert BadDuration("runSeconds", given, 1, _MAX_RUN_SECONDS);
        given = terms.windowSeconds;
        uint256 least = ranged ? _MIN_WINDOW_SECONDS : _MIN_REVEAL_SECONDS;
        if (given < least || given > _MAX_WINDOW_SECONDS) {
            revert BadDuration("windowSeconds", given, least, _MAX_WINDOW_SECONDS);
        }
        given = terms.retentionSeconds;
        if (given > _MAX_RETENTION_SECONDS) revert BadDuration("retentionSeconds", given, 0, _MAX_RETENTION_SECONDS);
    }

    function _checkReceipt(
        Terms calldata terms,
        bytes32 id,
        uint8 slot,
        bytes32 root,
        uint64 fuel,
        bytes calldata receipt
    ) internal view {
        if (!_signedBy(terms.consumer, _receiptDigest(id, slot, root, fuel), receipt)) revert BadReceipt(id, slot);
    }

    /// @dev `count` tasks' root and fuel.
    function _checkResult(Terms calldata terms, uint256 count, bytes32 root, uint64 fuel) internal pure {
        if (root == 0) revert ZeroRoot();
        unchecked {
            // `order` has checked that the product fits.
            uint64 limit = uint64(terms.fuelLimit * count);
            if (fuel > limit) revert FuelOverLimit(fuel, limit);
        }
    }

    function _load(Terms calldata terms) internal view returns (bytes32 id, OrderWord o) {
        id = _idOf(terms);
        o = _order(id);
        if (o.state() == OrderState.None) revert UnknownOrder(id);
    }

    function _checkSlot(OrderWord o, uint8 slot) internal pure {
        if (slot >= o.slots()) revert NoSuchSlot(slot, o.slots());
    }

    function _slotIn(OrderWord o, bytes32 id, uint8 slot, SlotState wanted) internal view returns (SlotWord s) {
        _checkSlot(o, slot);
        s = _record(id, slot).word;
        if (s.state() != wanted) revert WrongSlotState(id, slot, s.state());
    }

    function _forDelivery(Terms calldata terms, uint8 slot)
        internal
        view
        returns (bytes32 id, OrderWord o, SlotWord s, uint256 count)
    {
        (id, o) = _load(terms);
        if (!o.has(OrderWords.RANGED)) revert WrongVerification(terms.mode);
        s = _ownSlot(o, id, slot, SlotState.Assigned);
        _checkNotLate(s.deadline());
        (, count) = _rangeOf(terms, id, slot, s);
    }

    function _ownSlot(OrderWord o, bytes32 id, uint8 slot, SlotState wanted) internal view returns (SlotWord s) {
        s = _slotIn(o, id, slot, wanted);
        if (_nodes[msg.sender].nodeId != s.nodeId()) revert NotAssignee(msg.sender, s.nodeId());
    }

    /// @dev A slot that was challenged may be settled when no challenge is pending. (One that was voided ended when the last one did.)
    function _checkUndisputed(bytes32 id, uint8 slot) internal view {
        uint32 pending = _record(id, slot).dispute.pending;
        if (pending != 0) revert ChallengesPending(id, slot, pending);
    }

    /// @dev `allow` is up to eight ids of 32 bits; ids are never 0.
    function _allowed(bytes32 allow, uint32 operatorId) internal pure returns (bool) {
        if (allow == 0) return true;
        for (uint256 ids = uint256(allow); ids != 0; ids >>= 32) {
            if (uint32(ids) == operatorId) return true;
        }
        return false;
    }

    function _onlyConsumer(Terms calldata terms) internal view {
        if (msg.sender != terms.consumer) revert NotConsumer(msg.sender, terms.consumer);
    }

    function _onlyMode(Terms calldata terms, Verification mode) internal pure {
        if (terms.mode != mode) revert WrongVerification(terms.mode);
    }

    function _checkLate(uint256 deadline) internal view {
        if (block.timestamp <= deadline) revert TooEarly(deadline + 1, block.timestamp);
    }

    function _checkNotLate(uint256 deadline) internal view {
        if (block.timestamp > deadline) revert TooLate(deadline, block.timestamp);
    }

    /// @dev A jury has time, so its draw starts narrow: the wider, the more seats go to who always bids first in a block.
    function _drawn(
        Terms calldata terms,
        bytes32 id,
        OrderWord o,
        uint8 slot,
        uint32 operatorId,
        uint256 staked,
        uint256 when
    ) internal view returns (bool) {
        uint256 seedBlock = uint256(o.createdBlock()) + 1;
        if (block.number <= seedBlock) revert DrawNotReady(seedBlock + 1, block.number);
        bytes32 seed = blockhash(seedBlock);
        if (seed == 0) return true;
        uint256 steps = (when > o.createdAt() ? when - o.createdAt() : 0) / _DRAW_STEP_SECONDS;
        // share / _totalStake is the part of the range that is drawn; 96 + 2 + 128 bits cannot overflow.
        uint256 width = terms.consumer == address(this) ? _JURY_DRAW_WIDTH : _DRAW_WIDTH;
        uint256 share = (staked * width) << (steps < 128 ? steps : 128);
        if (share >= _totalStake) return true;
        uint256 ticket = uint256(keccak256(abi.encode(seed, id, slot, operatorId))) >> 128;
        return ticket * _totalStake < share << 128;
    }

    // Arithmetic

    function _openUntil(Terms calldata terms, OrderWord o) internal pure returns (uint256) {
        return uint256(o.createdAt()) + terms.openSeconds;
    }

    /// @dev Last second of any assignment.
    function _commitsUntil(Terms calldata terms, OrderWord o) internal pure returns (uint256) {
        return _openUntil(terms, o) + terms.runSeconds;
    }

    /// @dev Who must act or lose a bond has as long as a jury at least, whatever window the order names.
    function _atLeastAnswer(uint32 given) internal pure returns (uint32) {
        return given < _MIN_ANSWER_SECONDS ? _MIN_ANSWER_SECONDS : given;
    }

    /// @dev 0 while commits are still taken.
    function _commitsClosedAt(Terms calldata terms, OrderWord o) internal view returns (uint256) {
        if (o.commitsClosedAt() != 0) return o.commitsClosedAt();
        uint256 until = _commitsUntil(terms, o);
        return block.timestamp > until ? until : 0;
    }

    function _acceptable(Terms calldata terms, OrderWord o, uint256 when) internal pure returns (uint64) {
        uint256 elapsed = when > o.createdAt() ? when - o.createdAt() : 0;
        if (elapsed >= terms.rampSeconds) return terms.maxPrice;
        return uint64(terms.startPrice + uint256(terms.maxPrice - terms.startPrice) * elapsed / terms.rampSeconds);
    }

    function _costUp(uint64 fuel, uint64 price) internal pure returns (uint256) {
        unchecked {
            return (uint256(fuel) * price + PRICED_FUEL - 1) / PRICED_FUEL;
        }
    }

    function _heldDown(uint256 pay) internal pure returns (uint256) {
        unchecked {
            return pay * _HELD_BPS / 10_000;
        }
    }
}
