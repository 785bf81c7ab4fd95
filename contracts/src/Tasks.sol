// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IConsumer} from "./interfaces/IConsumer.sol";
import {
    CloseReason,
    Demand,
    ITasks,
    LeafProof,
    Order,
    OrderState,
    Slot,
    SlotState,
    Terms,
    Verification
} from "./interfaces/ITasks.sol";
import {Node} from "./interfaces/IProviders.sol";
import {Providers} from "./Providers.sol";
import {Results} from "./Results.sol";

/// @title Orders of tasks.
/// @dev Terms are calldata; storage is one word per order and two per slot, and an open slot costs nothing. Every entry point: check,
/// compute, write, emit, and the consumer's callback last. Loops run over the slots of one order, at most MAX_SLOTS.
abstract contract Tasks is Providers, ITasks {
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

    bytes32 private constant RECEIPT = keccak256("Receipt(bytes32 order,uint8 slot,bytes32 root,uint64 fuel)");
    uint256 private constant PRICED_FUEL = 1_000_000;

    mapping(bytes32 id => Order) private _orders;
    mapping(bytes32 id => mapping(uint8 slot => Slot)) private _slots;
    mapping(bytes32 id => mapping(uint8 slot => Demand)) private _demands;
    mapping(address consumer => mapping(bytes32 exclusiveKey => bytes32 id)) public holderOf;

    // Views

    function idOf(Terms calldata terms) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), terms));
    }

    function capOf(Terms calldata terms) public pure returns (uint256) {
        return _costUp(terms.fuelLimit, terms.maxPrice);
    }

    function bondOf(Terms calldata terms) external pure returns (uint256) {
        return capOf(terms);
    }

    function orderOf(bytes32 id) external view returns (Order memory) {
        return _orders[id];
    }

    function slotOf(bytes32 id, uint8 slot) external view returns (Slot memory) {
        return _slots[id][slot];
    }

    function demandOf(bytes32 id, uint8 slot) external view returns (Demand memory) {
        return _demands[id][slot];
    }

    function resultOf(bytes32 id) external view returns (bool settled, bytes32 root, uint64 fuel) {
        Order storage o = _orders[id];
        if (!o.hasResult) return (false, 0, 0);
        Slot storage s = _slots[id][o.resultSlot];
        return (true, s.root, s.fuel);
    }

    function acceptablePrice(Terms calldata terms, uint256 when) external view returns (uint64) {
        (, Order memory o) = _load(terms);
        return _acceptable(terms, o, when);
    }

    function isDrawn(Terms calldata terms, uint8 slot, uint32 operatorId, uint256 when) external view returns (bool) {
        (bytes32 id, Order memory o) = _load(terms);
        _checkSlot(terms, slot);
        return terms.mode != Verification.QUORUM || _drawn(id, o, slot, operatorId, when);
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

    // Ordering and bidding

    function order(Terms calldata terms) external returns (bytes32 id) {
        _onlyConsumer(terms);
        _checkTerms(terms);
        id = idOf(terms);
        if (_orders[id].state != OrderState.None) revert OrderExists(id);
        if (terms.exclusiveKey != 0) {
            bytes32 holder = holderOf[msg.sender][terms.exclusiveKey];
            if (holder != 0) revert ExclusiveKeyHeld(terms.exclusiveKey, holder);
            holderOf[msg.sender][terms.exclusiveKey] = id;
        }
        Order memory o;
        o.state = OrderState.Live;
        o.createdBlock = uint48(block.number);
        o.createdAt = uint40(block.timestamp);
        o.open = terms.slots;
        o.callback = msg.sender.code.length != 0;
        _orders[id] = o;
        _lock(msg.sender, capOf(terms) * terms.slots);
        emit Ordered(id, msg.sender, terms);
    }

    function bid(Terms calldata terms, uint8 slot, uint64 price) external {
        Node memory node = _nodes[msg.sender];
        if (node.nodeId == 0) revert UnknownNode(msg.sender);
        if (!node.active) revert NodeNotActive(msg.sender);
        (bytes32 id, Order memory o) = _load(terms);
        if (o.state != OrderState.Live) revert OrderNotLive(id, o.state);
        _slotIn(terms, id, slot, SlotState.Open);
        _checkNotLate(_openUntil(terms, o));
        uint64 acceptable = _acceptable(terms, o, block.timestamp);
        if (price > acceptable) revert PriceTooHigh(price, acceptable);
        if (!_allowed(terms.allow, node.operatorId)) revert OperatorNotAllowed(node.operatorId);
        uint256 staked = _sellers[node.operatorId].stake;
        if (staked < terms.minStake) revert StakeTooLow(node.operatorId, terms.minStake, staked);
        if (terms.mode == Verification.QUORUM) _checkDrawn(terms, id, o, slot, node.operatorId);
        _bond(node.operatorId, capOf(terms));

        Slot storage s = _slots[id][slot];
        uint40 deadline = uint40(block.timestamp + terms.runSeconds);
        s.state = SlotState.Assigned;
        s.operatorId = node.operatorId;
        s.nodeId = node.nodeId;
        s.price = price;
        s.deadline = deadline;
        unchecked {
            --o.open;
            ++o.assigned;
        }
        _orders[id] = o;
        emit Assigned(id, slot, node.operatorId, node.nodeId, price, deadline);
    }

    // Delivery

    function deliver(Terms calldata terms, uint8 slot, bytes32 root, uint64 fuel, bytes calldata receipt) external {
        (bytes32 id, Order memory o) = _load(terms);
        _onlyMode(terms, Verification.ATTENDED);
        Slot memory s = _ownSlot(terms, id, slot, SlotState.Assigned);
        _checkNotLate(s.deadline);
        _checkResult(terms, root, fuel);
        if (receipt.length != 0) _checkReceipt(terms, id, slot, root, fuel, receipt);

        s.state = SlotState.Delivered;
        s.root = root;
        s.fuel = fuel;
        s.deadline = uint40(block.timestamp + terms.windowSeconds);
        unchecked {
            --o.assigned;
        }
        emit Delivered(id, slot, root, fuel, s.deadline);
        if (receipt.length != 0) {
            _settleAttended(terms, id, o, slot, s, true);
        } else {
            _slots[id][slot] = s;
            _orders[id] = o;
        }
    }

    function refuse(Terms calldata terms, uint8 slot) external {
        _onlyConsumer(terms);
        (bytes32 id, Order memory o) = _load(terms);
        _onlyMode(terms, Verification.ATTENDED);
        Slot memory s = _slotIn(terms, id, slot, SlotState.Delivered);
        _checkNotLate(s.deadline);
        uint256 cap = capOf(terms);
        uint256 pay = _costUp(s.fuel, s.price);

        _slots[id][slot].state = SlotState.Refused;
        _unbondBack(s.operatorId, cap);
        _countRefused(s.operatorId, pay);
        _unlock(terms.consumer, cap, cap - pay);
        _burn(pay);
        emit Refused(id, slot, pay);
        _close(terms, id, o, cap - pay, CloseReason.Refused);
    }

    function commit(Terms calldata terms, uint8 slot, bytes32 commitment) external {
        (bytes32 id, Order memory o) = _load(terms);
        _onlyMode(terms, Verification.QUORUM);
        Slot memory s = _ownSlot(terms, id, slot, SlotState.Assigned);
        _checkNotLate(s.deadline);
        if (commitment == 0) revert ZeroCommitment();

        s.state = SlotState.Committed;
        s.root = commitment;
        _slots[id][slot] = s;
        unchecked {
            --o.assigned;
            ++o.committed;
        }
        emit Committed(id, slot, commitment);
        _noteCommitsClosed(terms, id, o);
        _orders[id] = o;
    }

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
        if (commitmentOf(id, slot, s.operatorId, root, fuel, salt) != s.root) revert BadReveal(id, slot, s.root);
        if (receipt.length != 0) _checkReceipt(terms, id, slot, root, fuel, receipt);

        s.state = SlotState.Revealed;
        s.root = root;
        s.fuel = fuel;
        s.receipted = receipt.length != 0;
        _slots[id][slot] = s;
        unchecked {
            ++o.revealed;
        }
        emit Revealed(id, slot, root, fuel);
        if (s.receipted) emit Receipted(id, slot);
        if (o.revealed == o.committed) _endQuorum(terms, id, o, 0);
        else _orders[id] = o;
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
        Slot memory s = _slots[id][slot];
        if (s.state != SlotState.Delivered && s.state != SlotState.Revealed && s.state != SlotState.Settled) {
            revert WrongSlotState(id, slot, s.state);
        }
        if (receipt.length == 0) _onlyConsumer(terms);
        else _checkReceipt(terms, id, slot, s.root, s.fuel, receipt);

        if (s.state == SlotState.Delivered) {
            _settleAttended(terms, id, o, slot, s, true);
        } else if (s.state == SlotState.Revealed) {
            _slots[id][slot].receipted = true;
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
            delete _slots[id][slot];
            unchecked {
                ++o.open;
            }
            _orders[id] = o;
            return;
        }
        _slots[id][slot].state = SlotState.Closed;
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

        _slots[id][slot].state = SlotState.Forfeited;
        _demands[id][slot].pending = false;
        _unlock(_sellers[s.operatorId].owner, held, 0);
        _burn(held);
        _burnBond(s.operatorId, bond);
        emit Forfeited(id, slot, held, bond);
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
    ) private {
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
    function _endQuorum(Terms calldata terms, bytes32 id, Order memory o, uint256 refund) private {
        uint256 cap = capOf(terms);
        uint256 unlocked = refund;
        uint8 count = terms.slots;
        bool revealing = o.committed >= terms.quorum;
        Slot[] memory slots = new Slot[](count);
        for (uint8 i; i < count; ++i) {
            slots[i] = _slots[id][i];
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
            _slots[id][i].state = last;
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

    /// @dev Pays and stores a slot. Without a receipt a part is held and the bond stays.
    function _pay(Terms calldata terms, bytes32 id, uint8 slot, Slot memory s, uint256 bond)
        private
        returns (uint256 paid)
    {
        paid = _costUp(s.fuel, s.price);
        uint256 held = s.receipted ? 0 : _heldDown(paid);
        uint40 retainUntil = s.receipted ? 0 : uint40(block.timestamp + terms.retentionSeconds);
        s.state = s.receipted ? SlotState.Released : SlotState.Settled;
        s.deadline = retainUntil;
        _slots[id][slot] = s;
        _earn(s.operatorId, paid, held, s.receipted ? bond : 0);
        emit Settled(id, slot, s.operatorId, paid, held, s.root, s.fuel, retainUntil);
    }

    function _release(Terms calldata terms, bytes32 id, uint8 slot, Slot memory s) private {
        uint256 held = _heldDown(_costUp(s.fuel, s.price));
        _slots[id][slot].state = SlotState.Released;
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
            if (_slots[id][i].state != SlotState.Open) continue;
            _slots[id][i].state = SlotState.Closed;
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
            _orders[id] = o;
        } else {
            _close(terms, id, o, refund, CloseReason.Unfilled);
        }
    }

    /// @dev When nobody may still commit. Never later than time would have it, so that a late call cannot reopen the reveals.
    function _noteCommitsClosed(Terms calldata terms, bytes32 id, Order memory o) private {
        if (o.open + o.assigned != 0) return;
        uint256 until = _commitsUntil(terms, o);
        o.commitsClosedAt = uint40(block.timestamp < until ? block.timestamp : until);
        emit CommitsClosed(id, o.commitsClosedAt + terms.windowSeconds);
    }

    function _close(Terms calldata terms, bytes32 id, Order memory o, uint256 refund, CloseReason reason) private {
        o.state = OrderState.Closed;
        _orders[id] = o;
        if (terms.exclusiveKey != 0) delete holderOf[terms.consumer][terms.exclusiveKey];
        emit OrderClosed(id, refund, reason);
    }

    /// @dev Tells a contract its result. Whatever it does, the order stays settled; nor can the caller starve it of gas.
    function _callBack(Terms calldata terms, bytes32 id, Order memory o, Slot memory s) private {
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

    function _checkTerms(Terms calldata terms) private pure {
        if (terms.mode == Verification.OPTIMISTIC) revert UnsupportedVerification(terms.mode);
        if (terms.tasks != 1) revert UnsupportedTasks(terms.tasks);
        bool agreed = terms.mode == Verification.ATTENDED
            ? terms.quorum == 1 && terms.slots == 1
            : terms.quorum <= terms.slots && 2 * uint256(terms.quorum) > terms.slots && terms.slots <= MAX_SLOTS;
        if (!agreed) revert BadQuorum(terms.quorum, terms.slots);
        if (terms.startPrice > terms.maxPrice || terms.maxPrice == 0) {
            revert BadPrices(terms.startPrice, terms.maxPrice);
        }
        if (terms.fuelLimit == 0) revert ZeroFuelLimit();
        _checkDuration("openSeconds", terms.openSeconds, 1, MAX_OPEN_SECONDS);
        _checkDuration("runSeconds", terms.runSeconds, 1, MAX_RUN_SECONDS);
        _checkDuration("windowSeconds", terms.windowSeconds, MIN_WINDOW_SECONDS, MAX_WINDOW_SECONDS);
        _checkDuration("retentionSeconds", terms.retentionSeconds, 0, MAX_RETENTION_SECONDS);
    }

    function _checkDuration(string memory field, uint256 given, uint256 minimum, uint256 maximum) private pure {
        if (given < minimum || given > maximum) revert BadDuration(field, given, minimum, maximum);
    }

    function _checkDrawn(Terms calldata terms, bytes32 id, Order memory o, uint8 slot, uint32 operatorId)
        private
        view
    {
        Seller storage seller = _sellers[operatorId];
        uint256 since = seller.sinceBlock;
        if (since >= o.createdBlock) revert OperatorTooNew(operatorId, since, o.createdBlock);
        if (seller.owner == terms.consumer || msg.sender == terms.consumer) revert OperatorIsConsumer(operatorId);
        for (uint8 i; i < terms.slots; ++i) {
            if (_slots[id][i].operatorId == operatorId) revert OperatorHoldsSlot(operatorId, i);
        }
        if (!_drawn(id, o, slot, operatorId, block.timestamp)) revert NotDrawn(operatorId, slot);
    }

    function _drawn(bytes32 id, Order memory o, uint8 slot, uint32 operatorId, uint256 when)
        private
        view
        returns (bool)
    {
        uint256 seedBlock = uint256(o.createdBlock) + 1;
        if (block.number <= seedBlock) revert DrawNotReady(seedBlock + 1, block.number);
        bytes32 seed = blockhash(seedBlock);
        if (seed == 0) return true;
        uint256 steps = (when > o.createdAt ? when - o.createdAt : 0) / DRAW_STEP_SECONDS;
        // share / _totalStake is the part of the range that is drawn; 96 + 2 + 128 bits cannot overflow.
        uint256 share = (uint256(_sellers[operatorId].stake) * DRAW_WIDTH) << (steps < 128 ? steps : 128);
        if (share >= _totalStake) return true;
        uint256 ticket = uint256(keccak256(abi.encode(seed, id, slot, operatorId))) >> 128;
        return ticket * _totalStake < share << 128;
    }

    function _checkReceipt(
        Terms calldata terms,
        bytes32 id,
        uint8 slot,
        bytes32 root,
        uint64 fuel,
        bytes calldata receipt
    ) private view {
        bytes32 digest = receiptDigest(id, slot, root, fuel);
        if (!SignatureChecker.isValidSignatureNowCalldata(terms.consumer, digest, receipt)) revert BadReceipt(id, slot);
    }

    function _checkResult(Terms calldata terms, bytes32 root, uint64 fuel) private pure {
        if (root == 0) revert ZeroRoot();
        if (fuel > terms.fuelLimit) revert FuelOverLimit(fuel, terms.fuelLimit);
    }

    function _load(Terms calldata terms) private view returns (bytes32 id, Order memory o) {
        id = idOf(terms);
        o = _orders[id];
        if (o.state == OrderState.None) revert UnknownOrder(id);
    }

    function _checkSlot(Terms calldata terms, uint8 slot) private pure {
        if (slot >= terms.slots) revert NoSuchSlot(slot, terms.slots);
    }

    function _slotIn(Terms calldata terms, bytes32 id, uint8 slot, SlotState wanted)
        private
        view
        returns (Slot memory s)
    {
        _checkSlot(terms, slot);
        s = _slots[id][slot];
        if (s.state != wanted) revert WrongSlotState(id, slot, s.state);
    }

    function _ownSlot(Terms calldata terms, bytes32 id, uint8 slot, SlotState wanted)
        private
        view
        returns (Slot memory s)
    {
        s = _slotIn(terms, id, slot, wanted);
        if (_nodes[msg.sender].nodeId != s.nodeId) revert NotAssignee(msg.sender, s.nodeId);
    }

    function _onlyConsumer(Terms calldata terms) private view {
        if (msg.sender != terms.consumer) revert NotConsumer(msg.sender, terms.consumer);
    }

    function _onlyMode(Terms calldata terms, Verification mode) private pure {
        if (terms.mode != mode) revert WrongVerification(terms.mode);
    }

    function _checkLate(uint256 deadline) private view {
        if (block.timestamp <= deadline) revert TooEarly(deadline + 1, block.timestamp);
    }

    function _checkNotLate(uint256 deadline) private view {
        if (block.timestamp > deadline) revert TooLate(deadline, block.timestamp);
    }

    // Arithmetic

    function _openUntil(Terms calldata terms, Order memory o) private pure returns (uint256) {
        return uint256(o.createdAt) + terms.openSeconds;
    }

    /// @dev Last second of any assignment.
    function _commitsUntil(Terms calldata terms, Order memory o) private pure returns (uint256) {
        return _openUntil(terms, o) + terms.runSeconds;
    }

    /// @dev 0 while commits are still taken.
    function _commitsClosedAt(Terms calldata terms, Order memory o) private view returns (uint256) {
        if (o.commitsClosedAt != 0) return o.commitsClosedAt;
        uint256 until = _commitsUntil(terms, o);
        return block.timestamp > until ? until : 0;
    }

    function _acceptable(Terms calldata terms, Order memory o, uint256 when) private pure returns (uint64) {
        uint256 elapsed = when > o.createdAt ? when - o.createdAt : 0;
        if (elapsed >= terms.rampSeconds) return terms.maxPrice;
        return uint64(terms.startPrice + uint256(terms.maxPrice - terms.startPrice) * elapsed / terms.rampSeconds);
    }

    function _costUp(uint64 fuel, uint64 price) private pure returns (uint256) {
        return (uint256(fuel) * price + PRICED_FUEL - 1) / PRICED_FUEL;
    }

    function _heldDown(uint256 pay) private pure returns (uint256) {
        return pay * HELD_BPS / 10_000;
    }

    /// @dev `allow` is up to eight ids of 32 bits; ids are never 0.
    function _allowed(bytes32 allow, uint32 operatorId) private pure returns (bool) {
        if (allow == 0) return true;
        for (uint256 ids = uint256(allow); ids != 0; ids >>= 32) {
            if (uint32(ids) == operatorId) return true;
        }
        return false;
    }

    function _equal(Slot memory a, Slot memory b) private pure returns (bool) {
        return a.root == b.root && a.fuel == b.fuel;
    }
}
