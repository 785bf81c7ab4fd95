// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OrderState, SlotState} from "./interfaces/ITasks.sol";

/// @notice An order in one storage word: state 8 bits, block 48, time 40, `commitsClosedAt` 40, then 8 each: `open`, `assigned`, `committed`,
/// `revealed`, `resultSlot`, flags, `slots`, `live`, and 56 marks of QUORUM's bidders. `open` to `revealed` and `commitsClosedAt` are QUORUM's. Other modes leave the word
/// alone between order and settlement, and count only `slots`, those that `deliverPart` added too, and how many of them are `live`: Open,
/// Assigned or Delivered.
type OrderWord is uint256;

/// @notice A slot in one storage word: state 8 bits, operator 32, node 32, price 64, fuel 64, deadline 40, three flags, and in the last 8
/// `rootSlot`, the slot under which its root is kept. A committed slot keeps the first 120 bits of its commitment where the others
/// keep fuel and what follows: no storage word of its own, for a third of a commit's gas. Two openings of one such commitment are a collision
/// of 2^60 hashes that can begin only when the order is known and must end within its runSeconds.
type SlotWord is uint256;

using OrderWords for OrderWord global;
using SlotWords for SlotWord global;

/// @dev Words rather than structs in memory, because half of a step's gas besides storage would be copying members that it does not use.
/// Additions are unchecked: what is counted is at most 128 slots.
library OrderWords {
    uint256 internal constant OPEN = 1 << 136;
    uint256 internal constant ASSIGNED = 1 << 144;
    uint256 internal constant COMMITTED = 1 << 152;
    uint256 internal constant REVEALED = 1 << 160;
    uint256 internal constant CANCELLED = 1 << 176;
    uint256 internal constant CALLBACK = 1 << 177;
    uint256 internal constant HAS_RESULT = 1 << 178;
    uint256 internal constant RANGED = 1 << 179;
    uint256 internal constant SLOTS = 1 << 184;
    uint256 internal constant LIVE = 1 << 192;
    uint256 private constant MARKS_AT = 200;
    uint256 private constant MARKS = 56;

    function state(OrderWord w) internal pure returns (OrderState) {
        return OrderState(uint8(OrderWord.unwrap(w)));
    }

    function createdBlock(OrderWord w) internal pure returns (uint48) {
        return uint48(OrderWord.unwrap(w) >> 8);
    }

    function createdAt(OrderWord w) internal pure returns (uint40) {
        return uint40(OrderWord.unwrap(w) >> 56);
    }

    function commitsClosedAt(OrderWord w) internal pure returns (uint40) {
        return uint40(OrderWord.unwrap(w) >> 96);
    }

    function open(OrderWord w) internal pure returns (uint8) {
        return uint8(OrderWord.unwrap(w) >> 136);
    }

    function assigned(OrderWord w) internal pure returns (uint8) {
        return uint8(OrderWord.unwrap(w) >> 144);
    }

    function committed(OrderWord w) internal pure returns (uint8) {
        return uint8(OrderWord.unwrap(w) >> 152);
    }

    function revealed(OrderWord w) internal pure returns (uint8) {
        return uint8(OrderWord.unwrap(w) >> 160);
    }

    function resultSlot(OrderWord w) internal pure returns (uint8) {
        return uint8(OrderWord.unwrap(w) >> 168);
    }

    function slots(OrderWord w) internal pure returns (uint8) {
        return uint8(OrderWord.unwrap(w) >> 184);
    }

    function live(OrderWord w) internal pure returns (uint8) {
        return uint8(OrderWord.unwrap(w) >> 192);
    }

    /// @dev A flag that stands when the operator has bid, or one that shares the mark with it: so who bids first need not read every slot
    /// to learn that it holds none.
    function markOf(uint32 operatorId) internal pure returns (uint256) {
        return 1 << (MARKS_AT + operatorId % MARKS);
    }

    /// @dev Whether a flag stands.
    function has(OrderWord w, uint256 flag) internal pure returns (bool) {
        return OrderWord.unwrap(w) & flag != 0;
    }

    function with(OrderWord w, uint256 flag) internal pure returns (OrderWord) {
        return OrderWord.wrap(OrderWord.unwrap(w) | flag);
    }

    function plus(OrderWord w, uint256 what, uint256 times) internal pure returns (OrderWord) {
        unchecked {
            return OrderWord.wrap(OrderWord.unwrap(w) + what * times);
        }
    }

    function minus(OrderWord w, uint256 what, uint256 times) internal pure returns (OrderWord) {
        unchecked {
            return OrderWord.wrap(OrderWord.unwrap(w) - what * times);
        }
    }

    function withState(OrderWord w, OrderState to) internal pure returns (OrderWord) {
        return OrderWord.wrap(OrderWord.unwrap(w) & ~uint256(0xff) | uint256(to));
    }

    function withResultSlot(OrderWord w, uint8 slot) internal pure returns (OrderWord) {
        return OrderWord.wrap(OrderWord.unwrap(w) & ~(uint256(0xff) << 168) | uint256(slot) << 168);
    }

    function withCommitsClosedAt(OrderWord w, uint256 when) internal pure returns (OrderWord) {
        return OrderWord.wrap(OrderWord.unwrap(w) & ~(uint256(type(uint40).max) << 96) | uint256(uint40(when)) << 96);
    }

    /// @dev As `open` and `assigned` are when a QUORUM order ends.
    function withNothingTaken(OrderWord w) internal pure returns (OrderWord) {
        return OrderWord.wrap(OrderWord.unwrap(w) & ~(uint256(0xffff) << 136));
    }
}

