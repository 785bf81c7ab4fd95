// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LeafProof} from "../src/interfaces/ITasks.sol";
import {Results} from "../src/Results.sol";

/// @dev Fuzz: for archives of any size, each chunk is proven by its own path and by no other's.
contract ResultsTest {
    function holds(LeafProof calldata proof, uint256 index) external pure returns (bool) {
        return Results.holdsChunk(proof, index);
    }

    function testFuzz_EachChunkIsProvenAtItsPlaceOnly(uint16 sizeSeed, uint8 pick, bytes32 content) external view {
        uint256 size = 1 + uint256(sizeSeed) % 12_000;
        uint256 chunks = Results.chunksOf(uint64(size));
        bytes32[] memory leaves = new bytes32[](chunks);
        for (uint256 i; i < chunks; ++i) {
            leaves[i] = sha256(abi.encodePacked(bytes1(0), _chunk(content, i, size)));
        }
        uint256 index = pick % chunks;
        LeafProof memory proof;
        proof.size = uint64(size);
        proof.outputRoot = _root(leaves, 0, chunks);
        proof.chunk = _chunk(content, index, size);
        proof.path = _path(leaves, 0, chunks, index);
        require(this.holds(proof, index), "an honest proof fails");
        require(chunks == 1 || !this.holds(proof, (index + 1) % chunks), "proven at a wrong place");
        proof.chunk[0] ^= 0x01;
        require(!this.holds(proof, index), "a changed chunk is proven");
    }

    function _chunk(bytes32 content, uint256 index, uint256 size) private pure returns (bytes memory chunk) {
        uint256 from = index * 1024;
        chunk = new bytes(size - from < 1024 ? size - from : 1024);
        bytes32 word = keccak256(abi.encode(content, index));
        for (uint256 i; i < chunk.length && i < 32; ++i) {
            chunk[i] = word[i];
        }
    }

    /// @dev RFC 9162, 2.1.1: split at the largest power of two below n.
    function _split(uint256 n) private pure returns (uint256 k) {
        k = 1;
        while (k * 2 < n) k *= 2;
    }

    function _root(bytes32[] memory leaves, uint256 from, uint256 n) private pure returns (bytes32) {
        if (n == 1) return leaves[from];
        uint256 k = _split(n);
        return sha256(abi.encodePacked(bytes1(0x01), _root(leaves, from, k), _root(leaves, from + k, n - k)));
    }

    function _path(bytes32[] memory leaves, uint256 from, uint256 n, uint256 index)
        private
        pure
        returns (bytes32[] memory path)
    {
        if (n == 1) return path;
        uint256 k = _split(n);
        (bytes32[] memory below, bytes32 sibling) = index < k
            ? (_path(leaves, from, k, index), _root(leaves, from + k, n - k))
            : (_path(leaves, from + k, n - k, index - k), _root(leaves, from, k));
        path = new bytes32[](below.length + 1);
        for (uint256 i; i < below.length; ++i) {
            path[i] = below[i];
        }
        path[below.length] = sibling;
    }
}
