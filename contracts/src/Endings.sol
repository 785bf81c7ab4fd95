// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {
    CloseReason,
    Demand,
    LeafProof,
    Order,
    OrderState,
    Slot,
    SlotState,
    Terms,
    Verification
} from "./interfaces/ITasks.sol";
import {Results} from "./Results.sol";
import {TaskBook} from "./TaskBook.sol";

/// @title How slots and orders end: reveals, settlement, refusal, timeouts, demands.
/// @dev Code only: `Hooke` makes one of these when it is deployed and delegates to it, since one contract's code is limited to
/// 24,576 bytes. Its own storage stays empty: called directly, every function finds an unknown order.
contract Endings is TaskBook {
    constructor() EIP712("Hooke", "1") {}

    function reveal(Terms calldata terms, uint8 slot, bytes32 root, uint64 fuel, bytes32 salt, bytes calldata receipt)
        external
    {
        (bytes32 id, Order memory o) = _load(terms);
        _onlyMode(terms, Verification.QUORUM);
        Slot memory s = _ownSlot(terms, id, slot, SlotState.Committed);
        uint256 closedAt = _commitsClosedAt(terms, o);
        if (closedAt == 0) revert CommitsOpen(id);
        if (o.committed < terms.quorum) revert TooFewCommitted(id, o.committed, terms.quorum);
        _checkNotLate(closedAt + terms.windowSeconds);
        _checkResult(terms, root, fuel);
        if (_shortCommitment(commitmentOf(id, slot, s.operatorId, root, fuel, salt)) != s.root) revert BadReveal(id, slot, s.root);
        if (receipt.length != 0) _checkReceipt(terms, id, slot, root, fuel, receipt);

        s.state = SlotState.Revealed;
        s.root = root;
        s.fuel = fuel;
        s.receipted = receipt.length != 0;
        // Roots equal to the first one revealed are stored once.
        uint8 rootSlot = slot;
        if (o.revealed == 0) o.resultSlot = slot;
        else if (_roots[id][o.resultSlot] == root) rootSlot = o.resultSlot;
        if (rootSlot == slot) _roots[id][slot] = root;
        _writeSlotWord(id, slot, s, rootSlot);
        unchecked {
            ++o.revealed;
        }
        emit Revealed(id, slot, root, fuel);
        if (o.revealed == o.committed) _endQuorum(terms, id, o, 0);
        else _writeOrder(id, o);
    }

    function refuse(Terms calldata terms, uint8 slot) external {
        _onlyConsumer(terms);
        (bytes32 id, Order memory o) = _load(terms);
        _onlyMode(terms, Verification.ATTENDED);
        Slot memory s = _slotIn(terms, id, slot, SlotState.Delivered);
        _checkNotLate(s.deadline);
        uint256 cap = capOf(terms);
        uint256 pay = _costUp(s.fuel, s.price);

        s.state = SlotState.Refused;
        _writeSlotWord(id, slot, s);
        _unbondBack(s.operatorId, cap);
        _countRefused(s.operatorId, pay);
        _unlock(terms.consumer, cap, cap - pay);
        _burn(pay);
        emit Refused(id, slot, pay);
        _close(terms, id, o, cap - pay, CloseReason.Refused);
    }

    // Settlement

    function settle(Terms calldata terms) external {
        (bytes32 id, Order memory o) = _load(terms);
        if (o.state != OrderState.Live) revert OrderNotLive(id, o.state);
        if (terms.mode == Verification.ATTENDED) {
            Slot memory s = _slotIn(terms, id, 0, SlotState.Delivered);
            _checkLate(s.deadline);
            _settleAttended(terms, id, o, 0, s, false);
        } else {
            uint256 closedAt = _commitsClosedAt(terms, o);
            if (closedAt == 0) _checkLate(_commitsUntil(terms, o));
            if (o.committed >= terms.quorum) _checkLate(closedAt + terms.windowSeconds);
            _endQuorum(terms, id, o, 0);
        }
    }

    function acknowledge(Terms calldata terms, uint8 slot, bytes calldata receipt) external {
        (bytes32 id, Order memory o) = _load(terms);
        _checkSlot(terms, slot);
        Slot memory s = _readSlot(id, slot);
        if (s.state != SlotState.Delivered && s.state != SlotState.Revealed && s.state != SlotState.Settled) {
            revert WrongSlotState(id, slot, s.state);
        }
        if (receipt.length == 0) _onlyConsumer(terms);
        else _checkReceipt(terms, id, slot, s.root, s.fuel, receipt);

        if (s.state == SlotState.Delivered) {
            _settleAttended(terms, id, o, slot, s, true);
        } else if (s.state == SlotState.Revealed) {
            s.receipted = true;
            _writeSlotWord(id, slot, s);
            emit Receipted(id, slot);
        } else {
            _demands[id][slot].pending = false;
            _release(terms, id, slot, s);
        }
    }

    function release(Terms calldata terms, uint8 slot) external {
        (bytes32 id,) = _load(terms);
        Slot memory s = _slotIn(terms, id, slot, SlotState.Settled);
        Demand memory d = _demands[id][slot];
        if (d.pending) revert DemandPending(id, slot, d.deadline);
        _checkLate(s.deadline);
        _release(terms, id, slot, s);
    }

    // What time and the consumer end

    function miss(Terms calldata terms, uint8 slot) external {
        (bytes32 id, Order memory o) = _load(terms);
        Slot memory s = _slotIn(terms, id, slot, SlotState.Assigned);
        _checkLate(s.deadline);
        uint256 cap = capOf(terms);

        _missed(id, slot, s, cap);
        unchecked {
            --o.assigned;
        }
        if (!o.cancelled && block.timestamp <= _openUntil(terms, o)) {
            Slot memory empty;
            _writeSlotWord(id, slot, empty);
            unchecked {
                ++o.open;
            }
            _writeOrder(id, o);
            return;
        }
        s.state = SlotState.Closed;
        _writeSlotWord(id, slot, s);
        emit SlotClosed(id, slot);
        _afterClosing(terms, id, o, cap);
    }

    function cancel(Terms calldata terms) external {
        _onlyConsumer(terms);
        (bytes32 id, Order memory o) = _load(terms);
        if (o.open == 0) revert NothingOpen(id);
        uint8 taken = o.assigned + o.committed;
        if (taken != 0 && taken < terms.quorum) revert CancelBreaksQuorum(id, taken, terms.quorum);
        o.cancelled = true;
        _closeOpen(terms, id, o);
    }

    function expire(Terms calldata terms) external {
        (bytes32 id, Order memory o) = _load(terms);
        _checkLate(_openUntil(terms, o));
        if (o.open == 0) revert NothingOpen(id);
        _closeOpen(terms, id, o);
    }

    // Who is paid must hand over

    function demand(Terms calldata terms, uint8 slot) external {
        _onlyConsumer(terms);
        (bytes32 id,) = _load(terms);
        Slot memory s = _slotIn(terms, id, slot, SlotState.Settled);
        _checkNotLate(s.deadline);
        Demand memory d = _demands[id][slot];
        if (d.pending) revert DemandPending(id, slot, d.deadline);
        if (d.count == MAX_DEMANDS) revert TooManyDemands(id, slot, MAX_DEMANDS);

        d.seed = uint128(uint256(keccak256(abi.encode(block.prevrandao, id, slot, d.count))));
        d.deadline = uint40(block.timestamp + terms.windowSeconds);
        d.pending = true;
        ++d.count;
        _demands[id][slot] = d;
        emit Demanded(id, slot, d.seed, d.deadline);
    }

    function answer(Terms calldata terms, uint8 slot, LeafProof calldata proof) external {
        (bytes32 id,) = _load(terms);
        Slot memory s = _slotIn(terms, id, slot, SlotState.Settled);
        Demand memory d = _demands[id][slot];
        if (!d.pending) revert NoDemand(id, slot);
        _checkNotLate(d.deadline);
        uint256 chunks = Results.chunksOf(proof.size);
        uint256 leaf = chunks == 0 ? 0 : d.seed % chunks;
        if (Results.leafHash(proof, s.fuel) != s.root || !Results.holdsChunk(proof, leaf)) revert BadProof(id, slot);

        _demands[id][slot].pending = false;
        emit Answered(id, slot, leaf);
    }

    function forfeit(Terms calldata terms, uint8 slot) external {
        (bytes32 id,) = _load(terms);
        Slot memory s = _slotIn(terms, id, slot, SlotState.Settled);
        Demand memory d = _demands[id][slot];
        if (!d.pending) revert NoDemand(id, slot);
        _checkLate(d.deadline);
        uint256 held = _heldDown(_costUp(s.fuel, s.price));
        uint256 bond = capOf(terms);

        s.state = SlotState.Forfeited;
        _writeSlotWord(id, slot, s);
        _demands[id][slot].pending = false;
        _unlock(_sellers[s.operatorId].owner, held, 0);
        _burn(held);
        _burnBond(s.operatorId, bond);
        emit Forfeited(id, slot, held, bond);
    }

    /// @dev Ends a QUORUM order, whatever its slots are; `refund` is what was already closed in this call, not yet unlocked.
    function _endQuorum(Terms calldata terms, bytes32 id, Order memory o, uint256 refund) private {
        uint256 cap = capOf(terms);
        uint256 unlocked = refund;
        uint8 count = terms.slots;
        bool revealing = o.committed >= terms.quorum;
        Slot[] memory slots = new Slot[](count);
        for (uint8 i; i < count; ++i) {
            slots[i] = _readSlot(id, i);
        }
        (bool found, uint8 winner) = _winner(slots, terms.quorum);

        for (uint8 i; i < count; ++i) {
            Slot memory s = slots[i];
            if (s.state == SlotState.Closed) continue;
            unlocked += cap;
            if (s.state == SlotState.Revealed && found && _equal(s, slots[winner])) {
                refund += cap - _pay(terms, id, i, s, cap);
                continue;
            }
            refund += cap;
            SlotState last;
            if (s.state == SlotState.Open) {
                last = SlotState.Closed;
                emit SlotClosed(id, i);
            } else if (s.state == SlotState.Assigned && block.timestamp > s.deadline) {
                last = SlotState.Closed;
                _missed(id, i, s, cap);
                emit SlotClosed(id, i);
            } else if (s.state == SlotState.Committed && revealing) {
                last = SlotState.Unrevealed;
                _burnBond(s.operatorId, cap);
                emit Unrevealed(id, i, cap);
            } else if (s.state == SlotState.Revealed && found) {
                last = SlotState.Outvoted;
                _burnBond(s.operatorId, cap);
                emit Outvoted(id, i, cap);
            } else {
                last = SlotState.Void;
                _unbondBack(s.operatorId, cap);
                emit Voided(id, i);
            }
            s.state = last;
            _writeSlotWord(id, i, s);
        }

        bool taken = o.assigned + o.committed != 0;
        o.open = 0;
        o.assigned = 0;
        o.hasResult = found;
        o.resultSlot = winner;
        _unlock(terms.consumer, unlocked, refund);
        _close(
            terms,
            id,
            o,
            refund,
            found
                ? CloseReason.Settled
                : revealing ? CloseReason.NoQuorum : taken ? CloseReason.TooFewCommits : CloseReason.Unfilled
        );
        if (found) _callBack(terms, id, o, slots[winner]);
    }

    /// @dev The first slot of the group of at least `quorum` equal reveals. 2 * quorum > slots, so there is at most one group.
    function _winner(Slot[] memory slots, uint8 quorum) private pure returns (bool found, uint8 winner) {
        for (uint8 i; i + quorum <= slots.length; ++i) {
            if (slots[i].state != SlotState.Revealed) continue;
            uint256 equal = 1;
            for (uint256 j = i + 1; j < slots.length; ++j) {
                if (slots[j].state == SlotState.Revealed && _equal(slots[i], slots[j])) ++equal;
            }
            if (equal >= quorum) return (true, i);
        }
    }

    function _release(Terms calldata terms, bytes32 id, uint8 slot, Slot memory s) private {
        uint256 held = _heldDown(_costUp(s.fuel, s.price));
        s.state = SlotState.Released;
        _writeSlotWord(id, slot, s);
        _unbondBack(s.operatorId, capOf(terms));
        _unlock(_sellers[s.operatorId].owner, held, held);
        emit Released(id, slot, held);
    }

    function _missed(bytes32 id, uint8 slot, Slot memory s, uint256 bond) private {
        _burnBond(s.operatorId, bond);
        emit Missed(id, slot, s.operatorId, s.nodeId, bond);
    }

    function _closeOpen(Terms calldata terms, bytes32 id, Order memory o) private {
        uint256 refund = capOf(terms) * o.open;
        for (uint8 i; i < terms.slots; ++i) {
            Slot memory s = _readSlotWord(id, i);
            if (s.state != SlotState.Open) continue;
            s.state = SlotState.Closed;
            _writeSlotWord(id, i, s);
            emit SlotClosed(id, i);
        }
        o.open = 0;
        _afterClosing(terms, id, o, refund);
    }

    /// @dev After slots closed: ends an order that can reach nothing any more, or notes that commits have closed.
    function _afterClosing(Terms calldata terms, bytes32 id, Order memory o, uint256 refund) private {
        bool quorum = terms.mode == Verification.QUORUM;
        uint256 standing = o.open + o.assigned + o.committed;
        if (quorum && standing < terms.quorum) {
            _endQuorum(terms, id, o, refund);
            return;
        }
        _unlock(terms.consumer, refund, refund);
        if (quorum) {
            _noteCommitsClosed(terms, id, o);
            _writeOrder(id, o);
        } else {
            _close(terms, id, o, refund, CloseReason.Unfilled);
        }
    }

    function _equal(Slot memory a, Slot memory b) private pure returns (bool) {
        return a.root == b.root && a.fuel == b.fuel;
    }
}
