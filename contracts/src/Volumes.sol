// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LeaseEnd, LeaseSlot, LeaseState, LeaseTerms} from "./interfaces/ILeases.sol";
import {Anchor, IVolumes, Replica, Volume} from "./interfaces/IVolumes.sol";
import {LeaseBook} from "./LeaseBook.sol";
import {AnchorRecord, AnchorWord, AnchorWords, Holder, LeaseWord, VolumeRecord} from "./LeaseRecords.sol";
import {Part} from "./Part.sol";
import {Rfc9162} from "./Rfc9162.sol";

/// @title Part of the law: volumes, their anchors, and proofs of possession.
/// @dev Loops run over one volume's slots, at most _MAX_REPLICAS, over LEAVES leaves, and over the depth of a tree.
contract Volumes is LeaseBook, Part, IVolumes {
    uint256 public constant LEAVES = 5;

    uint256 private constant LEAF_BYTES = 1024;
    uint256 private constant LEAVES_PER_MIB = 1024;
    uint256 private constant PREIMAGE_BYTES = 121;
    bytes32 private constant ANCHOR =
        keccak256("Anchor(bytes32 volume,uint64 seq,bytes32 previous,bytes32 commit,uint64 leafCount)");

    function part() external pure override returns (bytes32) {
        return VOLUMES;
    }

    // Views

    function volumeOf(bytes32 id) external view returns (Volume memory) {
        LeaseWord w = _leases[id].word;
        VolumeRecord storage v = _volumes[id];
        return Volume({
            owner: v.owner,
            delegate: v.delegate,
            quotaMib: w.quotaMib(),
            epochSeconds: w.epochSeconds(),
            drawOneIn: w.drawOneIn(),
            drawableFrom: _leases[id].funds.drawableFrom,
            drawnEpoch: v.drawnEpoch,
            seedBlock: v.seedBlock
        });
    }

    function replicaOf(bytes32 id, uint8 slot) external view returns (Replica memory) {
        if (slot >= _MAX_REPLICAS) return Replica(address(0), 0, 0, 0);
        Holder memory h = _volumes[id].holders[slot];
        return Replica(h.key, h.firstEpoch, h.provedEpoch, h.diskMib);
    }

    function anchorOf(bytes32 id) external view returns (Anchor memory) {
        return _shown(_volumes[id].anchors[_leases[id].word.anchorIndex()]);
    }

    function epochAnchorOf(bytes32 id) external view returns (Anchor memory) {
        LeaseWord w = _liveVolume(id);
        uint256 epoch = _epoch(w);
        AnchorRecord storage record = _epochAnchor(_volumes[id], w, epoch);
        if (record.word.seq() == 0) revert NothingToDraw(id, uint32(epoch));
        return _shown(record);
    }

    function epochOf(bytes32 id) external view returns (uint32) {
        return uint32(_epoch(_liveVolume(id)));
    }

    function seedOf(bytes32 id, uint32 epoch) external view returns (bytes32) {
        return _volumes[id].seeds[epoch];
    }

    function provedIn(bytes32 id, uint8 slot, uint32 epoch) external view returns (bool) {
        return _proved(_volumes[id], slot, epoch);
    }

    function drawOf(bytes32 seed, uint8 slot, uint8 drawOneIn, uint64 leafCount)
        external
        pure
        returns (bool picked, uint64[] memory leaves)
    {
        picked = drawOneIn != 0 && _picked(seed, slot, drawOneIn);
        leaves = new uint64[](leafCount == 0 ? 0 : LEAVES);
        for (uint256 i; i < leaves.length; ++i) {
            leaves[i] = uint64(_leafOf(seed, slot, i, leafCount));
        }
    }

    function anchorDigest(bytes32 id, uint64 seq, bytes32 previous, bytes32 commit, uint64 leafCount)
        public
        view
        returns (bytes32)
    {
        return _digest(keccak256(abi.encode(ANCHOR, id, seq, previous, commit, leafCount)));
    }

    // The owner's

    function setDelegate(LeaseTerms calldata terms, address delegate) external {
        Book memory b = _ownVolume(terms);
        _volumes[b.id].delegate = delegate;
        emit DelegateSet(b.id, delegate);
    }

    function setQuota(LeaseTerms calldata terms, uint32 quotaMib) external {
        Book memory b = _ownVolume(terms);
        VolumeRecord storage v = _volumes[b.id];
        uint48 leafCount = v.anchors[b.word.anchorIndex()].word.leafCount();
        if (quotaMib == 0 || leafCount > quotaMib * LEAVES_PER_MIB) revert OverQuota(leafCount, quotaMib);
        for (uint8 slot; slot < terms.maxSlots; ++slot) {
            Holder memory h = v.holders[slot];
            if (h.key != address(0) && h.diskMib < quotaMib) revert BelowQuota(h.diskMib, quotaMib);
        }
        _leases[b.id].word = b.word.withQuotaMib(quotaMib);
        emit QuotaSet(b.id, quotaMib);
    }

    // Anchors

    function anchor(
        bytes32 id,
        uint64 seq,
        bytes32 commit,
        uint64 leafCount,
        uint256 signers,
        bytes calldata signatures,
        bytes calldata endorsement
    ) external {
        LeaseWord w = _liveVolume(id);
        VolumeRecord storage v = _volumes[id];
        AnchorRecord storage record = v.anchors[w.anchorIndex()];
        AnchorWord newest = record.word;
        bytes32 previous = record.commit;
        unchecked {
            if (seq != uint256(newest.seq()) + 1) revert StaleAnchor(id, seq, newest.seq() + 1);
        }
        if (leafCount > w.quotaMib() * LEAVES_PER_MIB) revert OverQuota(leafCount, w.quotaMib());
        bytes32 digest = anchorDigest(id, seq, previous, commit, leafCount);
        _checkMajority(id, v, w, digest, signers, signatures);
        bool endorsed = endorsement.length != 0;
        if (endorsed) _checkEndorsement(id, v, seq, digest, endorsement);
        else if (leafCount < newest.leafCount()) revert ShrinkNotEndorsed(id, leafCount, newest.leafCount());

        uint256 epoch = _epoch(w);
        if (newest.seq() == 0) {
            _leases[id].funds.drawableFrom = uint32(epoch + 1);
        } else if (newest.madeAt() < _startOf(w, epoch)) {
            // The running epoch's draw is about the newest one so far: it stays, the one before it goes.
            uint256 other = 1 - w.anchorIndex();
            _leases[id].word = w.withAnchorIndex(other);
            record = v.anchors[other];
        }
        record.commit = commit;
        record.word = AnchorWords.made(leafCount, seq, block.timestamp, endorsed);
        emit Anchored(id, seq, commit, leafCount, endorsed, signers);
    }

    function endorse(bytes32 id, uint64 seq, bytes32 previous, bytes calldata endorsement) external {
        LeaseWord w = _liveVolume(id);
        VolumeRecord storage v = _volumes[id];
        AnchorRecord storage record = v.anchors[w.anchorIndex()];
        AnchorWord newest = record.word;
        if (seq != newest.seq() || seq == 0) revert StaleAnchor(id, seq, newest.seq());
        _checkEndorsement(
            id, v, seq, anchorDigest(id, seq, previous, record.commit, newest.leafCount()), endorsement
        );
        record.word = newest.withEndorsement();
        emit Endorsed(id, seq);
    }

    // Possession

    function draw(bytes32 id) external {
        LeaseWord w = _liveVolume(id);
        VolumeRecord storage v = _volumes[id];
        uint256 epoch = _epoch(w);
        uint256 drawable = _leases[id].funds.drawableFrom;
        if (drawable == 0 || epoch < drawable) revert NothingToDraw(id, uint32(epoch));
        if (v.drawnEpoch == epoch) revert AlreadyDrawn(id, uint32(epoch));
        // So that half an epoch is left to prove, whoever draws when.
        _checkNotLate(_startOf(w, epoch) + w.epochSeconds() / 2);
        v.drawnEpoch = uint32(epoch);
        v.seedBlock = uint48(block.number + 1);
        emit Drawn(id, uint32(epoch), uint48(block.number + 1));
    }

    function seal(bytes32 id) external {
        VolumeRecord storage v = _volumes[id];
        uint256 epoch = _epoch(_liveVolume(id));
        if (v.seeds[epoch] != 0) revert AlreadySealed(id, uint32(epoch));
        _sealed(id, v, epoch);
    }

    function prove(bytes32 id, uint8 slot, bytes calldata proof) external {
        LeaseWord w = _liveVolume(id);
        VolumeRecord storage v = _volumes[id];
        if (slot >= _MAX_REPLICAS || v.holders[slot].key == address(0)) revert NoReplica(id, slot);
        uint256 epoch = _epoch(w);
        bytes32 seed = v.seeds[epoch];
        if (seed == 0) seed = _sealed(id, v, epoch);
        if (_proved(v, slot, epoch)) revert AlreadyProven(id, slot, uint32(epoch));
        if (!_holds(id, _epochAnchor(v, w, epoch), seed, slot, proof)) revert BadPossession(id, slot);
        v.proofs[slot][epoch >> 8] |= 1 << (epoch & 0xff);
        v.holders[slot].provedEpoch = uint32(epoch);
        emit Proven(id, slot, uint32(epoch));
    }

    function evict(LeaseTerms calldata terms, uint8 slot, uint32 first, uint32 second) external {
        Book memory b = _liveLease(terms);
        if (terms.epochSeconds == 0) revert VolumeNotLive(b.id);
        LeaseSlot memory s = _takenSlot(terms, b, slot);
        VolumeRecord storage v = _volumes[b.id];
        Holder memory h = v.holders[slot];
        if (first < h.firstEpoch || first <= h.provedEpoch || !_pickedIn(b.word, v, slot, s, first)) {
            revert NotFailed(b.id, slot, first);
        }
        // It has not proven since the first, so not in the second.
        if (second <= first || !_pickedIn(b.word, v, slot, s, second)) revert NotFailed(b.id, slot, second);
        Settling memory p = _endingNow(terms, s, true);
        p.unproven = true;
        _settleLease(terms, b, slot, s, p);
        _breakLease(terms, b, slot, s, LeaseEnd.Evicted);
    }

    /// @dev Whether the epoch is over, ended before a notice did, and its draw picked the slot.
    function _pickedIn(LeaseWord w, VolumeRecord storage v, uint8 slot, LeaseSlot memory s, uint256 epoch)
        private
        view
        returns (bool)
    {
        uint256 end = _startOf(w, epoch + 1);
        if (end > block.timestamp || (s.switchAt != 0 && end > s.switchAt)) return false;
        bytes32 seed = v.seeds[epoch];
        return seed != 0 && _picked(seed, slot, w.drawOneIn());
    }

    /// @dev Keeps and returns the seed of the running epoch.
    function _sealed(bytes32 id, VolumeRecord storage v, uint256 epoch) private returns (bytes32 seed) {
        if (v.drawnEpoch != epoch || epoch == 0) revert NotYetDrawn(id, uint32(epoch));
        uint256 seedBlock = v.seedBlock;
        if (block.number <= seedBlock) revert SeedNotReady(seedBlock + 1, block.number);
        seed = blockhash(seedBlock);
        if (seed == 0) revert SeedLost(id, uint32(epoch));
        v.seeds[epoch] = seed;
        emit Sealed(id, uint32(epoch), seed);
    }

    function _holds(bytes32 id, AnchorRecord storage record, bytes32 seed, uint8 slot, bytes calldata proof)
        private
        view
        returns (bool)
    {
        if (proof.length < PREIMAGE_BYTES) return false;
        uint256 count = record.word.leafCount();
        bytes32 commit = sha256(
            abi.encodePacked(
                bytes1(0x10), proof[0], id, proof[1:17], uint64(count), proof[25:PREIMAGE_BYTES], proof[17:25]
            )
        );
        if (commit != record.commit) return false;
        bytes32 dataRoot = bytes32(proof[25:57]);
        uint256 offset = PREIMAGE_BYTES;
        for (uint256 i; count != 0 && i < LEAVES; ++i) {
            bytes32 root = Rfc9162.leafHash(proof, offset, LEAF_BYTES);
            (root, offset) =
                Rfc9162.rootFrom(root, _leafOf(seed, slot, i, count), count - 1, proof, offset + LEAF_BYTES);
            if (root != dataRoot) return false;
        }
        return offset == proof.length;
    }

    function _leafOf(bytes32 seed, uint8 slot, uint256 i, uint256 leafCount) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, slot, i))) % leafCount;
    }

    // Checks

    /// @dev Signatures of more than half of the replicas, and of more than half of minSlots.
    function _checkMajority(
        bytes32 id,
        VolumeRecord storage v,
        LeaseWord w,
        bytes32 digest,
        uint256 signers,
        bytes calldata signatures
    ) private view {
        uint256 signed;
        unchecked {
            for (uint8 slot; signers >> slot != 0; ++slot) {
                if (signers >> slot & 1 == 0) continue;
                uint256 end = ++signed * 64;
                if (slot >= _MAX_REPLICAS || end > signatures.length) revert BadAttestation(id, slot);
                // Never 0: a slot that nobody holds is refused, too.
                if (_signerOf(digest, signatures, end - 64) != v.holders[slot].key) revert BadAttestation(id, slot);
            }
        }
        uint256 required = (w.leased() > w.minSlots() ? w.leased() : w.minSlots()) / 2 + 1;
        if (signed < required) revert NoMajority(id, signed, required);
    }

    /// @dev Who signed, by the compact signature (ERC-2098) at `offset`. When it is none, an address that nobody has, rather than 0, which
    /// is what a vacant slot says. High s are not refused: nothing here counts signatures of one text twice.
    function _signerOf(bytes32 digest, bytes calldata signatures, uint256 offset) private view returns (address signer) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            let vs := calldataload(add(signatures.offset, add(offset, 0x20)))
            mstore(free, digest)
            mstore(add(free, 0x20), add(27, shr(255, vs)))
            mstore(add(free, 0x40), calldataload(add(signatures.offset, offset)))
            mstore(add(free, 0x60), shr(1, shl(1, vs)))
            mstore(0, 1)
            pop(staticcall(gas(), 1, free, 0x80, 0, 0x20))
            // ecrecover returns nothing when it fails; 1 stays.
            signer := mload(0)
        }
    }

    function _checkEndorsement(
        bytes32 id,
        VolumeRecord storage v,
        uint64 seq,
        bytes32 digest,
        bytes calldata endorsement
    ) private view {
        address delegate = v.delegate;
        if (_signedBy(v.owner, digest, endorsement)) return;
        if (delegate != address(0) && _signedBy(delegate, digest, endorsement)) return;
        revert BadEndorsement(id, seq);
    }

    function _ownVolume(LeaseTerms calldata terms) private view returns (Book memory b) {
        _onlyLeaseConsumer(terms);
        b = _liveLease(terms);
        if (terms.epochSeconds == 0) revert VolumeNotLive(b.id);
    }

    function _liveVolume(bytes32 id) private view returns (LeaseWord w) {
        w = _leases[id].word;
        if (w.state() != LeaseState.Live || w.epochSeconds() == 0) revert VolumeNotLive(id);
    }

    // Epochs

    function _epoch(LeaseWord w) private view returns (uint256) {
        return (block.timestamp - w.createdAt()) / w.epochSeconds();
    }

    function _startOf(LeaseWord w, uint256 epoch) private pure returns (uint256) {
        return w.createdAt() + epoch * w.epochSeconds();
    }

    /// @dev The anchor that was current when the running epoch began: the newest, unless it was made since.
    function _epochAnchor(VolumeRecord storage v, LeaseWord w, uint256 epoch)
        private
        view
        returns (AnchorRecord storage)
    {
        AnchorRecord storage newest = v.anchors[w.anchorIndex()];
        return newest.word.madeAt() < _startOf(w, epoch) ? newest : v.anchors[1 - w.anchorIndex()];
    }

    function _shown(AnchorRecord storage record) private view returns (Anchor memory) {
        AnchorWord word = record.word;
        return Anchor({
            commit: record.commit,
            seq: word.seq(),
            leafCount: word.leafCount(),
            madeAt: word.madeAt(),
            endorsed: word.endorsed()
        });
    }
}
