// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

import {IHooke} from "./interfaces/IHooke.sol";

abstract contract Hooke is IHooke, EIP712, Multicall {
    constructor(address) EIP712("Hooke", "1") {}
}
