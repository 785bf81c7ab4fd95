// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IConsumer} from "../interfaces/IConsumer.sol";
import {IHooke} from "../interfaces/IHooke.sol";

/// @title A contract that gives a mandate with its own tokens, for tests; it keeps which order it was last told of.
contract Delegator is IConsumer {
    IHooke private immutable _hooke;
    bytes32 public lastOrder;

    constructor(IHooke hooke) {
        _hooke = hooke;
    }

    function give(address agent, bytes32 root, uint256 budget, uint40 until) external {
        IERC20 token = _hooke.token();
        token.approve(address(_hooke), budget);
        _hooke.deposit(budget);
        _hooke.openMandate(agent, root, budget, 0, until);
    }

    function onResult(bytes32 order, bytes32, uint64) external {
        lastOrder = order;
    }
}
