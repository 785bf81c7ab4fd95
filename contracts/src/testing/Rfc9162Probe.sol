// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rfc9162} from "../Rfc9162.sol";

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
}
