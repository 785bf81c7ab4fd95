// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

import {IHooke} from "./interfaces/IHooke.sol";
import {Tasks} from "./Tasks.sol";
import {Vault} from "./Vault.sol";

/// @title The whole law: ledger, providers, tasks. Leases, mandates and volumes will be further parts.
/// @notice Batches of calls: `multicall`; all or none. No function takes ether.
contract Hooke is Tasks, Multicall, IHooke {
    constructor(IERC20 token_) Vault(token_) EIP712("Hooke", "1") {}
}
