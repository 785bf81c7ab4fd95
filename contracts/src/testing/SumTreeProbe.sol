// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SumStep} from "../interfaces/ITasks.sol";
import {SumTree} from "../SumTree.sol";

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
}
