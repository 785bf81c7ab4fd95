// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    CloseReason,
    Demand,
    ITaskEndings,
    LeafProof,
    SlotState,
    SumStep,
    Terms,
    Verification
} from "./interfaces/ITasks.sol";
import {Part} from "./Part.sol";
import {Results} from "./Results.sol";
import {SumTree} from "./SumTree.sol";
import {TaskBook} from "./TaskBook.sol";
import {OrderWord, OrderWords, SlotWord, SlotWords} from "./Words.sol";

/// @title Part of the law: how slots and orders end, but for settlement by time: refusal, receipts, timeouts, demands; and delivery in part,
/// which is rare.
/// @dev Loops run over the slots of one order, at most _MAX_ARRAY_SLOTS.
contract Endings is TaskBook, Part, ITaskEndings {
    function part() external pure override returns (bytes32) {
        return ENDINGS;
    }

    function deliverPart(Terms calldata terms, uint8 slot, uint32 count, bytes32 root, uint64 fuel) external {
        (bytes32 id, OrderWord o, SlotWord s, uint256 whole) = _forDelivery(terms, slot);
        if (count == 0 || count >= whole) revert BadPart(count, uint32(whole));
        _checkResult(terms, count, root, fuel);
        (uint256 first,) = _rangeOf(terms, id, slot, s);
        uint256 restCount = whole - count;
        // The rest of a full order has no number that it could be open under.
        bool full = o.slots() == _MAX_ARRAY_SLOTS;
        uint8 rest = full ? slot : o.slots();
        bool open = !full && !o.has(OrderWords.CANCELLED) && block.timestamp <= _openUntil(terms, o);

        uint256 escrow = _capOf(terms) * restCount;
        _burnBond(s.operatorId(), escrow);
        emit Parted(id, slot, count, rest, uint32(first + count), escrow);
        if (!full) {
            SlotRecord storage added = _record(id, rest);
            added.range = RangeWord({first: uint32(first + count), count: uint32(restCount)});
            added.word = SlotWord.wrap(uint256(open ? SlotState.Open : SlotState.Closed)).with(SlotWords.SPLIT);
            _book[id].word = o.plus(OrderWords.SLOTS, 1).plus(OrderWords.LIVE, open ? 1 : 0);
        }
        if (!open) {
            _unlock(terms.consumer, escrow, escrow);
            if (!full) emit SlotClosed(id, rest);
        }
        uint256 deadline = block.timestamp + terms.windowSeconds;
        SlotRecord storage record = _record(id, slot);
        record.range = RangeWord({first: uint32(first), count: count});
        record.root = root;
        record.word = s.shown(SlotState.Delivered, fuel, deadline, slot, 0).with(SlotWords.SPLIT);
        emit Delivered(id, slot, root, fuel, deadline);
    }

    function refuse(Terms calldata terms, uint8 slot) external {
        _onlyConsumer(terms);
        (bytes32 id, OrderWord o) = _load(terms);
        _onlyMode(terms, Verification.ATTENDED);
        SlotWord s = _slotIn(o, id, slot, SlotState.Delivered);
        _checkNotLate(s.deadline());
        (, uint256 count) = _rangeOf(terms, id, slot, s);
        uint256 escrow = _capOf(terms) * count;
        uint256 pay = _costUp(s.fuel(), s.price());

        _record(id, slot).word = s.withState(SlotState.Refused);
        _unbondBack(s.operatorId(), escrow);
        _countRefused(s.operatorId(), pay);
        _unlock(terms.consumer, escrow, escrow - pay);
        _burn(pay);
        emit Refused(id, slot, pay);
        _endRanged(terms, id, o, escrow - pay, CloseReason.Refused);
    }

    function acknowledge(Terms calldata terms, uint8 slot, bytes calldata receipt) external {
        (bytes32 id, OrderWord o) = _load(terms);
        _checkSlot(o, slot);
        SlotWord s = _record(id, slot).word;
        SlotState state = s.state();
        if (state != SlotState.Delivered && state != SlotState.Revealed && state != SlotState.Settled) {
            revert WrongSlotState(id, slot, state);
        }
        bytes32 root = _rootOf(id, s);
        if (receipt.length == 0) _onlyConsumer(terms);
        else _checkReceipt(terms, id, slot, root, s.fuel(), receipt);

        SlotRecord storage record = _record(id, slot);
        if (state == SlotState.Settled) {
            record.demand.pending = false;
            _release(terms, id, slot, s);
            return;
        }
        s = s.with(SlotWords.RECEIPTED);
        if (state == SlotState.Delivered && (!s.has(SlotWords.DISPUTED) || record.dispute.pending == 0)) {
            _settleRanged(terms, id, o, slot, s, root);
        } else {
            record.word = s;
            emit Receipted(id, slot);
        }
    }

    function release(Terms calldata terms, uint8 slot) external {
        (bytes32 id, OrderWord o) = _load(terms);
        SlotWord s = _slotIn(o, id, slot, SlotState.Settled);
        Demand memory d = _record(id, slot).demand;
        if (d.pending) revert DemandPending(id, slot, d.deadline);
        _checkLate(s.deadline());
        _release(terms, id, slot, s);
    }

    // What time and the consumer end

    function miss(Terms calldata terms, uint8 slot) external {
        (bytes32 id, OrderWord o) = _load(terms);
        SlotWord s = _slotIn(o, id, slot, SlotState.Assigned);
        _checkLate(s.deadline());
        (, uint256 count) = _rangeOf(terms, id, slot, s);
        uint256 cap = _capOf(terms);

        _missed(id, slot, s, _bondFor(terms, count, cap));
        _afterLosing(terms, id, o, slot, s, cap * count);
    }

    function giveUp(Terms calldata terms, uint8 slot) external {
        (bytes32 id, OrderWord o) = _load(terms);
        SlotWord s = _ownSlot(o, id, slot, SlotState.Assigned);
        uint256 deadline = s.deadline();
        _checkNotLate(deadline);
        (, uint256 count) = _rangeOf(terms, id, slot, s);
        uint256 cap = _capOf(terms);
        uint256 bond = _bondFor(terms, count, cap);
        uint256 burned = _burnedOf(bond, terms.runSeconds, deadline - block.timestamp);

        uint32 operatorId = s.operatorId();
        _burnBond(operatorId, burned);
        _unbondBack(operatorId, bond - burned);
        emit GivenUp(id, slot, operatorId, s.nodeId(), burned);
        _afterLosing(terms, id, o, slot, s, cap * count);
    }

    function cancel(Terms calldata terms) external {
        _onlyConsumer(terms);
        (bytes32 id, OrderWord o) = _load(terms);
        uint8 taken = o.assigned() + o.committed();
        if (o.open() != 0 && taken != 0 && taken < terms.quorum) revert CancelBreaksQuorum(id, taken, terms.quorum);
        _closeOpen(terms, id, o);
    }

    function expire(Terms calldata terms) external {
        (bytes32 id, OrderWord o) = _load(terms);
        _checkLate(_openUntil(terms, o));
        _closeOpen(terms, id, o);
    }

    // Who is paid must hand over

    function demand(Terms calldata terms, uint8 slot) external {
        _onlyConsumer(terms);
        (bytes32 id, OrderWord o) = _load(terms);
        SlotWord s = _slotIn(o, id, slot, SlotState.Settled);
        _checkNotLate(s.deadline());
        Demand memory d = _record(id, slot).demand;
        if (d.pending) revert DemandPending(id, slot, d.deadline);
        if (d.count == _MAX_DEMANDS) revert TooManyDemands(id, slot, _MAX_DEMANDS);

        d.seed = uint128(uint256(keccak256(abi.encode(block.prevrandao, id, slot, d.count))));
        d.deadline = uint40(block.timestamp + _atLeastAnswer(terms.windowSeconds));
        d.pending = true;
        ++d.count;
        _record(id, slot).demand = d;
        emit Demanded(id, slot, d.seed, d.deadline);
    }

    function answer(Terms calldata terms, uint8 slot, LeafProof calldata proof) external {
        (bytes32 id, SlotWord s, Demand memory d) = _demanded(terms, slot);
        (uint256 first, uint256 count) = _rangeOf(terms, id, slot, s);
        if (count != 1 || proof.index != first || _leafOf(proof, s.fuel()) != _rootOf(id, s)) {
            revert BadProof(id, slot);
        }
        _answered(id, slot, d, proof);
    }

    function answerWithin(Terms calldata terms, uint8 slot, LeafProof calldata proof, uint64 fuel, SumStep[] calldata path)
        external
    {
        (bytes32 id, SlotWord s, Demand memory d) = _demanded(terms, slot);
        (uint256 first, uint256 count) = _rangeOf(terms, id, slot, s);
        uint256 position = (d.seed >> 96) % count;
        if (
            proof.index != first + position
                || !SumTree.holds(_leafOf(proof, fuel), fuel, position, count, path, _rootOf(id, s), s.fuel())
        ) revert BadProof(id, slot);
        _answered(id, slot, d, proof);
    }

    function forfeit(Terms calldata terms, uint8 slot) external {
        (bytes32 id, OrderWord o) = _load(terms);
        SlotWord s = _slotIn(o, id, slot, SlotState.Settled);
        Demand memory d = _record(id, slot).demand;
        if (!d.pending) revert NoDemand(id, slot);
        _checkLate(d.deadline);
        uint256 held = _heldDown(_costUp(s.fuel(), s.price()));
        uint256 bond = _bondOf(terms, id, slot, s);

        _record(id, slot).word = s.withState(SlotState.Forfeited);
        _record(id, slot).demand.pending = false;
        _unlock(_sellers[s.operatorId()].owner, held, 0);
        _burn(held);
        _burnBond(s.operatorId(), bond);
        emit Forfeited(id, slot, held, bond);
    }

    function _release(Terms calldata terms, bytes32 id, uint8 slot, SlotWord s) private {
        uint256 paid = _costUp(s.fuel(), s.price());
        uint256 held = _heldDown(paid);
        _record(id, slot).word = s.withState(SlotState.Released);
        _keep(s.operatorId(), paid, _bondOf(terms, id, slot, s));
        _unlock(_sellers[s.operatorId()].owner, held, held);
        emit Released(id, slot, held);
    }

    function _demanded(Terms calldata terms, uint8 slot)
        private
        view
        returns (bytes32 id, SlotWord s, Demand memory d)
    {
        OrderWord o;
        (id, o) = _load(terms);
        s = _slotIn(o, id, slot, SlotState.Settled);
        d = _record(id, slot).demand;
        if (!d.pending) revert NoDemand(id, slot);
        _checkNotLate(d.deadline);
    }

    function _answered(bytes32 id, uint8 slot, Demand memory d, LeafProof calldata proof) private {
        uint256 chunks = Results.chunksOf(proof.size);
        uint256 chunk = chunks == 0 ? 0 : d.seed % chunks;
        if (!Results.holdsChunk(proof, chunk)) revert BadProof(id, slot);
        _record(id, slot).demand.pending = false;
        emit Answered(id, slot, chunk);
    }

    function _leafOf(LeafProof calldata proof, uint64 fuel) private pure returns (bytes32) {
        return SumTree.leafHash(proof.index, proof.outcome, proof.exitCode, fuel, proof.size, proof.outputRoot);
    }

    function _bondOf(Terms calldata terms, bytes32 id, uint8 slot, SlotWord s) private view returns (uint256) {
        (, uint256 count) = _rangeOf(terms, id, slot, s);
        return _bondFor(terms, count, _capOf(terms));
    }

    /// @dev A sixteenth of the bond for the slot that others could not have, the rest in proportion to how long they could not.
    function _burnedOf(uint256 bond, uint256 run, uint256 left) private pure returns (uint256) {
        unchecked {
            // Below 2^132 * 2^26, and left <= run: the deadline is the bid's time and run.
            uint256 whole = _GIVE_UP_SHARE * run;
            return (bond * (whole - (_GIVE_UP_SHARE - 1) * left) + whole - 1) / whole;
        }
    }

    /// @dev A slot lost its provider: it opens again while bids are taken and the order is not cancelled, else it closes.
    function _afterLosing(Terms calldata terms, bytes32 id, OrderWord o, uint8 slot, SlotWord s, uint256 escrow)
        private
    {
        bool ranged = o.has(OrderWords.RANGED);
        bool reopened = !o.has(OrderWords.CANCELLED) && block.timestamp <= _openUntil(terms, o);
        if (!ranged) {
            o = o.minus(OrderWords.ASSIGNED, 1);
            if (reopened) _book[id].word = o.plus(OrderWords.OPEN, 1);
        }
        if (reopened) {
            _record(id, slot).word = SlotWord.wrap(SlotWord.unwrap(s) & SlotWords.SPLIT);
            return;
        }
        _record(id, slot).word = s.withState(SlotState.Closed);
        emit SlotClosed(id, slot);
        _afterClosing(terms, id, o, escrow, 1);
    }

    /// @dev Closes every open slot, and lets none open again.
    function _closeOpen(Terms calldata terms, bytes32 id, OrderWord o) private {
        uint256 cap = _capOf(terms);
        uint256 refund;
        uint8 closed;
        for (uint8 i; i < o.slots(); ++i) {
            SlotWord s = _record(id, i).word;
            if (s.state() != SlotState.Open) continue;
            (, uint256 count) = _rangeOf(terms, id, i, s);
            refund += cap * count;
            ++closed;
            _record(id, i).word = s.withState(SlotState.Closed);
            emit SlotClosed(id, i);
        }
        if (closed == 0) revert NothingOpen(id);
        o = o.with(OrderWords.CANCELLED);
        if (!o.has(OrderWords.RANGED)) o = o.minus(OrderWords.OPEN, closed);
        _afterClosing(terms, id, o, refund, closed);
    }

    /// @dev After slots closed: ends an order that can reach nothing any more, or notes that commits have closed.
    function _afterClosing(Terms calldata terms, bytes32 id, OrderWord o, uint256 refund, uint8 closed) private {
        if (o.has(OrderWords.RANGED)) {
            _unlock(terms.consumer, refund, refund);
            _endRanged(terms, id, o.minus(OrderWords.LIVE, closed - 1), refund, CloseReason.Unfilled);
            return;
        }
        if (uint256(o.open()) + o.assigned() + o.committed() < terms.quorum) {
            _endQuorum(terms, id, o, refund);
            return;
        }
        _unlock(terms.consumer, refund, refund);
        _book[id].word = _noteCommitsClosed(terms, id, o);
    }
}
