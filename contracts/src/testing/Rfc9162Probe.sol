// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LeafProof} from "../interfaces/ITasks.sol";
import {Results} from "../Results.sol";
import {Rfc9162} from "../Rfc9162.sol";

/// @notice What `Rfc9162.rootFrom` is asked, from the path's beginning.
struct PathClaim {
    bytes32 leaf;
    uint256 index;
    uint256 last;
    bytes path;
}

/// @title Shows the law's RFC 9162 trees to tests that compare them with other languages'.
contract Rfc9162Probe {
    function leafHash(bytes calldata data) external view returns (bytes32) {
        return Rfc9162.leafHash(data, 0, data.length);
    }

    function rootFrom(bytes32 leaf, uint256 index, uint256 last, bytes calldata path)
        external
        view
        returns (bytes32 root, uint256 end)
    {
        return Rfc9162.rootFrom(leaf, index, last, path, 0);
    }

    /// @notice Many questions in one call: a round trip costs more than an answer.
    function rootsFrom(PathClaim[] calldata claims) external view returns (bytes32[] memory roots, uint256[] memory ends) {
        roots = new bytes32[](claims.length);
        ends = new uint256[](claims.length);
        for (uint256 i; i < claims.length; ++i) {
            PathClaim calldata c = claims[i];
            (roots[i], ends[i]) = Rfc9162.rootFrom(c.leaf, c.index, c.last, c.path, 0);
        }
    }

    /// @notice The same for the law's other such tree: whether `proofs[i].chunk` is chunk `indices[i]` of its archive.
    function chunksHeld(LeafProof[] calldata proofs, uint256[] calldata indices)
        external
        pure
        returns (bool[] memory answers)
    {
        answers = new bool[](proofs.length);
        for (uint256 i; i < proofs.length; ++i) {
            answers[i] = Results.holdsChunk(proofs[i], indices[i]);
        }
    }
}
