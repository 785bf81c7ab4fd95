// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title The payment token of a devnet: 18 decimals, permits, and anyone may mint. Worth nothing; never deploy it elsewhere.
contract DevToken is ERC20, ERC20Permit {
    constructor() ERC20("Hooke Devnet Token", "HKE") ERC20Permit("Hooke Devnet Token") {}

    /// @notice Mints `amount` wei to `account`; anyone.
    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }
}
