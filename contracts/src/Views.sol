// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHooke} from "./interfaces/IHooke.sol";
import {Demand, ITaskViews, Order, Range, Slot, SlotState, Terms, Verification} from "./interfaces/ITasks.sol";
import {Part} from "./Part.sol";
import {TaskBook} from "./TaskBook.sol";
import {OrderWord, OrderWords, SlotWord, SlotWords} from "./Words.sol";

/// @title Part of the law: what can be asked about orders, and the limits.
contract Views is TaskBook, Part, ITaskViews {
    uint8 public constant MAX_SLOTS = _MAX_SLOTS;
    uint32 public constant MAX_TASKS = _MAX_TASKS;
    uint8 public constant MAX_ARRAY_SLOTS = _MAX_ARRAY_SLOTS;
    uint32 public constant MAX_OPEN_SECONDS = _MAX_OPEN_SECONDS;
    uint32 public constant MAX_RUN_SECONDS = _MAX_RUN_SECONDS;
    uint32 public constant MIN_WINDOW_SECONDS = _MIN_WINDOW_SECONDS;
    uint32 public constant MIN_REVEAL_SECONDS = _MIN_REVEAL_SECONDS;
    uint32 public constant MAX_WINDOW_SECONDS = _MAX_WINDOW_SECONDS;
    uint32 public constant MAX_RETENTION_SECONDS = _MAX_RETENTION_SECONDS;
    uint256 public constant HELD_BPS = _HELD_BPS;
    uint8 public constant MAX_DEMANDS = _MAX_DEMANDS;
    uint256 public constant DRAW_WIDTH = _DRAW_WIDTH;
    uint256 public constant JURY_DRAW_WIDTH = _JURY_DRAW_WIDTH;
    uint256 public constant DRAW_STEP_SECONDS = _DRAW_STEP_SECONDS;
    uint256 public constant CALLBACK_GAS = _CALLBACK_GAS;

    fallback() external {
        revert IHooke.NoSuchFunction(msg.sig);
    }

    function part() external pure override returns (bytes32) {
        return VIEWS;
    }

    function eip712Domain()
        external
        view
        returns (bytes1, string memory, string memory, uint256, address, bytes32, uint256[] memory)
    {
        return (hex"0f", NAME, VERSION, block.chainid, address(this), 0, new uint256[](0));
    }

    function idOf(Terms calldata terms) external view returns (bytes32) {
        return _idOf(terms);
    }

    function capOf(Terms calldata terms) external pure returns (uint256) {
        return _capOf(terms);
    }

    function bondOf(Terms calldata terms) external pure returns (uint256) {
        uint256 count = terms.tasks;
        if (terms.mode != Verification.QUORUM) count = (count + terms.slots - 1) / terms.slots;
        return _bondFor(terms, count, _capOf(terms));
    }

    function rangeOf(Terms calldata terms, uint8 slot) external view returns (Range memory) {
        (bytes32 id, OrderWord o) = _load(terms);
        _checkSlot(o, slot);
        (uint256 first, uint256 count) = _rangeOf(terms, id, slot, _record(id, slot).word);
        return Range({first: uint32(first), count: uint32(count), bond: _bondFor(terms, count, _capOf(terms))});
    }

    function slotsOf(Terms calldata terms) external view returns (uint8) {
        (, OrderWord o) = _load(terms);
        return o.slots();
    }

    function holderOf(address consumer, bytes32 exclusiveKey) external view returns (bytes32) {
        return _holders[consumer][exclusiveKey];
    }

    function commitmentOf(bytes32 id, uint8 slot, uint32 operatorId, bytes32 root, uint64 fuel, bytes32 salt)
        external
        view
        returns (bytes32)
    {
        return _commitmentOf(id, slot, operatorId, root, fuel, salt);
    }

    function receiptDigest(bytes32 id, uint8 slot, bytes32 root, uint64 fuel) external view returns (bytes32) {
        return _receiptDigest(id, slot, root, fuel);
    }

    function orderOf(bytes32 id) external view returns (Order memory) {
        OrderWord o = _order(id);
        uint8 open = o.open();
        uint8 assigned = o.assigned();
        if (o.has(OrderWords.RANGED)) {
            for (uint8 i; i < o.slots(); ++i) {
                SlotState state = _record(id, i).word.state();
                if (state == SlotState.Open) ++open;
                else if (state == SlotState.Assigned) ++assigned;
            }
        }
        return Order({
            state: o.state(),
            createdBlock: o.createdBlock(),
            createdAt: o.createdAt(),
            commitsClosedAt: o.commitsClosedAt(),
            open: open,
            assigned: assigned,
            committed: o.committed(),
            revealed: o.revealed(),
            cancelled: o.has(OrderWords.CANCELLED),
            callback: o.has(OrderWords.CALLBACK),
            hasResult: o.has(OrderWords.HAS_RESULT),
            resultSlot: o.resultSlot()
        });
    }

    function slotOf(bytes32 id, uint8 slot) external view returns (Slot memory s) {
        SlotWord w = _record(id, slot).word;
        s.state = w.state();
        s.operatorId = w.operatorId();
        s.nodeId = w.nodeId();
        s.price = w.price();
        if (s.state == SlotState.Committed) {
            s.root = w.commitment();
        } else {
            s.fuel = w.fuel();
            s.deadline = w.deadline();
            s.receipted = w.has(SlotWords.RECEIPTED);
            s.root = _rootOf(id, w);
        }
    }

    function demandOf(bytes32 id, uint8 slot) external view returns (Demand memory) {
        return _record(id, slot).demand;
    }

    function resultOf(bytes32 id) external view returns (bool settled, bytes32 root, uint64 fuel) {
        OrderWord o = _order(id);
        if (!o.has(OrderWords.HAS_RESULT)) return (false, 0, 0);
        SlotWord s = _record(id, o.resultSlot()).word;
        return (true, _rootOf(id, s), s.fuel());
    }

    function acceptablePrice(Terms calldata terms, uint256 when) external view returns (uint64) {
        (, OrderWord o) = _load(terms);
        return _acceptable(terms, o, when);
    }

    function isDrawn(Terms calldata terms, uint8 slot, uint32 operatorId, uint256 when) external view returns (bool) {
        (bytes32 id, OrderWord o) = _load(terms);
        _checkSlot(o, slot);
        uint256 staked = _sellers[operatorId].stake;
        return o.has(OrderWords.RANGED) || _drawn(terms, id, o, slot, operatorId, staked, when);
    }
}
