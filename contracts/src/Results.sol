// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LeafProof} from "./interfaces/ITasks.sol";

/// @title Inclusion of a chunk in a result archive (RFC 9162, 2.1.3.2; SHA-256).
library Results {
    uint256 internal constant CHUNK_BYTES = 1024;

    /// @notice How many chunks an archive of `size` bytes has.
    function chunksOf(uint64 size) internal pure returns (uint256) {
        return (uint256(size) + CHUNK_BYTES - 1) / CHUNK_BYTES;
    }

    /// @notice Whether `proof.chunk` is chunk `index` of the archive. The loop ends within the depth of the tree, at most 54.
    function holdsChunk(LeafProof calldata proof, uint256 index) internal pure returns (bool) {
        uint256 chunks = chunksOf(proof.size);
        if (chunks == 0) return proof.chunk.length == 0 && proof.path.length == 0 && proof.outputRoot == sha256("");
        uint256 last = chunks - 1;
        uint256 length = index == last ? proof.size - last * CHUNK_BYTES : CHUNK_BYTES;
        if (proof.chunk.length != length) return false;
        bytes32 hash = sha256(abi.encodePacked(bytes1(0x00), proof.chunk));
        for (uint256 i; i < proof.path.length; ++i) {
            if (last == 0) return false;
            bytes32 sibling = proof.path[i];
            if (index & 1 == 1 || index == last) {
                hash = sha256(abi.encodePacked(bytes1(0x01), sibling, hash));
                while (index & 1 == 0 && index != 0) {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                hash = sha256(abi.encodePacked(bytes1(0x01), hash, sibling));
            }
            index >>= 1;
            last >>= 1;
        }
        return last == 0 && hash == proof.outputRoot;
    }
}
