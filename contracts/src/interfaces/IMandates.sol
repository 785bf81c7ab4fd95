// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "./ITasks.sol";

/// @notice A mandate as stored.
/// @param owner Who gave it, the consumer of its orders.
/// @param from First unix second at which the agent may order.
/// @param until Last such second.
/// @param ended Revoked, or ended after `until`: nothing is locked by it any more.
/// @param agent The only one who may order under it.
/// @param budget Locked wei of the owner that orders may still take.
/// @param root Root of the Merkle tree over the templates; `Template` says how it is made.
struct Mandate {
    address owner;
    uint40 from;
    uint40 until;
    bool ended;
    // -
    address agent;
    uint96 budget;
    // -
    bytes32 root;
}

/// @notice An input of a template that is an earlier order's result.
/// @param input Which of the spec's inputs, counted from 0; not interpreted by the contract.
/// @param partly Of an array that closed, take what was paid, even if some of its tasks came to nothing. Else every slot must have been paid.
/// @param template Hash of the predecessor's template. So a template can only name others that were made before it: no cycle is possible.
struct Binding {
    uint16 input;
    bool partly;
    bytes32 template;
}

/// @notice What an agent may order. Its hash is `keccak256(abi.encode(template))`, its leaf in the tree the hash of that hash, and a node of the
/// tree `keccak256` of its two children, the smaller one first (OpenZeppelin's standard Merkle tree).
/// @param terms The order's terms but for what `orderUnder` fills in: `nonce`, `originA`, `originB`, and with bindings `spec`. `consumer` is the
/// mandate's owner.
/// @param uses How many of its orders may have a result, or still come to one.
/// @param retries How many more times each use may be ordered when its order closed without any result.
/// @param interval Least seconds between two uses; retries need not wait.
/// @param bindings At most MAX_BINDINGS.
struct Template {
    Terms terms;
    uint32 uses;
    uint32 retries;
    uint32 interval;
    Binding[] bindings;
}

/// @notice What became of a template under a mandate.
/// @param orders Orders made from it, the number of the next one.
/// @param uses Uses begun.
/// @param retries Retries of the last use.
/// @param usedAt Unix second at which the last use began.
/// @param recovered What the last order gave back is in the budget again.
/// @param order Id of the last order; 0: none.
struct TemplateUse {
    uint32 orders;
    uint32 uses;
    uint32 retries;
    uint40 usedAt;
    bool recovered;
    // -
    bytes32 order;
}

