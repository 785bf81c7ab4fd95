// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IProviders} from "./IProviders.sol";
import {ITasks} from "./ITasks.sol";
import {IVault} from "./IVault.sol";

/// @title The whole law of the market.
/// @notice One deployment, no owner, no proxy, no pause. EIP-712 domain: name "Hooke", version "1", chain id, this contract
/// (readable by ERC-5267). Calls can be batched with `multicall`.
interface IHooke is IVault, IProviders, ITasks {}
