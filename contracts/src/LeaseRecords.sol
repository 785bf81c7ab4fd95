// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LeaseSlot, LeaseState} from "./interfaces/ILeases.sol";

/// @notice A lease order in one storage word: what an anchor needs of it, too, so that it costs no second one. Of a volume `quotaMib`
/// and what follows count; `anchorIndex` says which of the two anchors is the newest.
struct LeaseWord {
    LeaseState state;
    uint32 createdAt;
    uint32 syncedAt;
    uint72 rate;
    uint8 leased;
    uint8 open;
    uint8 minSlots;
    uint32 quotaMib;
    uint32 epochSeconds;
    uint8 drawOneIn;
    uint8 anchorIndex;
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

/// @notice An anchor in two words.
struct AnchorWord {
    uint48 leafCount;
    uint48 seq;
    uint40 madeAt;
    bool endorsed;
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
