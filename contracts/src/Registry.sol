// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Part} from "./Part.sol";
import {Providers} from "./Providers.sol";
import {Tabs} from "./Tabs.sol";

/// @title Part of the law: providers and tabs.
contract Registry is Providers, Tabs, Part {
    function part() external pure override returns (bytes32) {
        return REGISTRY;
    }
}
