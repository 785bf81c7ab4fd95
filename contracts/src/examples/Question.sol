// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IConsumer} from "../interfaces/IConsumer.sol";
import {IHooke} from "../interfaces/IHooke.sol";
import {Terms, Verification} from "../interfaces/ITasks.sol";

/// @title A worked example: a contract that lets the market run a program and knows the answer, yes or no, by its exit code.
/// @notice The owner pays; what to run stands in the spec (program and inputs, a blob that the owner uploads before). Three strangers run it, two must
/// agree. Then anyone shows the result's leaf, whose hash is the root on chain, and the contract reads the exit code: 0 is yes, everything
/// else no.
///
/// What it shows: ordering out of a contract; being told (`onResult`), and asking (`resultOf`) where being told failed; reading a
/// result; and giving receipts without a key (ERC-1271), by a rule: whoever ran the program for a question that is answered has handed over what
/// was wanted, so its held pay may be free.
contract Question is IConsumer {
    using SafeERC20 for IERC20;

    IHooke public immutable hooke;
    address public immutable owner;

    /// @notice What is known of an order of this contract.
    /// @param asked It is one.
    /// @param answered The leaf was shown: `yes` counts.
    /// @param yes The program ran to its end and exited with 0.
    /// @param fuel Fuel of one run.
    /// @param root The result's root; 0 while there is none.
    struct Answer {
        bool asked;
        bool answered;
        bool yes;
        uint64 fuel;
        bytes32 root;
    }

    mapping(bytes32 order => Answer) private _answers;
    uint64 private _nonce;

    event Asked(bytes32 indexed order, bytes32 spec);
    event Answered(bytes32 indexed order, bool yes);

    error NotOwner(address caller);
    error NotHooke(address caller);
    error NotAsked(bytes32 order);
    /// @notice The market has no result for it, or not yet.
    error NoResult(bytes32 order);
    /// @notice The leaf's hash is not the result's root.
    error WrongLeaf(bytes32 order);

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    constructor(IHooke hooke_) {
        hooke = hooke_;
        owner = msg.sender;
    }

    function answerOf(bytes32 order) external view returns (Answer memory) {
        return _answers[order];
    }

    /// @notice Orders a run. Takes the escrow, `3 * capOf(terms)`, from the owner, who has approved this contract for it.
    /// @param terms Spec, resources, prices, times, origins; this contract fills in who buys and how it wants to be convinced.
    function ask(Terms memory terms) external onlyOwner returns (bytes32 order) {
        terms.consumer = address(this);
        terms.nonce = _nonce++;
        terms.tasks = 1;
        terms.mode = Verification.QUORUM;
        terms.quorum = 2;
        terms.slots = 3;
        uint256 escrow = 3 * hooke.capOf(terms);
        IERC20 token = hooke.token();
        token.safeTransferFrom(msg.sender, address(this), escrow);
        token.forceApprove(address(hooke), escrow);
        hooke.deposit(escrow);
        order = hooke.order(terms);
        _answers[order].asked = true;
        emit Asked(order, terms.spec);
    }

    /// @notice Called by the market, last in the transaction that settles. Has 100,000 gas, so it only writes down.
    function onResult(bytes32 order, bytes32 root, uint64 fuel) external {
        if (msg.sender != address(hooke)) revert NotHooke(msg.sender);
        // Only for what this contract ordered, and it orders only in `ask`.
        (_answers[order].root, _answers[order].fuel) = (root, fuel);
    }

    /// @notice Shows the leaf of a result; anyone.
    /// @param outcome 0 when the program ran to its end.
    /// @param exitCode What it exited with.
    /// @param size Bytes of the result archive.
    /// @param outputRoot BlobId of the result archive: who needs more than the exit code proves chunks of it against this.
    function show(bytes32 order, uint8 outcome, uint32 exitCode, uint64 size, bytes32 outputRoot) external {
        Answer storage a = _answers[order];
        if (!a.asked) revert NotAsked(order);
        if (a.root == 0) {
            // A callback may have failed; the market knows the result all the same.
            bool settled;
            (settled, a.root, a.fuel) = hooke.resultOf(order);
            if (!settled) revert NoResult(order);
        }
        // As `SumStep` says it; a task alone has index 0, and its tree is its leaf.
        bytes32 leaf = sha256(abi.encodePacked(bytes1(0), uint32(0), outcome, exitCode, a.fuel, size, outputRoot));
        if (leaf != a.root) revert WrongLeaf(order);
        a.answered = true;
        a.yes = outcome == 0 && exitCode == 0;
        emit Answered(order, a.yes);
    }

    /// @notice ERC-1271: this contract's receipts. Good for every slot of an answered order with the answer's result; nothing else is ever signed.
    /// @param digest What is to be signed.
    /// @param signature `abi.encode(order, slot)`: what the digest is about. No key is behind it, the rule is.
    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        (bytes32 order, uint8 slot) = abi.decode(signature, (bytes32, uint8));
        Answer memory a = _answers[order];
        if (a.answered && digest == hooke.receiptDigest(order, slot, a.root, a.fuel)) return this.isValidSignature.selector;
        return 0xffffffff;
    }

    /// @notice Closes what nobody has taken yet.
    function cancel(Terms calldata terms) external onlyOwner {
        hooke.cancel(terms);
    }

    /// @notice What orders gave back goes to the owner.
    function withdraw() external onlyOwner {
        uint256 free = hooke.accountOf(address(this)).free;
        hooke.withdraw(free);
        hooke.token().safeTransfer(owner, free);
    }
}
