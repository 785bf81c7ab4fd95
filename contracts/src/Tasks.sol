// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Endings} from "./Endings.sol";
import {
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
import {Providers} from "./Providers.sol";
import {TaskBook} from "./TaskBook.sol";

/// @title Orders of tasks.
/// @dev Every entry point: check, compute, write, emit, and the consumer's callback last. Loops run over the slots of one order,
/// at most MAX_SLOTS. What ends slots and orders lives in `Endings`.
abstract contract Tasks is Providers, TaskBook, ITasks {
    Endings private immutable _endings = new Endings();

    // Views

    function bondOf(Terms calldata terms) external pure returns (uint256) {
        return capOf(terms);
    }

    function orderOf(bytes32 id) external view returns (Order memory) {
        return _readOrder(id);
    }

    function slotOf(bytes32 id, uint8 slot) external view returns (Slot memory) {
        return _readSlot(id, slot);
    }

    function demandOf(bytes32 id, uint8 slot) external view returns (Demand memory) {
        return _demands[id][slot];
    }

    function resultOf(bytes32 id) external view returns (bool settled, bytes32 root, uint64 fuel) {
        Order memory o = _readOrder(id);
        if (!o.hasResult) return (false, 0, 0);
        Slot memory s = _readSlot(id, o.resultSlot);
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

    // Ordering and bidding

    function order(Terms calldata terms) external returns (bytes32 id) {
        _onlyConsumer(terms);
        _checkTerms(terms);
        id = idOf(terms);
        if (_readOrder(id).state != OrderState.None) revert OrderExists(id);
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
        _writeOrder(id, o);
        _lock(msg.sender, capOf(terms) * terms.slots);
        emit Ordered(id, msg.sender, terms);
    }

    function bid(Terms calldata terms, uint8 slot, uint64 price) external {
        NodeWord memory node = _nodes[msg.sender];
        if (node.nodeId == 0) revert UnknownNode(msg.sender);
        if (!node.active) revert NodeNotActive(msg.sender);
        (bytes32 id, Order memory o) = _load(terms);
        if (o.state != OrderState.Live) revert OrderNotLive(id, o.state);
        _checkSlot(terms, slot);
        Slot memory s = _readSlotWord(id, slot);
        if (s.state != SlotState.Open) revert WrongSlotState(id, slot, s.state);
        _checkNotLate(_openUntil(terms, o));
        uint64 acceptable = _acceptable(terms, o, block.timestamp);
        if (price > acceptable) revert PriceTooHigh(price, acceptable);
        if (!_allowed(terms.allow, node.operatorId)) revert OperatorNotAllowed(node.operatorId);
        uint256 staked = _sellers[node.operatorId].stake;
        if (staked < terms.minStake) revert StakeTooLow(node.operatorId, terms.minStake, staked);
        if (terms.mode == Verification.QUORUM) _checkDrawn(terms, id, o, slot, node);
        _bond(node.operatorId, capOf(terms));

        uint40 deadline = uint40(block.timestamp + terms.runSeconds);
        s.state = SlotState.Assigned;
        s.operatorId = node.operatorId;
        s.nodeId = node.nodeId;
        s.price = price;
        s.deadline = deadline;
        _writeSlotWord(id, slot, s, slot);
        unchecked {
            --o.open;
            ++o.assigned;
        }
        _writeOrder(id, o);
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
        _roots[id][slot] = root;
        _writeSlotWord(id, slot, s, slot);
        emit Delivered(id, slot, root, fuel, s.deadline);
        if (receipt.length != 0) {
            _settleAttended(terms, id, o, slot, s, true);
        } else {
            _writeOrder(id, o);
        }
    }

    function commit(Terms calldata terms, uint8 slot, bytes32 commitment) external {
        (bytes32 id, Order memory o) = _load(terms);
        _onlyMode(terms, Verification.QUORUM);
        Slot memory s = _ownSlot(terms, id, slot, SlotState.Assigned);
        _checkNotLate(s.deadline);
        if (_shortCommitment(commitment) == 0) revert ZeroCommitment();

        s.state = SlotState.Committed;
        s.root = commitment;
        _writeSlotWord(id, slot, s, slot);
        unchecked {
            --o.assigned;
            ++o.committed;
        }
        emit Committed(id, slot, commitment);
        _noteCommitsClosed(terms, id, o);
        _writeOrder(id, o);
    }

    function reveal(Terms calldata terms, uint8 slot, bytes32 root, uint64 fuel, bytes32 salt, bytes calldata receipt)
        external
    {
        (bytes32 id, Order memory o) = _load(terms);
        _onlyMode(terms, Verification.QUORUM);
        Slot memory s = _slotIn(terms, id, slot, SlotState.Committed);
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

    // Endings

    function refuse(Terms calldata, uint8) external {
        _delegate();
    }

    function settle(Terms calldata) external {
        _delegate();
    }

    function acknowledge(Terms calldata, uint8, bytes calldata) external {
        _delegate();
    }

    function release(Terms calldata, uint8) external {
        _delegate();
    }

    function miss(Terms calldata, uint8) external {
        _delegate();
    }

    function cancel(Terms calldata) external {
        _delegate();
    }

    function expire(Terms calldata) external {
        _delegate();
    }

    function demand(Terms calldata, uint8) external {
        _delegate();
    }

    function answer(Terms calldata, uint8, LeafProof calldata) external {
        _delegate();
    }

    function forfeit(Terms calldata, uint8) external {
        _delegate();
    }

    /// @dev Runs this call's function in `Endings`, on this contract's storage, and ends the call as it ended.
    function _delegate() private {
        address endings = address(_endings);
        assembly ("memory-safe") {
            let start := mload(0x40)
            calldatacopy(start, 0, calldatasize())
            let done := delegatecall(gas(), endings, start, calldatasize(), 0, 0)
            returndatacopy(start, 0, returndatasize())
            switch done
            case 0 { revert(start, returndatasize()) }
            default { return(start, returndatasize()) }
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

    function _checkDrawn(Terms calldata terms, bytes32 id, Order memory o, uint8 slot, NodeWord memory node)
        private
        view
    {
        uint32 operatorId = node.operatorId;
        uint256 since = _sellers[operatorId].sinceBlock;
        if (since >= o.createdBlock) revert OperatorTooNew(operatorId, since, o.createdBlock);
        if (node.owner == terms.consumer || msg.sender == terms.consumer) revert OperatorIsConsumer(operatorId);
        uint256 taken = uint256(o.assigned) + o.committed;
        for (uint8 i; taken != 0; ++i) {
            uint32 holder = _holderOf(id, i);
            if (holder == operatorId) revert OperatorHoldsSlot(operatorId, i);
            if (holder != 0) --taken;
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

    /// @dev `allow` is up to eight ids of 32 bits; ids are never 0.
    function _allowed(bytes32 allow, uint32 operatorId) private pure returns (bool) {
        if (allow == 0) return true;
        for (uint256 ids = uint256(allow); ids != 0; ids >>= 32) {
            if (uint32(ids) == operatorId) return true;
        }
        return false;
    }

}
