// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {LeaseTerms} from "./ILeases.sol";

/// @notice The commit hash of a volume's snapshot as it was anchored.
/// @param commit `SHA256(10 || version u8 || volume || raft epoch u64 || raft index u64 || leaf count u64 || data root || meta root ||
/// previous commit || time u64)`, big endian, 10 a byte in hexadecimal. The contract computes it only when possession is proven.
/// @param seq From 1; 0: there is none.
/// @param leafCount Leaves of 1,024 bytes in the data tree.
/// @param madeAt Unix second.
/// @param endorsed The owner or its delegate stands for it, too.
struct Anchor {
    bytes32 commit;
    uint64 seq;
    uint64 leafCount;
    uint40 madeAt;
    bool endorsed;
}

/// @notice A volume: what it has beyond its lease order.
/// @param owner The order's consumer.
/// @param delegate Who may endorse beside the owner; 0: nobody.
/// @param quotaMib No anchor has more than 1,024 leaves for each.
/// @param epochSeconds As in the terms. Epoch 0 begins when the order was made.
/// @param drawOneIn As in the terms.
/// @param drawableFrom First epoch that can be drawn: the one after that of the first anchor. 0: no anchor yet.
/// @param drawnEpoch The last epoch that was drawn. 0: none.
/// @param seedBlock The block whose hash is that draw's seed.
struct Volume {
    address owner;
    address delegate;
    uint32 quotaMib;
    uint32 epochSeconds;
    uint8 drawOneIn;
    uint32 drawableFrom;
    uint32 drawnEpoch;
    uint48 seedBlock;
}

/// @notice A replica of a volume.
/// @param key The node key that signs anchors; 0: nobody holds the slot.
/// @param firstEpoch First epoch in which it fails when it is drawn and does not prove.
/// @param provedEpoch Last epoch in which it proved; 0: never.
/// @param diskMib The disk that it agreed to.
struct Replica {
    address key;
    uint32 firstEpoch;
    uint32 provedEpoch;
    uint32 diskMib;
}

/// @title Volumes: lease orders with epochs, whose slots are replicas. Anchors, and proofs that replicas hold the bytes.
/// @notice **Anchors.** A snapshot's commit is *attested* by the signatures of a majority of the replicas: of those that are leased, and of minSlots
/// at least, so that one that is left over cannot speak for all. It is *endorsed* when the owner or its delegate, whose client checked it,
/// signs as well. Only an endorsed anchor may have fewer leaves than the one before.
///
/// **Proofs.** Time is cut into epochs of epochSeconds. In the first half of an epoch anyone calls `draw`; the hash of the block after that
/// call is the seed, which `seal`, or the first `prove`, keeps. It picks each replica with chance 1 in drawOneIn, and LEAVES leaves for each,
/// out of the anchor that was current when the epoch began. Up to the epoch's end anyone may show these leaves by `prove`.
///
/// Pay is held until the replica's first proof. Then it is paid for an epoch that was drawn and sealed if it was not picked or has proven;
/// for epochs before the first that can be drawn, and for those in which it could still copy (repairEpochs); and for the seconds of the
/// epoch in which its lease ends. An epoch that nobody draws or seals pays no replica: so volumes whose owner is away are proven all
/// the same, by those who want to be paid. What is held when the lease ends, and what is not earned, goes back to the consumer; but if
/// consumer or time end the lease when there is an anchor and the replica had no whole epoch yet in which it could prove, it is paid: else a
/// consumer had its bytes kept for nothing until then. Who is picked twice without a proof in between or since may be evicted
/// by anyone: the bond is burned, and the slot opens again.
///
/// **What a proof does not prove.** That the replicas are three physical copies: operators may be one person with one disk, or fetch the leaves
/// from another replica, or from elsewhere, when they are drawn. That anybody is served. That metadata is held (the commit binds it, the leaves are data).
/// That all of the data is held: who lacks one leaf in a hundred passes with 0.99^LEAVES = 95 %, one in two with 3 %, each time. That the
/// anchored bytes are the owner's: a majority can attest to anything, also to something small and easy; endorsement is against that.
///
/// **Chance.** Who calls `draw` does not know the seed. The proposer of the seed's block does, and can try many blocks until one picks leaves
/// that it holds, or not its replica: an operator that proposes a share p of all blocks can so escape p of its draws, if it also arranges that the
/// draw is called then, at no cost but the work. Others can only keep silent: a draw that nobody seals within 256 blocks pays nobody.
///
/// Functions without terms revert `VolumeNotLive` unless there is such a volume and it is not noted as over.
interface IVolumes {
    /// @notice `signers` is a bit for each slot whose holder signed. What they signed also names the commit of the anchor before.
    event Anchored(
        bytes32 indexed volume, uint64 seq, bytes32 commit, uint64 leafCount, bool endorsed, uint256 signers
    );
    /// @notice The newest anchor, `seq`, is endorsed now.
    event Endorsed(bytes32 indexed volume, uint64 seq);
    event DelegateSet(bytes32 indexed volume, address delegate);
    event QuotaSet(bytes32 indexed volume, uint32 quotaMib);
    /// @notice The epoch's seed will be the hash of block `seedBlock`.
    event Drawn(bytes32 indexed volume, uint32 epoch, uint48 seedBlock);
    /// @notice The epoch's draw is fixed for ever.
    event Sealed(bytes32 indexed volume, uint32 epoch, bytes32 seed);
    event Proven(bytes32 indexed volume, uint8 slot, uint32 epoch);

