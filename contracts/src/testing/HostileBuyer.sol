// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IConsumer} from "../interfaces/IConsumer.sol";
import {IHooke} from "../interfaces/IHooke.sol";
import {Terms} from "../interfaces/ITasks.sol";

/// @title A contract that buys work and does in its callbacks what no consumer should, for tests.
contract HostileBuyer is IConsumer {
    enum Mode {
        BURN_GAS,
        RETURN_MUCH,
        REENTER
    }

    IHooke private immutable _hooke;
    Mode public mode;
    bytes[] private _again;

    event Tried(bytes4 answer);

    constructor(IHooke hooke, Mode mode_) {
        _hooke = hooke;
        mode = mode_;
    }

    function order(Terms calldata terms, uint256 amount) external {
        IERC20 token = _hooke.token();
        token.approve(address(_hooke), amount);
        _hooke.deposit(amount);
        _hooke.order(terms);
    }

    /// @dev What `onResult` will call the market with.
    function plan(bytes[] calldata again) external {
        _again = again;
    }

    function onResult(bytes32, bytes32, uint64) external {
        if (mode == Mode.BURN_GAS) _burnGas();
        if (mode == Mode.RETURN_MUCH) _returnMuch();
        for (uint256 i; i < _again.length; ++i) {
            (, bytes memory answer) = address(_hooke).call(_again[i]);
            bytes32 head;
            assembly ("memory-safe") {
                head := mload(add(answer, 0x20))
            }
            emit Tried(bytes4(head));
        }
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        if (mode == Mode.BURN_GAS) _burnGas();
        if (mode == Mode.RETURN_MUCH) _returnMuch();
        revert();
    }

    function _burnGas() private pure {
        assembly {
            invalid()
        }
    }

    /// @dev As many bytes as can be paid for: who copied them would pay as much again.
    function _returnMuch() private view {
        assembly {
            let size := div(mul(gas(), 3), 2)
            if gt(size, 300000) { size := 300000 }
            return(0, size)
        }
    }
}
