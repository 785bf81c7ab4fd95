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

/// @title How slots and orders end: settlement by time, refusal, timeouts, demands.
/// @dev Code only: `Hooke` makes one of these when it is deployed and delegates to it, since one contract's code is limited to
/// 24,576 bytes. Its own storage stays empty: called directly, every function finds an unknown order.
contract Endings is TaskBook {
    constructor() EIP712("Hooke", "1") {}

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

    function _release(Terms calldata terms, bytes32 id, uint8 slot, Slot memory s) private {
        uint256 held = _heldDown(_costUp(s.fuel, s.price));
        s.state = SlotState.Released;
        _writeSlotWord(id, slot, s);
        _unbondBack(s.operatorId, capOf(terms));
        _unlock(_sellers[s.operatorId].owner, held, held);
        emit Released(id, slot, held);
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

}