    error VolumeNotLive(bytes32 volume);
    /// @notice The next anchor is number `expected`.
    error StaleAnchor(bytes32 volume, uint64 seq, uint64 expected);
    /// @notice More leaves than the quota holds.
    error OverQuota(uint64 leafCount, uint32 quotaMib);
    /// @notice Not the holder of this slot, or not its signature over Anchor.
    error BadAttestation(bytes32 volume, uint8 slot);
    /// @notice `required` of the replicas must sign.
    error NoMajority(bytes32 volume, uint256 signed, uint256 required);
    /// @notice Neither the owner's nor the delegate's signature over Anchor.
    error BadEndorsement(bytes32 volume, uint64 seq);
    /// @notice Fewer leaves than the anchor before, and not endorsed.
    error ShrinkNotEndorsed(bytes32 volume, uint64 leafCount, uint64 previousCount);
    /// @notice No anchor was current when the epoch began.
    error NothingToDraw(bytes32 volume, uint32 epoch);
    error AlreadyDrawn(bytes32 volume, uint32 epoch);
    /// @notice Nobody called `draw` in this epoch.
    error NotYetDrawn(bytes32 volume, uint32 epoch);
    error AlreadySealed(bytes32 volume, uint32 epoch);
    /// @notice The seed is known from block `readyBlock` on.
    error SeedNotReady(uint256 readyBlock, uint256 when);
    /// @notice The chain no longer knows the seed's block: nobody sealed in time, the epoch pays nobody.
    error SeedLost(bytes32 volume, uint32 epoch);
    /// @notice Nobody holds the slot.
    error NoReplica(bytes32 volume, uint8 slot);
    error AlreadyProven(bytes32 volume, uint8 slot, uint32 epoch);
    /// @notice The bytes do not lead to the anchor's commit, or are not exactly the leaves that were drawn.
    error BadPossession(bytes32 volume, uint8 slot);
    /// @notice The replica did not fail in this epoch: it is not over, was not drawn, did not pick it, or came too soon; or it proved then or since.
    error NotFailed(bytes32 volume, uint8 slot, uint32 epoch);

    /// @notice How many leaves a proof shows.
    function LEAVES() external view returns (uint256);

    /// @notice The volume; all zero when unknown.
    function volumeOf(bytes32 volume) external view returns (Volume memory);

    /// @notice The replica; all zero when nobody holds the slot.
    function replicaOf(bytes32 volume, uint8 slot) external view returns (Replica memory);

    /// @notice The newest anchor; all zero when there is none.
    function anchorOf(bytes32 volume) external view returns (Anchor memory);

    /// @notice The anchor that was current when the running epoch began, which its draw is about. Reverts `VolumeNotLive`, `NothingToDraw`.
    function epochAnchorOf(bytes32 volume) external view returns (Anchor memory);

    /// @notice The running epoch. Reverts `VolumeNotLive`.
    function epochOf(bytes32 volume) external view returns (uint32);

    /// @notice The epoch's seed; 0 when it was not sealed.
    function seedOf(bytes32 volume, uint32 epoch) external view returns (bytes32);

    /// @notice Whether the replica in the slot proved possession in the epoch, whoever held the slot then.
    function provedIn(bytes32 volume, uint8 slot, uint32 epoch) external view returns (bool);

    /// @notice What a seed asks of a slot: whether it is picked, and the leaves: number i is `keccak256(abi.encode(seed, slot, i)) % leafCount`.
    /// None when there are no leaves.
    function drawOf(bytes32 seed, uint8 slot, uint8 drawOneIn, uint64 leafCount)
        external
        pure
        returns (bool picked, uint64[] memory leaves);

