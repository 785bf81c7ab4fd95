// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IDisputes} from "./IDisputes.sol";
import {ILeases} from "./ILeases.sol";
import {IMandates} from "./IMandates.sol";
import {IProviders} from "./IProviders.sol";
import {ITabs} from "./ITabs.sol";
import {ITasks} from "./ITasks.sol";
import {IVault} from "./IVault.sol";
import {IVolumes} from "./IVolumes.sol";

/// @title The whole law of the market.
/// @notice One deployment, no owner, no proxy, no pause. EIP-712 domain: name "Hooke", version "1", chain id, this contract
/// (readable by ERC-5267). No function takes ether.
interface IHooke is IVault, IProviders, ITasks, IDisputes, ITabs, IMandates, ILeases, IVolumes {
    /// @notice Beyond what the named number of bits can hold.
    error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value);
    /// @notice The token answered `false`, or not at all.
    error SafeERC20FailedOperation(address token);
    /// @notice `part` is no part of the law: it does not say that it is the one named `expected`.
    error WrongPart(address part, bytes32 expected);
    /// @notice No function has this selector.
    error NoSuchFunction(bytes4 selector);

    /// @notice The contracts whose code this one runs by delegation, fixed when it was deployed. They hold nothing, and called directly
    /// they find an empty law. Who wants to be sure compares their code with what this source compiles to: it has no parameters.
    function parts()
        external
        view
        returns (address registry, address endings, address disputes, address mandates, address leases, address tenures, address volumes, address views);

    /// @notice Which part runs a function that this contract has not got itself.
    function partOf(bytes4 selector) external view returns (address);

    /// @notice Several calls of this contract, each as the caller's own: all or none.
    function multicall(bytes[] calldata data) external returns (bytes[] memory results);

    /// @notice ERC-5267.
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        );
}