/// @title Mandates: an agent orders for an owner who is away, what the owner chose and no more: a DAG's nodes, a cron's job.
/// @notice The owner locks a budget and registers the root of a tree of templates. The agent, a node's key for instance, may order from these
/// templates, each as often as it says. The order's consumer is the owner: results, refunds, refusals, demands and receipts are the owner's alone,
/// and the agent can sign no receipt. (An owner that is a contract may accept its agent's signature by ERC-1271, if it wants to.)
///
/// Money. An order's escrow moves from the budget to the order without leaving the owner's lock. What the order gives back becomes the owner's
/// free balance, as with any order: settlement knows nothing of mandates, so none can make it fail or cost its caller more. While the mandate
/// lasts the agent may put what its template's last order gave back into the budget again (`recoverBudget`); then the budget bounds what is paid, not
/// what is escrowed. The budget itself is free again when the owner revokes, at once, or after `until`, when anyone may say so. Orders that are
/// live go on: providers rely on them.
///
/// Bound inputs. With bindings the order's spec is the BlobId of a blob of at most 1,024 bytes, which is therefore `SHA256(00 || blob)`:
/// the text `hooke.bound/1`, the template's own spec (32 bytes), and for each binding its input (u16, big endian), a kind (u8) and a value (32 bytes).
/// Kind 0: the value is the result root of an order with one result, the BlobId of its leaf where it had one task. Kind 1: the value is the id of a closed
/// order of several slots, whose roots stand on chain for ever. `SpecBound` has the blob, so a node can run it, and a jury judge it, from chain and contents alone.
///
/// What a thieving agent can do. It can order what the owner chose, as often as the owner chose, when it likes and at origins it likes: so an accomplice
/// may be the only one who can fetch the inputs, and take the slots at their maximum price. For a use that is at most the escrow of
/// one order, for the whole mandate at most the budget and at most the sum over the templates of uses times escrow. It gains nothing by it that any provider
/// would not: the result must stand up to the order's verification, which the agent cannot choose; orders without a
/// result cost the owner nothing, unless their pay was burned (refused, or void where no jury could judge: an agent that names origins which serve nobody can
/// bring that about, and each retry may then cost an escrow too, the budget at most). It can also do nothing at all: a mandate is no promise. Nobody's rate can be
/// above one escrow for each interval, which is why there is no budget by time.
interface IMandates {
    /// @notice `budget` wei of the owner are locked.
    event MandateOpened(
        uint32 indexed mandate, address indexed owner, address indexed agent, bytes32 root, uint256 budget, uint256 from, uint256 until
    );
    /// @notice `amount` more wei of the owner are locked.
    event MandateFunded(uint32 indexed mandate, uint256 amount);
    /// @notice Revoked or over: the budget's rest, `amount` wei, is the owner's.
    event MandateEnded(uint32 indexed mandate, uint256 amount);
    /// @notice The agent ordered; `Ordered` comes right before. `escrow` wei went from the budget to the order. `number` counts the template's
    /// orders, `retry` says that this one is no new use.
    event OrderedUnder(
        uint32 indexed mandate, bytes32 indexed template, bytes32 indexed order, uint32 number, bool retry, uint256 escrow
    );
    /// @notice The order's spec is this blob.
    event SpecBound(bytes32 indexed order, bytes blob);
    /// @notice What the closed order gave back, `amount` wei, is in the budget again.
    event BudgetRecovered(uint32 indexed mandate, bytes32 indexed order, uint256 amount);

    error UnknownMandate(uint32 mandate);
    error NotMandateOwner(address caller, address owner);
    error NotAgent(address caller, address agent);
    /// @notice It was revoked, or ended after its time.
    error MandateOver(uint32 mandate);
    /// @notice `until` lies in the past, before `from`, or after `latest`.
    error BadPeriod(uint256 from, uint256 until, uint256 latest);
    /// @notice The template, with this proof, is not under the mandate's root.
    error NotInMandate(uint32 mandate, bytes32 template);
    /// @notice The template's consumer is not the mandate's owner.
    error NotOwnersTemplate(address consumer, address owner);
    /// @notice The template's next order is number `expected`.
    error WrongNumber(uint32 given, uint32 expected);
    /// @notice All uses are taken, and the last order has a result, may still come to one, or has had its retries.
    error TemplateUsedUp(uint32 mandate, bytes32 template, uint32 uses);
    error BudgetTooSmall(uint32 mandate, uint256 required, uint256 available);
    error TooManyBindings(uint256 given, uint256 limit);
    /// @notice The last order of the predecessor, 0 when there is none, is not closed with a result, or not all of its tasks are paid.
    error NoResult(bytes32 template, bytes32 order);
    /// @notice The order is not the last one of this template under this mandate.
    error NotLastOrder(bytes32 template, bytes32 given, bytes32 last);
    error OrderStillLive(bytes32 order);
    error AlreadyRecovered(bytes32 order);

    /// @notice How far ahead `until` may lie, seconds.
    function MAX_MANDATE_SECONDS() external view returns (uint256);

    /// @notice Most bindings of a template.
    function MAX_BINDINGS() external view returns (uint256);

    /// @notice How many mandates there are; they are numbered from 1.
    function mandateCount() external view returns (uint32);

