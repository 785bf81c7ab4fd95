// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A contract that gives `Hooke` code, since one contract's code is limited to 24,576 bytes.
/// @dev `Hooke` learns its parts when it is deployed, for ever, and runs them by delegation on its own storage. A part holds nothing and
/// has no immutables: called directly every function finds an empty law, and its code is the same in every deployment.
abstract contract Part {
    bytes32 internal constant REGISTRY = "hooke registry 1";
    bytes32 internal constant ENDINGS = "hooke endings 1";
    bytes32 internal constant DISPUTES = "hooke disputes 1";
    bytes32 internal constant MANDATES = "hooke mandates 1";
    bytes32 internal constant LEASES = "hooke leases 1";
    bytes32 internal constant TENURES = "hooke tenures 1";
    bytes32 internal constant VOLUMES = "hooke volumes 1";
    bytes32 internal constant VIEWS = "hooke views 1";

    /// @notice Which part this is.
    function part() external pure virtual returns (bytes32);
}
