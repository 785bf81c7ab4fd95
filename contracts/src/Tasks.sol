// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProviders} from "./interfaces/IProviders.sol";
import {ITaskSteps, OrderState, SlotState, Terms, Verification} from "./interfaces/ITasks.sol";
import {TaskBook} from "./TaskBook.sol";
import {OrderWord, OrderWords, SlotWord, SlotWords} from "./Words.sol";

/// @title The steps of a task from order to settlement.
/// @dev Every entry point: check, compute, write, emit, and the consumer's callback last. Loops run over the slots of one QUORUM order,
/// at most _MAX_SLOTS. Holds no storage; see `TaskBook` for why.
abstract contract Tasks is TaskBook, ITaskSteps {
    // Ordering and bidding

    function order(Terms calldata terms) external returns (bytes32 id) {
        _onlyConsumer(terms);
        id = _idOf(terms);
        _lock(msg.sender, _place(terms, id));
        emit Ordered(id, msg.sender, terms);
    }

    function bid(Terms calldata terms, uint8 slot, uint64 price) external {
        NodeWord memory node = _nodes[msg.sender];
        if (node.nodeId == 0) revert IProviders.UnknownNode(msg.sender);
        if (!node.active) revert IProviders.NodeNotActive(msg.sender);
        (bytes32 id, OrderWord o) = _load(terms);
        if (o.state() != OrderState.Live) revert OrderNotLive(id, o.state());
        SlotWord s = _slotIn(o, id, slot, SlotState.Open);
        _checkNotLate(_openUntil(terms, o));
        uint64 acceptable = _acceptable(terms, o, block.timestamp);
        if (price > acceptable) revert PriceTooHigh(price, acceptable);
        if (!_allowed(terms.allow, node.operatorId)) revert OperatorNotAllowed(node.operatorId);
        uint256 staked = _sellers[node.operatorId].stake;
        if (staked < terms.minStake) revert StakeTooLow(node.operatorId, terms.minStake, staked);
        bool ranged = o.has(OrderWords.RANGED);
        if (!ranged) _checkDrawn(terms, id, o, slot, node, staked);
        (, uint256 count) = _rangeOf(terms, id, slot, s);
        _bond(node.operatorId, _bondFor(terms, count, _capOf(terms)));

        uint256 deadline = block.timestamp + terms.runSeconds;
        _record(id, slot).word = SlotWord.wrap(
            uint256(node.operatorId) << 8 | uint256(node.nodeId) << 40 | uint256(price) << 72
                | SlotWord.unwrap(s) & SlotWords.SPLIT
        ).shown(SlotState.Assigned, 0, deadline, slot, SlotWords.SPLIT);
        if (!ranged) {
            _book[id].word =
                o.minus(OrderWords.OPEN, 1).plus(OrderWords.ASSIGNED, 1).with(OrderWords.markOf(node.operatorId));
        }
        emit Assigned(id, slot, node.operatorId, node.nodeId, price, deadline);
    }

    // Delivery

    function deliver(Terms calldata terms, uint8 slot, bytes32 root, uint64 fuel, bytes calldata receipt) external {
        (bytes32 id, OrderWord o, SlotWord s, uint256 count) = _forDelivery(terms, slot);
        _checkResult(terms, count, root, fuel);
        uint256 deadline = block.timestamp + terms.windowSeconds;
        s = s.shown(SlotState.Delivered, fuel, deadline, slot, SlotWords.SPLIT);
        SlotRecord storage record = _record(id, slot);
        record.root = root;
        if (receipt.length == 0) {
            record.word = s;
            emit Delivered(id, slot, root, fuel, deadline);
        } else {
            _checkReceipt(terms, id, slot, root, fuel, receipt);
            emit Delivered(id, slot, root, fuel, deadline);
            _settleRanged(terms, id, o, slot, s.with(SlotWords.RECEIPTED), root);
        }
    }

    function commit(Terms calldata terms, uint8 slot, bytes32 commitment) external {
        (bytes32 id, OrderWord o) = _load(terms);
        _onlyMode(terms, Verification.QUORUM);
        SlotWord s = _ownSlot(o, id, slot, SlotState.Assigned);
        _checkNotLate(s.deadline());
        if (SlotWords.short(commitment) == 0) revert ZeroCommitment();

        _record(id, slot).word = s.committed(commitment);
        emit Committed(id, slot, commitment);
        _book[id].word = _noteCommitsClosed(terms, id, o.minus(OrderWords.ASSIGNED, 1).plus(OrderWords.COMMITTED, 1));
    }

    function reveal(Terms calldata terms, uint8 slot, bytes32 root, uint64 fuel, bytes32 salt, bytes calldata receipt)
        external
    {
        (bytes32 id, OrderWord o) = _load(terms);
        _onlyMode(terms, Verification.QUORUM);
        SlotWord s = _slotIn(o, id, slot, SlotState.Committed);
        uint256 closedAt = _commitsClosedAt(terms, o);
        if (closedAt == 0) revert CommitsOpen(id);
        if (o.committed() < terms.quorum) revert TooFewCommitted(id, o.committed(), terms.quorum);
        _checkNotLate(closedAt + terms.windowSeconds);
        _checkResult(terms, terms.tasks, root, fuel);
        if (SlotWords.short(_commitmentOf(id, slot, s.operatorId(), root, fuel, salt)) != s.commitment()) {
            revert BadReveal(id, slot, s.commitment());
        }
        bool receipted = receipt.length != 0;
        if (receipted) _checkReceipt(terms, id, slot, root, fuel, receipt);
        if (terms.consumer == address(this)) {
            // Nobody would demand a juror's result, so nothing of its pay need be held. And who ran nothing is paid nothing.
            if (root == _UNAVAILABLE && fuel != 0) revert FuelOverLimit(fuel, 0);
            receipted = true;
        }

        // Roots equal to the first one revealed are stored once.
        uint8 rootSlot = slot;
        if (o.revealed() == 0) o = o.withResultSlot(slot);
        else if (_record(id, o.resultSlot()).root == root) rootSlot = o.resultSlot();
        SlotRecord storage record = _record(id, slot);
        if (rootSlot == slot) record.root = root;
        s = s.shown(SlotState.Revealed, fuel, 0, rootSlot, 0);
        record.word = receipted ? s.with(SlotWords.RECEIPTED) : s;
        o = o.plus(OrderWords.REVEALED, 1);
        emit Revealed(id, slot, root, fuel);
        if (o.revealed() == o.committed()) _endQuorum(terms, id, o, 0);
        else _book[id].word = o;
    }

    // Settlement

    function settle(Terms calldata terms) external {
        (bytes32 id, OrderWord o) = _load(terms);
        if (o.state() != OrderState.Live) revert OrderNotLive(id, o.state());
        if (o.has(OrderWords.RANGED)) {
            _settleBySilence(terms, id, o, 0);
        } else {
            uint256 closedAt = _commitsClosedAt(terms, o);
            if (closedAt == 0) _checkLate(_commitsUntil(terms, o));
            if (o.committed() >= terms.quorum) _checkLate(closedAt + terms.windowSeconds);
            _endQuorum(terms, id, o, 0);
        }
    }

    function settleSlot(Terms calldata terms, uint8 slot) external {
        (bytes32 id, OrderWord o) = _load(terms);
        if (o.state() != OrderState.Live) revert OrderNotLive(id, o.state());
        if (!o.has(OrderWords.RANGED)) revert WrongVerification(terms.mode);
        _settleBySilence(terms, id, o, slot);
    }

    function _settleBySilence(Terms calldata terms, bytes32 id, OrderWord o, uint8 slot) private {
        SlotWord s = _slotIn(o, id, slot, SlotState.Delivered);
        _checkLate(s.deadline());
        if (s.has(SlotWords.DISPUTED)) _checkUndisputed(id, slot);
        _settleRanged(terms, id, o, slot, s, _record(id, slot).root);
    }

    // Checks

    function _checkDrawn(
        Terms calldata terms,
        bytes32 id,
        OrderWord o,
        uint8 slot,
        NodeWord memory node,
        uint256 staked
    ) private view {
        uint32 operatorId = node.operatorId;
        uint256 before = o.createdBlock();
        if (terms.consumer == address(this)) {
            Jury memory jury = _juries[id];
            before = jury.beforeBlock;
            if (operatorId == jury.operatorId || _isOne(node, jury.consumer) || _isOne(node, jury.challenger)) {
                revert OperatorIsParty(operatorId);
            }
        }
        uint256 since = _sellers[operatorId].sinceBlock;
        if (since >= before) revert OperatorTooNew(operatorId, since, before);
        if (_isOne(node, terms.consumer)) revert OperatorIsConsumer(operatorId);
        if (o.has(OrderWords.markOf(operatorId))) {
            for (uint8 i; i < o.slots(); ++i) {
                if (_record(id, i).word.operatorId() == operatorId) revert OperatorHoldsSlot(operatorId, i);
            }
        }
        if (!_drawn(terms, id, o, slot, operatorId, staked, block.timestamp)) revert NotDrawn(operatorId, slot);
    }

    function _isOne(NodeWord memory node, address account) private view returns (bool) {
        return node.owner == account || msg.sender == account;
    }
}
