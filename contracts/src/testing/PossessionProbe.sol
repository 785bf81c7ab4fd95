// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorWords, LeaseWords, VolumeRecord} from "../LeaseRecords.sol";
import {Volumes} from "../Volumes.sol";

/// @notice A proof, and the volume that it is shown to.
/// @param leafCount Of the anchor that is current, with `commit`.
/// @param seed Of the running epoch.
/// @param held Somebody holds the slot.
/// @param proven It has proven in this epoch already.
struct PossessionClaim {
    bytes32 volume;
    bytes32 commit;
    uint48 leafCount;
    bytes32 seed;
    uint8 slot;
    bool held;
    bool proven;
    bytes proof;
}

/// @title Asks the law's `prove` about volumes that were never ordered, for tests that compare its answers with other languages'.
contract PossessionProbe is Volumes {
    uint32 private constant EPOCH_SECONDS = 600;

    /// @notice For each claim what `prove` reverts with; nothing when it takes the proof. The running epoch of each volume is number 1.
    function proveAll(PossessionClaim[] calldata claims) external returns (bytes[] memory refusals) {
        refusals = new bytes[](claims.length);
        for (uint256 i; i < claims.length; ++i) {
            PossessionClaim calldata c = claims[i];
            _place(c);
            try this.prove(c.volume, c.slot, c.proof) {}
            catch (bytes memory reason) {
                refusals[i] = reason;
            }
        }
    }

    function _place(PossessionClaim calldata c) private {
        _leases[c.volume].word =
            LeaseWords.created(block.timestamp - EPOCH_SECONDS, 3).withVolume(type(uint32).max, EPOCH_SECONDS, 1);
        VolumeRecord storage v = _volumes[c.volume];
        v.anchors[0].commit = c.commit;
        v.anchors[0].word = AnchorWords.made(c.leafCount, 1, block.timestamp - 1, false);
        v.seeds[1] = c.seed;
        if (c.slot >= v.holders.length) return;
        v.holders[c.slot].key = c.held ? address(this) : address(0);
        v.proofs[c.slot][0] = c.proven ? 1 << 1 : 0;
    }
}