    /// @notice The mandate; all zero when unknown.
    function mandateOf(uint32 mandate) external view returns (Mandate memory);

    /// @notice What became of a template, named by its hash, under a mandate.
    function useOf(uint32 mandate, bytes32 template) external view returns (TemplateUse memory);

    /// @notice Hash of a template. Its leaf is the hash of that.
    function templateHash(Template calldata template) external pure returns (bytes32);

    /// @notice The next order that the template would make with these origins, and the blob of its spec, empty when nothing is bound. Looks neither at proof, uses,
    /// interval nor budget.
    /// @dev Reverts `UnknownMandate`, `TooManyBindings`, `NoResult`.
    function nextOrder(uint32 mandate, Template calldata template, uint32 originA, uint32 originB)
        external
        view
        returns (uint32 number, Terms memory terms, bytes memory blob);

    /// @notice Gives a mandate, and locks its budget out of the caller's free balance; 0 is possible, for later. The caller becomes its owner.
    /// @dev Reverts `BadPeriod`, `InsufficientFree`, and `SafeCastOverflowedUintDowncast` beyond 2^96 wei.
    function openMandate(address agent, bytes32 root, uint256 budget, uint40 from, uint40 until)
        external
        returns (uint32 mandate);

    /// @notice Adds to the budget out of the owner's free balance. Only the owner.
    /// @dev Reverts `UnknownMandate`, `NotMandateOwner`, `MandateOver`, `ZeroAmount`, `InsufficientFree`, and `SafeCastOverflowedUintDowncast` beyond 2^96 wei.
    function fundMandate(uint32 mandate, uint256 amount) external;

    /// @notice Ends the mandate at once; the rest of the budget is free. Only the owner. Its live orders go on; the owner may `cancel` them.
    /// @dev Reverts `UnknownMandate`, `NotMandateOwner`, `MandateOver`.
    function revokeMandate(uint32 mandate) external;

    /// @notice Ends a mandate whose time is over, as `revokeMandate` does; anyone.
    /// @dev Reverts `UnknownMandate`, `MandateOver`, `TooEarly`.
    function endMandate(uint32 mandate) external;

    /// @notice Orders from a template. Only the agent. When the template's last order closed without any result this is a retry, while there are
    /// any; else a new use. The order's nonce is the first eight bytes of
    /// `keccak256(abi.encode(mandate, template hash, number))`.
    /// @param proof The template's leaf to the root.
    /// @param number Number of this order among the template's, from 0: so a repeated transaction never orders twice.
    /// @dev Reverts `UnknownMandate`, `NotAgent`, `MandateOver`, `TooEarly` and `TooLate` (period, interval), `NotOwnersTemplate`, `NotInMandate`,
    /// `WrongNumber`, `TemplateUsedUp`, `TooManyBindings`, `NoResult`, `BudgetTooSmall`, and as `order` does, but for `NotConsumer` and
    /// `InsufficientFree`.
    function orderUnder(
        uint32 mandate,
        Template calldata template,
        bytes32[] calldata proof,
        uint32 number,
        uint32 originA,
        uint32 originB
    ) external returns (bytes32 id);

    /// @notice Puts what the last order of a template gave back, its escrow but for what was paid, from the owner's free balance into the budget again, once.
    /// Only the agent, while the mandate lasts; the order has closed. That is at most what the order gave back, but of whatever the owner has free by then:
    /// who wants that money for something else withdraws it, or revokes. What is not free is not taken: the call fails.
    /// @param terms The terms of that order.
    /// @dev Reverts `UnknownMandate`, `NotAgent`, `MandateOver`, `TooEarly`, `TooLate`, `UnknownOrder`, `NotLastOrder`, `OrderStillLive`, `AlreadyRecovered`,
    /// `InsufficientFree`, and `SafeCastOverflowedUintDowncast` beyond 2^96 wei.
    function recoverBudget(uint32 mandate, bytes32 template, Terms calldata terms) external;
}
