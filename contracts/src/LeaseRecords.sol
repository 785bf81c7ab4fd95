// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LeaseSlot, LeaseState} from "./interfaces/ILeases.sol";

/// @notice A lease order in one storage word: state 8 bits, `createdAt` 32, `syncedAt` 32, `rate` 72, then 8 each: `leased`, `open`, `minSlots`; of a
/// volume `quotaMib` 32, `epochSeconds` 32, and 8 each: `drawOneIn`, `anchorIndex`, which of the two anchors is the newest. All that an
/// anchor needs of the order, so that it reads no second word.
type LeaseWord is uint256;

using LeaseWords for LeaseWord global;

/// @dev A word rather than a struct in memory, as `OrderWord`.
library LeaseWords {
    uint256 internal constant LEASED = 1 << 144;
    uint256 internal constant OPEN = 1 << 152;

    function created(uint256 when, uint8 minSlots_) internal pure returns (LeaseWord) {
        return LeaseWord.wrap(
            uint256(LeaseState.Live) | when << 8 | when << 40 | uint256(minSlots_) << 152 | uint256(minSlots_) << 160
        );
    }

    function state(LeaseWord w) internal pure returns (LeaseState) {
        return LeaseState(uint8(LeaseWord.unwrap(w)));
    }

    function createdAt(LeaseWord w) internal pure returns (uint32) {
        return uint32(LeaseWord.unwrap(w) >> 8);
    }

    function syncedAt(LeaseWord w) internal pure returns (uint32) {
        return uint32(LeaseWord.unwrap(w) >> 40);
    }

    /// @dev 256 bits wide, so that what is computed from it cannot overflow.
    function rate(LeaseWord w) internal pure returns (uint256) {
        return uint72(LeaseWord.unwrap(w) >> 72);
    }

    function leased(LeaseWord w) internal pure returns (uint8) {
        return uint8(LeaseWord.unwrap(w) >> 144);
    }

    function open(LeaseWord w) internal pure returns (uint8) {
        return uint8(LeaseWord.unwrap(w) >> 152);
    }

    function minSlots(LeaseWord w) internal pure returns (uint8) {
        return uint8(LeaseWord.unwrap(w) >> 160);
    }

    function quotaMib(LeaseWord w) internal pure returns (uint32) {
        return uint32(LeaseWord.unwrap(w) >> 168);
    }

    function epochSeconds(LeaseWord w) internal pure returns (uint32) {
        return uint32(LeaseWord.unwrap(w) >> 200);
    }

    function drawOneIn(LeaseWord w) internal pure returns (uint8) {
        return uint8(LeaseWord.unwrap(w) >> 232);
    }

    function anchorIndex(LeaseWord w) internal pure returns (uint8) {
        return uint8(LeaseWord.unwrap(w) >> 240);
    }

    function withState(LeaseWord w, LeaseState to) internal pure returns (LeaseWord) {
        return LeaseWord.wrap(LeaseWord.unwrap(w) & ~uint256(0xff) | uint256(to));
    }

    function withSyncedAt(LeaseWord w, uint256 when) internal pure returns (LeaseWord) {
        return LeaseWord.wrap(LeaseWord.unwrap(w) & ~(uint256(type(uint32).max) << 40) | when << 40);
    }

    /// @dev At most 64 prices of 64 bits: it fits.
    function withRate(LeaseWord w, uint256 to) internal pure returns (LeaseWord) {
        return LeaseWord.wrap(LeaseWord.unwrap(w) & ~(uint256(type(uint72).max) << 72) | to << 72);
    }

    function withVolume(LeaseWord w, uint32 quotaMib_, uint32 epochSeconds_, uint8 drawOneIn_)
        internal
        pure
        returns (LeaseWord)
    {
        return LeaseWord.wrap(
            LeaseWord.unwrap(w) | uint256(quotaMib_) << 168 | uint256(epochSeconds_) << 200 | uint256(drawOneIn_) << 232
        );
    }

    function withQuotaMib(LeaseWord w, uint32 to) internal pure returns (LeaseWord) {
        return LeaseWord.wrap(LeaseWord.unwrap(w) & ~(uint256(type(uint32).max) << 168) | uint256(to) << 168);
    }

    function withAnchorIndex(LeaseWord w, uint256 to) internal pure returns (LeaseWord) {
        return LeaseWord.wrap(LeaseWord.unwrap(w) & ~(uint256(0xff) << 240) | to << 240);
    }

    /// @dev One more of LEASED or OPEN; at most 64 slots are counted.
    function plus(LeaseWord w, uint256 what) internal pure returns (LeaseWord) {
        unchecked {
            return LeaseWord.wrap(LeaseWord.unwrap(w) + what);
        }
    }

    /// @dev One less of LEASED or OPEN, which is there: the slot was.
    function minus(LeaseWord w, uint256 what) internal pure returns (LeaseWord) {
        unchecked {
            return LeaseWord.wrap(LeaseWord.unwrap(w) - what);
        }
    }
}

