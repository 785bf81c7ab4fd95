// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IConsumer} from "../interfaces/IConsumer.sol";
import {IHooke} from "../interfaces/IHooke.sol";
import {Terms} from "../interfaces/ITasks.sol";

/// @title A contract that buys work, for tests: any digest marked beforehand is signed (ERC-1271), results are kept, or refused noisily.
contract Buyer is IConsumer {
    IHooke private immutable _hooke;
    bool public noisy;
    bytes32 public lastRoot;
    mapping(bytes32 digest => bool) public signed;

    error Noise();

    constructor(IHooke hooke, bool noisy_) {
        _hooke = hooke;
        noisy = noisy_;
    }

    function order(Terms calldata terms, uint256 amount) external {
        IERC20 token = _hooke.token();
        token.approve(address(_hooke), amount);
        _hooke.deposit(amount);
        _hooke.order(terms);
    }

    function sign(bytes32 digest) external {
        signed[digest] = true;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return signed[digest] ? this.isValidSignature.selector : bytes4(0);
    }

    function onResult(bytes32, bytes32 root, uint64) external {
        if (noisy) revert Noise();
        lastRoot = root;
    }
}
