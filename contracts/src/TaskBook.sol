// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IConsumer} from "./interfaces/IConsumer.sol";
import {
    CloseReason,
    Demand,
    ITaskRecord,
    Order,
    OrderState,
    Slot,
    SlotState,
    Terms,
    Verification
} from "./interfaces/ITasks.sol";
import {Sellers} from "./Sellers.sol";

/// @title The book of orders: its storage, and the steps that several entry points share.
/// @dev `Tasks` and `Endings` are both built on it, so their storage is laid out alike; for the same reason `Vault`,
/// `Providers` and `Tasks`, which `Endings` lacks, hold no storage.
abstract contract TaskBook is Sellers, EIP712, ITaskRecord {
    uint8 public constant MAX_SLOTS = 15;
    uint32 public constant MAX_OPEN_SECONDS = 30 days;
    uint32 public constant MAX_RUN_SECONDS = 30 days;
    uint32 public constant MIN_WINDOW_SECONDS = 10;
    uint32 public constant MAX_WINDOW_SECONDS = 7 days;
    uint32 public constant MAX_RETENTION_SECONDS = 365 days;
    uint256 public constant HELD_BPS = 2_000;
    uint8 public constant MAX_DEMANDS = 4;
    uint256 public constant DRAW_WIDTH = 4;
    uint256 public constant DRAW_STEP_SECONDS = 12;
    uint256 public constant CALLBACK_GAS = 100_000;

    bytes32 internal constant RECEIPT = keccak256("Receipt(bytes32 order,uint8 slot,bytes32 root,uint64 fuel)");
    uint256 internal constant TERMS_BYTES = 23 * 32;
    uint256 internal constant PRICED_FUEL = 1_000_000;

    /// @dev An order's word is `_writeOrder`'s. Packed by hand: the compiler would write a struct field by field, 200 gas each.
    mapping(bytes32 id => uint256 word) private _orders;
    mapping(bytes32 id => mapping(uint8 slot => uint256 word)) private _slots;
    /// @dev Roots of delivered and revealed slots; a slot that revealed the same as the first one points to that one's.
    mapping(bytes32 id => mapping(uint8 slot => bytes32 root)) internal _roots;
    mapping(bytes32 id => mapping(uint8 slot => Demand)) internal _demands;
    mapping(address consumer => mapping(bytes32 exclusiveKey => bytes32 id)) public holderOf;

    /// @dev The terms are static, so their calldata is their encoding. A field with dirty bits gives another id, and `order` refuses
    /// it when it encodes the event; so each order has one encoding.
    function idOf(Terms calldata terms) public view returns (bytes32 id) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, chainid())
            mstore(add(start, 0x20), address())
            calldatacopy(add(start, 0x40), terms, TERMS_BYTES)
            id := keccak256(start, add(TERMS_BYTES, 0x40))
        }
    }

    function capOf(Terms calldata terms) public pure returns (uint256) {
        return _costUp(terms.fuelLimit, terms.maxPrice);
    }

    function commitmentOf(bytes32 id, uint8 slot, uint32 operatorId, bytes32 root, uint64 fuel, bytes32 salt)
        public
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(block.chainid, address(this), id, slot, operatorId, root, fuel, salt));
    }

    function receiptDigest(bytes32 id, uint8 slot, bytes32 root, uint64 fuel) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(RECEIPT, id, slot, root, fuel)));
    }

    // Storage words

    function _readOrder(bytes32 id) internal view returns (Order memory o) {
        uint256 w = _orders[id];
        o.state = OrderState(uint8(w));
        o.createdBlock = uint48(w >> 8);
        o.createdAt = uint40(w >> 56);
        o.commitsClosedAt = uint40(w >> 96);
        o.open = uint8(w >> 136);
        o.assigned = uint8(w >> 144);
        o.committed = uint8(w >> 152);
        o.revealed = uint8(w >> 160);
        o.resultSlot = uint8(w >> 168);
        o.cancelled = w & (1 << 176) != 0;
        o.callback = w & (1 << 177) != 0;
        o.hasResult = w & (1 << 178) != 0;
    }

    function _writeOrder(bytes32 id, Order memory o) internal {
        uint256 w = uint256(o.state) | uint256(o.createdBlock) << 8 | uint256(o.createdAt) << 56;
        w |= uint256(o.commitsClosedAt) << 96 | uint256(o.open) << 136 | uint256(o.assigned) << 144;
        w |= uint256(o.committed) << 152 | uint256(o.revealed) << 160 | uint256(o.resultSlot) << 168;
        if (o.cancelled) w |= 1 << 176;
        if (o.callback) w |= 1 << 177;
        if (o.hasResult) w |= 1 << 178;
        _orders[id] = w;
    }

    /// @dev The slot without its result root: what a bid needs, for half the gas. A committed slot keeps the first 120 bits of its
    /// commitment in the same word, as its root; no storage word of its own, for a third of a commit's gas. Two openings of one such
    /// commitment are a collision of 2^60 hashes that can begin only when the order is known and must end within its runSeconds.
    function _readSlotWord(bytes32 id, uint8 slot) internal view returns (Slot memory s) {
        uint256 w = _slots[id][slot];
        s.state = SlotState(uint8(w));
        s.operatorId = uint32(w >> 8);
        s.nodeId = uint32(w >> 40);
        s.price = uint64(w >> 72);
        if (s.state == SlotState.Committed) {
            s.root = _shortCommitment(bytes32(w));
        } else {
            s.fuel = uint64(w >> 136);
            s.deadline = uint40(w >> 200);
            s.receipted = w & (1 << 240) != 0;
        }
    }

    function _readSlot(bytes32 id, uint8 slot) internal view returns (Slot memory s) {
        s = _readSlotWord(id, slot);
        if (_hasRoot(s.state)) s.root = _roots[id][_rootOf(_slots[id][slot])];
    }

    function _holderOf(bytes32 id, uint8 slot) internal view returns (uint32 operatorId) {
        return uint32(_slots[id][slot] >> 8);
    }

    /// @dev Keeps where the slot's root is.
    function _writeSlotWord(bytes32 id, uint8 slot, Slot memory s) internal {
        uint256 old = _slots[id][slot];
        _writeSlotWord(id, slot, s, _hasRoot(SlotState(uint8(old))) ? _rootOf(old) : slot);
    }

    /// @dev `rootSlot` is the slot under which the root is kept.
    function _writeSlotWord(bytes32 id, uint8 slot, Slot memory s, uint8 rootSlot) internal {
        uint256 w = uint256(s.state) | uint256(s.operatorId) << 8 | uint256(s.nodeId) << 40 | uint256(s.price) << 72;
        if (s.state == SlotState.Committed) {
            w |= uint256(_shortCommitment(s.root));
        } else {
            w |= uint256(s.fuel) << 136 | uint256(s.deadline) << 200 | uint256(rootSlot) << 248;
            if (s.receipted) w |= 1 << 240;
        }
        _slots[id][slot] = w;
    }

    function _shortCommitment(bytes32 commitment) internal pure returns (bytes32) {
        return bytes32(uint256(commitment) >> 136 << 136);
    }

    function _rootOf(uint256 word) private pure returns (uint8) {
        return uint8(word >> 248);
    }

    function _hasRoot(SlotState state) private pure returns (bool) {
        return state == SlotState.Delivered || (state >= SlotState.Revealed && state <= SlotState.Outvoted)
            || state == SlotState.Forfeited;
    }

    // Steps

    /// @dev Pays the one slot of an ATTENDED order and closes the order. `s` holds what is to be stored but state and deadline.
    function _settleAttended(
        Terms calldata terms,
        bytes32 id,
        Order memory o,
        uint8 slot,
        Slot memory s,
        bool receipted
    ) internal {
        uint256 cap = capOf(terms);
        s.receipted = receipted;
        uint256 paid = _pay(terms, id, slot, s, cap);
        o.hasResult = true;
        o.resultSlot = slot;
        _unlock(terms.consumer, cap, cap - paid);
        _close(terms, id, o, cap - paid, CloseReason.Settled);
        _callBack(terms, id, o, s);
    }

    /// @dev Ends a QUORUM order, whatever its slots are; `refund` is what was already closed in this call, not yet unlocked.
    function _endQuorum(Terms calldata terms, bytes32 id, Order memory o, uint256 refund) internal {
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
    function _winner(Slot[] memory slots, uint8 quorum) internal pure returns (bool found, uint8 winner) {
        for (uint8 i; i + quorum <= slots.length; ++i) {
            if (slots[i].state != SlotState.Revealed) continue;
            uint256 equal = 1;
            for (uint256 j = i + 1; j < slots.length; ++j) {
                if (slots[j].state == SlotState.Revealed && _equal(slots[i], slots[j])) ++equal;
            }
            if (equal >= quorum) return (true, i);
        }
    }

    function _missed(bytes32 id, uint8 slot, Slot memory s, uint256 bond) internal {
        _burnBond(s.operatorId, bond);
        emit Missed(id, slot, s.operatorId, s.nodeId, bond);
    }

    function _equal(Slot memory a, Slot memory b) internal pure returns (bool) {
        return a.root == b.root && a.fuel == b.fuel;
    }

    /// @dev Pays and stores a slot. Without a receipt a part is held and the bond stays.
    function _pay(Terms calldata terms, bytes32 id, uint8 slot, Slot memory s, uint256 bond)
        internal
        returns (uint256 paid)
    {
        paid = _costUp(s.fuel, s.price);
        uint256 held = s.receipted ? 0 : _heldDown(paid);
        uint40 retainUntil = s.receipted ? 0 : uint40(block.timestamp + terms.retentionSeconds);
        s.state = s.receipted ? SlotState.Released : SlotState.Settled;
        s.deadline = retainUntil;
        _writeSlotWord(id, slot, s);
        _earn(s.operatorId, paid, held, s.receipted ? bond : 0);
        emit Settled(id, slot, s.operatorId, paid, held, s.root, s.fuel, retainUntil);
    }

    /// @dev When nobody may still commit. Never later than time would have it, so that a late call cannot reopen the reveals.
    function _noteCommitsClosed(Terms calldata terms, bytes32 id, Order memory o) internal {
        if (o.open + o.assigned != 0) return;
        uint256 until = _commitsUntil(terms, o);
        o.commitsClosedAt = uint40(block.timestamp < until ? block.timestamp : until);
        emit CommitsClosed(id, o.commitsClosedAt + terms.windowSeconds);
    }

    function _close(Terms calldata terms, bytes32 id, Order memory o, uint256 refund, CloseReason reason) internal {
        o.state = OrderState.Closed;
        _writeOrder(id, o);
        if (terms.exclusiveKey != 0) delete holderOf[terms.consumer][terms.exclusiveKey];
        emit OrderClosed(id, refund, reason);
    }

    /// @dev Tells a contract its result. Whatever it does, the order stays settled; nor can the caller starve it of gas.
    function _callBack(Terms calldata terms, bytes32 id, Order memory o, Slot memory s) internal {
        if (!o.callback) return;
        bytes memory data = abi.encodeCall(IConsumer.onResult, (id, s.root, s.fuel));
        address consumer = terms.consumer;
        uint256 callGas = CALLBACK_GAS;
        uint256 required = callGas * 64 / 63 + 5_000; // a call passes on 63/64 at most, and itself costs up to 2,600
        if (gasleft() < required) revert TooLittleGasForCallback(required, gasleft());
        assembly ("memory-safe") {
            // No return data is copied: it could be made as long as to use up the caller's gas.
            pop(call(callGas, consumer, 0, add(data, 0x20), mload(data), 0, 0))
        }
    }

    // Checks

    function _checkReceipt(
        Terms calldata terms,
        bytes32 id,
        uint8 slot,
        bytes32 root,
        uint64 fuel,
        bytes calldata receipt
    ) internal view {
        bytes32 digest = receiptDigest(id, slot, root, fuel);
        // First as a plain key's, which spares the look at the consumer's code.
        (address signer,,) = ECDSA.tryRecoverCalldata(digest, receipt);
        if (signer == terms.consumer) return;
        if (!SignatureChecker.isValidSignatureNowCalldata(terms.consumer, digest, receipt)) revert BadReceipt(id, slot);
    }

    function _checkResult(Terms calldata terms, bytes32 root, uint64 fuel) internal pure {
        if (root == 0) revert ZeroRoot();
        if (fuel > terms.fuelLimit) revert FuelOverLimit(fuel, terms.fuelLimit);
    }

    function _load(Terms calldata terms) internal view returns (bytes32 id, Order memory o) {
        id = idOf(terms);
        o = _readOrder(id);
        if (o.state == OrderState.None) revert UnknownOrder(id);
    }

    function _checkSlot(Terms calldata terms, uint8 slot) internal pure {
        if (slot >= terms.slots) revert NoSuchSlot(slot, terms.slots);
    }

    function _slotIn(Terms calldata terms, bytes32 id, uint8 slot, SlotState wanted)
        internal
        view
        returns (Slot memory s)
    {
        _checkSlot(terms, slot);
        s = _readSlot(id, slot);
        if (s.state != wanted) revert WrongSlotState(id, slot, s.state);
    }

    function _ownSlot(Terms calldata terms, bytes32 id, uint8 slot, SlotState wanted)
        internal
        view
        returns (Slot memory s)
    {
        s = _slotIn(terms, id, slot, wanted);
        if (_nodes[msg.sender].nodeId != s.nodeId) revert NotAssignee(msg.sender, s.nodeId);
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

    // Arithmetic

    function _openUntil(Terms calldata terms, Order memory o) internal pure returns (uint256) {
        return uint256(o.createdAt) + terms.openSeconds;
    }

    /// @dev Last second of any assignment.
    function _commitsUntil(Terms calldata terms, Order memory o) internal pure returns (uint256) {
        return _openUntil(terms, o) + terms.runSeconds;
    }

    /// @dev 0 while commits are still taken.
    function _commitsClosedAt(Terms calldata terms, Order memory o) internal view returns (uint256) {
        if (o.commitsClosedAt != 0) return o.commitsClosedAt;
        uint256 until = _commitsUntil(terms, o);
        return block.timestamp > until ? until : 0;
    }

    function _acceptable(Terms calldata terms, Order memory o, uint256 when) internal pure returns (uint64) {
        uint256 elapsed = when > o.createdAt ? when - o.createdAt : 0;
        if (elapsed >= terms.rampSeconds) return terms.maxPrice;
        return uint64(terms.startPrice + uint256(terms.maxPrice - terms.startPrice) * elapsed / terms.rampSeconds);
    }

    function _costUp(uint64 fuel, uint64 price) internal pure returns (uint256) {
        return (uint256(fuel) * price + PRICED_FUEL - 1) / PRICED_FUEL;
    }

    function _heldDown(uint256 pay) internal pure returns (uint256) {
        return pay * HELD_BPS / 10_000;
    }
}
