// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SumStep} from "../interfaces/ITasks.sol";
import {SumTree} from "../SumTree.sol";

/// @notice What `SumTree.holds` is asked.
struct SumClaim {
    bytes32 leaf;
    uint64 leafFuel;
    uint256 position;
    uint256 count;
    SumStep[] path;
    bytes32 root;
    uint64 rootFuel;
}

/// @title Shows the law's Merkle-sum tree to tests that compare it with other languages'.
contract SumTreeProbe {
    function leafHash(uint32 index, uint8 outcome, uint32 exitCode, uint64 fuel, uint64 size, bytes32 outputRoot)
        external
        pure
        returns (bytes32)
    {
        return SumTree.leafHash(index, outcome, exitCode, fuel, size, outputRoot);
    }

    function holds(
        bytes32 leaf,
        uint64 leafFuel,
        uint256 position,
        uint256 count,
        SumStep[] calldata path,
        bytes32 root,
        uint64 rootFuel
    ) external pure returns (bool) {
        return SumTree.holds(leaf, leafFuel, position, count, path, root, rootFuel);
    }

    /// @notice Many questions in one call: a round trip costs more than an answer.
    function holdAll(SumClaim[] calldata claims) external pure returns (bool[] memory answers) {
        answers = new bool[](claims.length);
        for (uint256 i; i < claims.length; ++i) {
            SumClaim calldata c = claims[i];
            answers[i] = SumTree.holds(c.leaf, c.leafFuel, c.position, c.count, c.path, c.root, c.rootFuel);
        }
    }
}
