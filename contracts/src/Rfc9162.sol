// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Merkle trees over leaves of any number (RFC 9162, 2.1; SHA-256).
library Rfc9162 {
    /// @notice Hash of the leaf whose `size` bytes begin at `offset` of `data`; what lies beyond its end counts as zeros.
    function leafHash(bytes calldata data, uint256 offset, uint256 size) internal view returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 0)
            calldatacopy(add(free, 1), add(data.offset, offset), size)
            if iszero(staticcall(gas(), 2, free, add(size, 1), 0, 0x20)) { revert(0, 0) }
            hash := mload(0)
        }
    }

    /// @notice The root to which leaf number `index` of `last + 1` leads by the nodes that begin at `offset` of `path`, and where these end. How
    /// many they are follows from `index` and `last`; the caller looks that they end within the path. At most 256 rounds.
    /// @dev RFC 9162, 2.1.3.2. In assembly, since a proof has 150 of these steps.
    function rootFrom(bytes32 leaf, uint256 index, uint256 last, bytes calldata path, uint256 offset)
        internal
        view
        returns (bytes32 root, uint256 end)
    {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 1)
            root := leaf
            end := offset
            for {} last {} {
                let sibling := calldataload(add(path.offset, end))
                end := add(end, 0x20)
                switch or(and(index, 1), eq(index, last))
                case 0 {
                    mstore(add(free, 1), root)
                    mstore(add(free, 0x21), sibling)
                }
                default {
                    mstore(add(free, 1), sibling)
                    mstore(add(free, 0x21), root)
                    for {} and(iszero(and(index, 1)), iszero(iszero(index))) {} {
                        index := shr(1, index)
                        last := shr(1, last)
                    }
                }
                if iszero(staticcall(gas(), 2, free, 65, 0, 0x20)) { revert(0, 0) }
                root := mload(0)
                index := shr(1, index)
                last := shr(1, last)
            }
        }
    }
}