/// @notice The rest of a lease order, in a second word. `drawableFrom`: of a volume, the first epoch that began with an anchor; 0: none.
struct LeaseFunds {
    uint128 balance;
    uint32 scaleSeq;
    uint32 primaryAt;
    uint32 endedAt;
    uint32 drawableFrom;
}

/// @notice All of a lease order. A slot's word that is all zero was never touched: it is open when the terms say so, else vacant.
struct LeaseRecord {
    LeaseWord word;
    LeaseFunds funds;
    LeaseSlot[64] slots;
}

/// @notice A replica of a volume in one word: the key that signs anchors, the first epoch in which it can be drawn, the last one in which it
/// proved possession (0: never; none can in epoch 0), and the disk that was agreed.
struct Holder {
    address key;
    uint32 firstEpoch;
    uint32 provedEpoch;
    uint32 diskMib;
}

/// @notice What stands beside an anchor's commit: `leafCount` 48 bits, `seq` 48, `madeAt` 40, and a flag, `endorsed`. The quota keeps the leaf
/// count within 42 bits; nobody lives to see 2^48 anchors.
type AnchorWord is uint256;

using AnchorWords for AnchorWord global;

library AnchorWords {
    uint256 private constant ENDORSED = 1 << 136;

    function made(uint256 leafCount_, uint256 seq_, uint256 when, bool endorsed_) internal pure returns (AnchorWord w) {
        w = AnchorWord.wrap(leafCount_ | seq_ << 48 | when << 96);
        return endorsed_ ? w.withEndorsement() : w;
    }

    function leafCount(AnchorWord w) internal pure returns (uint48) {
        return uint48(AnchorWord.unwrap(w));
    }

    function seq(AnchorWord w) internal pure returns (uint48) {
        return uint48(AnchorWord.unwrap(w) >> 48);
    }

    function madeAt(AnchorWord w) internal pure returns (uint40) {
        return uint40(AnchorWord.unwrap(w) >> 96);
    }

    function endorsed(AnchorWord w) internal pure returns (bool) {
        return AnchorWord.unwrap(w) & ENDORSED != 0;
    }

    function withEndorsement(AnchorWord w) internal pure returns (AnchorWord) {
        return AnchorWord.wrap(AnchorWord.unwrap(w) | ENDORSED);
    }
}

struct AnchorRecord {
    bytes32 commit;
    AnchorWord word;
}

/// @notice What a volume has beyond its lease order.
struct VolumeRecord {
    address owner;
    uint32 drawnEpoch;
    uint48 seedBlock;
    // -
    address delegate;
    // -
    AnchorRecord[2] anchors;
    Holder[16] holders;
    mapping(uint256 epoch => bytes32) seeds;
    /// @dev A bit for each epoch.
    mapping(uint8 slot => mapping(uint256 word => uint256)) proofs;
}
