// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVault} from "../interfaces/IVault.sol";

/// @title A token that does what no token should, for tests: it answers `false`, takes a fee, or calls back into the ledger.
contract HostileToken {
    enum Mode {
        HONEST,
        FALSE,
        FEE,
        REENTER,
        REVERT,
        SILENT,
        HOOK
    }

    error Refused();

    Mode public mode;
    mapping(address account => uint256) public balanceOf;
    bytes public lastAnswer;
    bool public reentered;

    function set(Mode mode_) external {
        mode = mode_;
    }

    function mint(address account, uint256 amount) external {
        balanceOf[account] += amount;
    }

    /// @dev So that this contract has something of its own to steal with.
    function depositHere(IVault vault, uint256 amount) external {
        balanceOf[address(this)] += amount;
        vault.deposit(amount);
    }

    function withdrawHere(IVault vault, uint256 amount) external {
        vault.withdraw(amount);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        return _move(from, to, amount);
    }

    /// @dev A permit that eats what it is given, and then says no.
    function permit(address, address, uint256, uint256, uint8, bytes32, bytes32) external pure {
        assembly {
            invalid()
        }
    }

    function _move(address from, address to, uint256 amount) private returns (bool) {
        if (mode == Mode.FALSE) return false;
        if (mode == Mode.REVERT) revert Refused();
        // As ERC-777 does: whoever pays is told before.
        if (mode == Mode.HOOK && from.code.length != 0 && from != msg.sender) IPayer(from).paying(amount);
        balanceOf[from] -= amount;
        balanceOf[to] += mode == Mode.FEE ? amount - amount / 10 : amount;
        if (mode == Mode.REENTER && !reentered) {
            reentered = true;
            (, lastAnswer) = msg.sender.call(abi.encodeCall(IVault.withdraw, (amount)));
        }
        if (mode == Mode.SILENT) {
            assembly {
                return(0, 0)
            }
        }
        return true;
    }
}

/// @notice Who is told that it pays.
interface IPayer {
    function paying(uint256 amount) external;
}

/// @title Takes out of the ledger what it has not paid in yet, while the token tells it that it will, for tests.
contract EarlyPayer is IPayer {
    IVault private immutable _vault;

    constructor(IVault vault) {
        _vault = vault;
    }

    function deposit(uint256 amount) external {
        _vault.deposit(amount);
    }

    function paying(uint256 amount) external {
        _vault.withdraw(amount);
    }
}
