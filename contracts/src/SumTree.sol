// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SumStep} from "./interfaces/ITasks.sol";

/// @title Merkle-sum trees over the results of a slot's tasks. `SumStep` says how they are made.
library SumTree {
    /// @notice Hash of a result leaf.
    function leafHash(uint32 index, uint8 outcome, uint32 exitCode, uint64 fuel, uint64 size, bytes32 outputRoot)
        internal
        pure
        returns (bytes32)
    {
        return sha256(abi.encodePacked(bytes1(0x00), index, outcome, exitCode, fuel, size, outputRoot));
    }

    /// @notice Whether the leaf is number `position` of the tree with this root, fuel and `count` leaves. Sums are added in 256 bits, so that
    /// none can wrap around. The loop ends within the tree's depth, at most 20 for 2^20 leaves.
    function holds(
        bytes32 leaf,
        uint64 leafFuel,
        uint256 position,
        uint256 count,
        SumStep[] calldata path,
        bytes32 root,
        uint64 rootFuel
    ) internal pure returns (bool) {
        if (position >= count) return false;
        uint256 last = count - 1;
        bytes32 hash = leaf;
        uint256 sum = leafFuel;
        for (uint256 i; i < path.length; ++i) {
            if (last == 0) return false;
            SumStep calldata sibling = path[i];
            // What is hashed has 64 bits for a sum.
            if (sum > type(uint64).max) return false;
            if (position & 1 == 1 || position == last) {
                hash = sha256(abi.encodePacked(bytes1(0x01), sibling.hash, sibling.fuel, hash, uint64(sum)));
                while (position & 1 == 0 && position != 0) {
                    position >>= 1;
                    last >>= 1;
                }
            } else {
                hash = sha256(abi.encodePacked(bytes1(0x01), hash, uint64(sum), sibling.hash, sibling.fuel));
            }
            sum += sibling.fuel;
            position >>= 1;
            last >>= 1;
        }
        return last == 0 && hash == root && sum == rootFuel;
    }
}