library SlotWords {
    uint256 internal constant RECEIPTED = 1 << 240;
    uint256 internal constant DISPUTED = 1 << 241;
    uint256 internal constant SPLIT = 1 << 242;
    uint256 private constant HOLDER = (1 << 136) - 1;

    function state(SlotWord w) internal pure returns (SlotState) {
        return SlotState(uint8(SlotWord.unwrap(w)));
    }

    function operatorId(SlotWord w) internal pure returns (uint32) {
        return uint32(SlotWord.unwrap(w) >> 8);
    }

    function nodeId(SlotWord w) internal pure returns (uint32) {
        return uint32(SlotWord.unwrap(w) >> 40);
    }

    function price(SlotWord w) internal pure returns (uint64) {
        return uint64(SlotWord.unwrap(w) >> 72);
    }

    function fuel(SlotWord w) internal pure returns (uint64) {
        return uint64(SlotWord.unwrap(w) >> 136);
    }

    function deadline(SlotWord w) internal pure returns (uint40) {
        return uint40(SlotWord.unwrap(w) >> 200);
    }

    function rootSlot(SlotWord w) internal pure returns (uint8) {
        return uint8(SlotWord.unwrap(w) >> 248);
    }

    /// @dev Whether one of the three flags stands.
    function has(SlotWord w, uint256 flag) internal pure returns (bool) {
        return SlotWord.unwrap(w) & flag != 0;
    }

    function with(SlotWord w, uint256 flag) internal pure returns (SlotWord) {
        return SlotWord.wrap(SlotWord.unwrap(w) | flag);
    }

    function withState(SlotWord w, SlotState to) internal pure returns (SlotWord) {
        return SlotWord.wrap(SlotWord.unwrap(w) & ~uint256(0xff) | uint256(to));
    }

    function withDeadline(SlotWord w, uint256 when) internal pure returns (SlotWord) {
        return SlotWord.wrap(SlotWord.unwrap(w) & ~(uint256(type(uint40).max) << 200) | uint256(uint40(when)) << 200);
    }

    /// @dev Keeps only who holds the slot at which price, and the flag `kept`; the rest is as given.
    function shown(SlotWord w, SlotState to, uint64 fuel_, uint256 deadline_, uint8 rootSlot_, uint256 kept)
        internal
        pure
        returns (SlotWord)
    {
        return SlotWord.wrap(
            SlotWord.unwrap(w) & (HOLDER & ~uint256(0xff) | kept) | uint256(to) | uint256(fuel_) << 136
                | uint256(uint40(deadline_)) << 200 | uint256(rootSlot_) << 248
        );
    }

    function committed(SlotWord w, bytes32 whole) internal pure returns (SlotWord) {
        return SlotWord.wrap(
            SlotWord.unwrap(w) & (HOLDER & ~uint256(0xff)) | uint256(SlotState.Committed) | uint256(short(whole))
        );
    }

    function commitment(SlotWord w) internal pure returns (bytes32) {
        return short(bytes32(SlotWord.unwrap(w)));
    }

    /// @dev What is kept of a commitment.
    function short(bytes32 whole) internal pure returns (bytes32) {
        return bytes32(uint256(whole) >> 136 << 136);
    }

    /// @dev Whether a root is kept for a slot in this state.
    function hasRoot(SlotWord w) internal pure returns (bool) {
        SlotState s = state(w);
        return s == SlotState.Delivered || (s >= SlotState.Revealed && s <= SlotState.Outvoted)
            || s == SlotState.Forfeited || s == SlotState.Disproved;
    }
}