    /// @notice The EIP-712 digest that replicas and endorsers sign, of `Anchor(bytes32 volume,uint64 seq,bytes32 previous,bytes32 commit,uint64
    /// leafCount)`. `previous` is the commit of the anchor before, 0 for the first.
    function anchorDigest(bytes32 volume, uint64 seq, bytes32 previous, bytes32 commit, uint64 leafCount)
        external
        view
        returns (bytes32);

    /// @notice Names who may endorse beside the owner: a plain key, or 0 for nobody. Only the owner.
    /// @dev Reverts `UnknownOrder`, `LeaseOver`, `VolumeNotLive`, `NotConsumer`.
    function setDelegate(LeaseTerms calldata terms, address delegate) external;

    /// @notice Changes the quota. Upwards once each replica has agreed to that much disk by `resizeLease`; downwards not below what is anchored. Only
    /// the owner.
    /// @dev Reverts `UnknownOrder`, `LeaseOver`, `VolumeNotLive`, `NotConsumer`, `BelowQuota`, `OverQuota`.
    function setQuota(LeaseTerms calldata terms, uint32 quotaMib) external;

    /// @notice Anchors a snapshot; anyone who has the signatures.
    /// @param seq One more than the newest anchor's.
    /// @param signers A bit for each slot whose holder signed: bit 0 for slot 0.
    /// @param signatures Theirs, in the order of the slots, 64 bytes each (ERC-2098).
    /// @param endorsement The owner's (a contract's by ERC-1271) or the delegate's signature; empty: attested only.
    /// @dev Trusts a majority of the replicas, not the caller. Reverts `VolumeNotLive`, `StaleAnchor`, `OverQuota`, `BadAttestation`, `NoMajority`,
    /// `BadEndorsement`, `ShrinkNotEndorsed`.
    function anchor(
        bytes32 volume,
        uint64 seq,
        bytes32 commit,
        uint64 leafCount,
        uint256 signers,
        bytes calldata signatures,
        bytes calldata endorsement
    ) external;

    /// @notice Endorses the newest anchor afterwards; anyone who has the signature.
    /// @param previous The commit of the anchor before it, which was signed with it.
    /// @dev Reverts `VolumeNotLive`, `StaleAnchor`, `BadEndorsement`.
    function endorse(bytes32 volume, uint64 seq, bytes32 previous, bytes calldata endorsement) external;

    /// @notice Draws the running epoch, in its first half; anyone.
    /// @dev Reverts `VolumeNotLive`, `NothingToDraw`, `AlreadyDrawn`, `TooLate`.
    function draw(bytes32 volume) external;

    /// @notice Keeps the seed of the running epoch's draw; anyone, within 256 blocks.
    /// @dev Reverts `VolumeNotLive`, `NotYetDrawn`, `AlreadySealed`, `SeedNotReady`, `SeedLost`.
    function seal(bytes32 volume) external;

    /// @notice Proves that the replica in the slot holds what the running epoch's draw asks for; anyone, since the bytes speak for themselves, and
    /// whether it is picked or not: a newcomer is paid from its first proof on. Seals the draw if nobody has.
    /// @param proof The commit's preimage, `version u8 || raft epoch u64 || raft index u64 || time u64 || data root || meta root || previous commit`, 121
    /// bytes; then for each leaf that `drawOf` names, in order, its 1,024 bytes and its RFC 9162 inclusion path, leaf to root, 32 bytes a node.
    /// Its length follows from the leaf count, so nothing is said twice: at this size calldata is all that costs (EIP-7623).
    /// @dev The data root is checked through the commit rather than kept with the anchor: 4,000 gas here for 5,000 there, and anchors are many.
    /// Reverts `VolumeNotLive`, `NotYetDrawn`, `SeedNotReady`, `SeedLost`, `NoReplica`, `AlreadyProven`, `BadPossession`.
    function prove(bytes32 volume, uint8 slot, bytes calldata proof) external;

    /// @notice Evicts a replica that was picked in both epochs and has proven in neither, nor between, nor since; anyone. Epochs after a notice was
    /// over do not count. Its bond is burned, undecided epochs are decided, the running one as if it were over; the slot opens again if it is missing.
    /// @dev Reverts `UnknownOrder`, `LeaseOver`, `VolumeNotLive`, `NoSuchSlot`, `WrongLeaseSlot`, `NotFailed`, `EpochsUndecided`.
    function evict(LeaseTerms calldata terms, uint8 slot, uint32 first, uint32 second) external;
}
