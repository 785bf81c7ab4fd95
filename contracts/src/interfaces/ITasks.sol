// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice How the consumer wants to be convinced. `ATTENDED`: the consumer looks at the result itself. `OPTIMISTIC`: anyone may
/// challenge it, a jury decides. `QUORUM`: several run it and must agree.
enum Verification {
    ATTENDED,
    OPTIMISTIC,
    QUORUM
}

/// @notice An order's terms. They travel as calldata with every call; the contract stores only their hash, the order id.
/// @param consumer Who buys; the only one who may order, cancel, refuse, demand, and sign receipts.
/// @param nonce Any number that makes the terms unique.
/// @param spec BlobId of the task's spec.
/// @param tasks Number of tasks, 1 to MAX_TASKS. ATTENDED and OPTIMISTIC: slot i owns the tasks from `i * tasks / slots` up to, not
/// including, `(i + 1) * tasks / slots`. QUORUM: each slot runs all of them.
/// @param cpuMillis Wanted CPU, thousandths of a core. This and the next two are not interpreted by the contract.
/// @param memoryMib Wanted memory, MiB.
/// @param diskMib Wanted disk, MiB.
/// @param startPrice Highest acceptable price when the order is made, wei per 1,000,000 fuel.
/// @param maxPrice Highest acceptable price when the ramp is over, wei per 1,000,000 fuel; not 0.
/// @param rampSeconds How long the price rises from start to maximum; 0: maximum at once.
/// @param fuelLimit The most fuel one task may claim; not 0; times `tasks` at most 2^64 - 1.
/// @param openSeconds Bids are taken up to and including this long after the order; 1 to MAX_OPEN_SECONDS.
/// @param runSeconds From bid to delivery or commit; 1 to MAX_RUN_SECONDS.
/// @param windowSeconds ATTENDED: how long a delivery may be refused. OPTIMISTIC: how long it may be challenged, and how long a
/// challenged leaf may be published (that at least JURY_OPEN_SECONDS). QUORUM: how long reveals are taken.
/// All: how long a demand may be answered (that at least JURY_OPEN_SECONDS). MIN_WINDOW_SECONDS, in QUORUM MIN_REVEAL_SECONDS, to MAX_WINDOW_SECONDS.
/// @param retentionSeconds How long after settlement the result must be served; 0 to MAX_RETENTION_SECONDS.
/// @param minStake A bidder's operator has at least this stake, wei.
/// @param allow Up to eight operator ids, 32 bits each; only these may bid. 0: anyone.
/// @param exclusiveKey No second order of the consumer with this key may be live; 0: no such rule.
/// @param mode How the result is verified.
/// @param quorum Equal results needed. ATTENDED, OPTIMISTIC: 1. QUORUM: 1 to slots, and 2 * quorum > slots.
/// @param slots ATTENDED, OPTIMISTIC: into how many ranges the tasks are cut, at most MAX_ARRAY_SLOTS and `tasks`. QUORUM: runs asked
/// for, at most MAX_SLOTS.
/// @param originA Node id that holds the blobs; not interpreted by the contract.
/// @param originB Another such.
struct Terms {
    address consumer;
    uint64 nonce;
    bytes32 spec;
    uint32 tasks;
    uint32 cpuMillis;
    uint32 memoryMib;
    uint32 diskMib;
    uint64 startPrice;
    uint64 maxPrice;
    uint32 rampSeconds;
    uint64 fuelLimit;
    uint32 openSeconds;
    uint32 runSeconds;
    uint32 windowSeconds;
    uint32 retentionSeconds;
    uint128 minStake;
    bytes32 allow;
    bytes32 exclusiveKey;
    Verification mode;
    uint8 quorum;
    uint8 slots;
    uint32 originA;
    uint32 originB;
}

/// @notice Life of an order. `Closed`: no slot of it can still be paid or opened (settled slots may still hold pay).
enum OrderState {
    None,
    Live,
    Closed
}

/// @notice Why an order closed.
/// @dev `Settled`: with a result; of an array, at least one slot's. Else, of an array, what the last slot ended as: `Refused`: the
/// consumer burned the pay. `NoQuorum`: reveals, or a jury's, did not agree. `TooFewCommits`: a quorum had become impossible.
/// `Unfilled`: no slot was left and none had delivered. `Disproved`: a challenge won.
enum CloseReason {
    Settled,
    Refused,
    NoQuorum,
    TooFewCommits,
    Unfilled,
    Disproved
}

/// @notice Life of a slot; README.md has the table. From `Released` on every state is final.
/// @dev `Open`: takes bids. `Assigned`: somebody runs it. `Delivered`: may be refused (ATTENDED) or challenged (OPTIMISTIC). `Committed`, `Revealed`: (QUORUM).
/// `Settled`: paid, but part of the pay and the bond are held. `Released`: all paid. `Refused`: pay burned, bond back. `Outvoted`,
/// `Unrevealed`: bond burned. `Void`: bond back, escrow too, but for an OPTIMISTIC slot's pay, which is burned. `Closed`: escrow back. `Forfeited`: held pay and bond burned. `Disproved`:
/// (OPTIMISTIC) a challenge won: escrow back, bond lost.
enum SlotState {
    Open,
    Assigned,
    Delivered,
    Committed,
    Revealed,
    Settled,
    Released,
    Refused,
    Outvoted,
    Unrevealed,
    Void,
    Closed,
    Forfeited,
    Disproved
}

/// @notice An order as stored.
/// @param state See OrderState.
/// @param createdBlock Block of the order.
/// @param createdAt Unix second of the order.
/// @param commitsClosedAt QUORUM: unix second at which commits closed; 0 while open, or while nobody has noted that time closed them.
/// @param open Slots in state Open.
/// @param assigned Slots in state Assigned.
/// @param committed QUORUM: slots that have committed, revealed or not.
/// @param revealed QUORUM: slots that have revealed.
/// @param cancelled No slot opens again.
/// @param callback The consumer had code when it ordered, so `onResult` will be called.
/// @param hasResult Settled with a result; see `resultOf`.
/// @param resultSlot A slot with the result; before there is one, the slot that revealed first.
struct Order {
    OrderState state;
    uint48 createdBlock;
    uint40 createdAt;
    uint40 commitsClosedAt;
    uint8 open;
    uint8 assigned;
    uint8 committed;
    uint8 revealed;
    bool cancelled;
    bool callback;
    bool hasResult;
    uint8 resultSlot;
}

/// @notice A slot as stored.
/// @param state See SlotState.
/// @param operatorId Who holds it; 0 when nobody.
/// @param nodeId The node that runs it.
/// @param price The bid, wei per 1,000,000 fuel.
/// @param fuel Fuel claimed, once delivered or revealed.
/// @param deadline Unix second. Assigned: last second to deliver or commit. Delivered: last second to refuse or challenge. Settled:
/// last second of the retention.
/// @param receipted A receipt came before settlement, so nothing will be held.
/// @param root Committed: the first 120 bits of the commitment, which is all that is kept of it. Later: the result root.
struct Slot {
    SlotState state;
    uint32 operatorId;
    uint32 nodeId;
    uint64 price;
    uint64 fuel;
    uint40 deadline;
    bool receipted;
    bytes32 root;
}

/// @notice Which tasks of its order a slot owns.
/// @param first Index of the first one.
/// @param count How many.
/// @param bond Bond of the slot, wei.
struct Range {
    uint32 first;
    uint32 count;
    uint256 bond;
}

/// @notice The demands on one slot's result.
/// @param seed Fixes which leaf: chunk `seed % ceil(size / 1024)` of the result archive of the slot's task `(seed >> 96) % count`, counted
/// from the slot's first.
/// @param deadline Last unix second to answer.
/// @param count Demands made so far.
/// @param pending The last one is not answered yet.
struct Demand {
    uint128 seed;
    uint40 deadline;
    uint8 count;
    bool pending;
}

/// @notice Answer to a demand: the result leaf, and one chunk of the result archive with its place in the archive's tree.
/// @param index The task's index in the order.
/// @param outcome 0 exited, 1 trapped, 2 out of fuel, 3 output limit.
/// @param exitCode The program's exit code.
/// @param size Bytes of the result archive.
/// @param outputRoot BlobId of the result archive: its RFC 9162 tree hash over chunks of 1,024 bytes.
/// @param chunk The demanded chunk: 1,024 bytes, the last one shorter; empty for an empty archive.
/// @param path RFC 9162 inclusion proof of the chunk, leaf to root.
struct LeafProof {
    uint32 index;
    uint8 outcome;
    uint32 exitCode;
    uint64 size;
    bytes32 outputRoot;
    bytes chunk;
    bytes32[] path;
}

/// @notice One step of a path in a Merkle-sum tree: the sibling. The tree is RFC 9162's over a slot's tasks, in the order of their
/// indexes, with SHA-256 and sums: a leaf is `SHA256(00 || index u32 || outcome u8 || exitCode u32 || fuel u64 || size u64 || outputRoot)`,
/// a node `SHA256(01 || left || left's fuel u64 || right || right's fuel u64)`; big endian. One task's tree is its leaf.
/// @param hash Hash of the sibling.
/// @param fuel Sum of the fuel of all leaves below the sibling.
struct SumStep {
    bytes32 hash;
    uint64 fuel;
}

/// @title What all parts of the task law share: every event and every error.
interface ITaskRecord {
    /// @notice `tasks * cap` wei of the consumer are locked, in QUORUM `slots` times as much. Enough, with the block, to rebuild the order.
    event Ordered(bytes32 indexed order, address indexed consumer, Terms terms);
    /// @notice A bid took a slot; the slot's bond (`rangeOf`) of the operator is locked.
    event Assigned(
        bytes32 indexed order, uint8 slot, uint32 indexed operatorId, uint32 indexed nodeId, uint64 price, uint256 deadline
    );
    /// @notice ATTENDED, OPTIMISTIC: a result was delivered. Without a receipt it may be refused or challenged up to `deadline`; with one,
    /// Settled follows.
    event Delivered(bytes32 indexed order, uint8 slot, bytes32 root, uint64 fuel, uint256 deadline);
    /// @notice Only the first `count` tasks of the slot were delivered, `Delivered` follows. The others, from `first` on, are now slot `rest`,
    /// which is open, or closed when `SlotClosed` follows; or, when `rest` is `slot` itself, no slot at all: their escrow is the consumer's
    /// again. Their part of the bond, `bond` wei, is burned.
    event Parted(bytes32 indexed order, uint8 slot, uint32 count, uint8 rest, uint32 first, uint256 bond);
    event Committed(bytes32 indexed order, uint8 slot, bytes32 commitment);
    /// @notice QUORUM: no more commits; reveals are taken up to `revealDeadline`.
    /// @dev Not emitted when time closes them: then they close at the last second of openSeconds + runSeconds after the order.
    event CommitsClosed(bytes32 indexed order, uint256 revealDeadline);
    event Revealed(bytes32 indexed order, uint8 slot, bytes32 root, uint64 fuel);
    /// @notice A slot was paid: `paid` wei from the consumer's escrow, of which `held` stay locked with the operator's owner. The
    /// rest of the cap is the consumer's again. When `retainUntil` is not 0 the bond stays locked, at most until then.
    event Settled(
        bytes32 indexed order,
        uint8 slot,
        uint32 indexed operatorId,
        uint256 paid,
        uint256 held,
        bytes32 root,
        uint64 fuel,
        uint256 retainUntil
    );
    /// @notice Held pay and bond are free.
    event Released(bytes32 indexed order, uint8 slot, uint256 held);
    /// @notice `acknowledge` came before settlement: when the slot is paid nothing will be held.
    event Receipted(bytes32 indexed order, uint8 slot);
    /// @notice The consumer refused: `burned` wei of pay are burned, the rest of the cap is the consumer's, the bond is free.
    event Refused(bytes32 indexed order, uint8 slot, uint256 burned);
    /// @notice The deadline passed: `bond` wei are burned. The slot is open again, or `SlotClosed` follows.
    event Missed(bytes32 indexed order, uint8 slot, uint32 indexed operatorId, uint32 indexed nodeId, uint256 bond);
    /// @notice Its provider gave the slot back before the deadline: `bond` wei, a part of its bond, are burned, the rest is free. The slot is
    /// open again, or `SlotClosed` follows.
    event GivenUp(bytes32 indexed order, uint8 slot, uint32 indexed operatorId, uint32 indexed nodeId, uint256 bond);
    /// @notice The slot's cap is the consumer's again.
    event SlotClosed(bytes32 indexed order, uint8 slot);
    /// @notice Cap to the consumer, bond (`bond` wei) burned: another result won.
    event Outvoted(bytes32 indexed order, uint8 slot, uint256 bond);
    /// @notice Cap to the consumer, bond (`bond` wei) burned: committed and not revealed in time.
    event Unrevealed(bytes32 indexed order, uint8 slot, uint256 bond);
    /// @notice Bond free: the order ended without fault of this slot. QUORUM: `burned` is 0, the cap is the consumer's. OPTIMISTIC: no jury could
    /// judge; the pay, `burned` wei, is burned, so that neither side gains; the rest of the escrow is the consumer's.
    event Voided(bytes32 indexed order, uint8 slot, uint256 burned);
    /// @notice No slot of the order can be paid or opened any more.
    /// @param refund What the slots that were still live gave back to the consumer now, wei.
    event OrderClosed(bytes32 indexed order, uint256 refund, CloseReason reason);
    /// @notice OPTIMISTIC: a challenge of one of the slot's tasks won. `bond` wei left the stake: `kept` of them are locked with this
    /// contract for challenges that are still pending, the rest is burned but for what `ChallengeUpheld` says was repaid.
    event Disproved(bytes32 indexed order, uint8 slot, uint32 indexed operatorId, uint256 bond, uint256 kept);
    event Demanded(bytes32 indexed order, uint8 slot, uint128 seed, uint256 deadline);
    event Answered(bytes32 indexed order, uint8 slot, uint256 leaf);
    /// @notice A demand was not answered: `held` wei of pay and `bond` wei are burned.
    event Forfeited(bytes32 indexed order, uint8 slot, uint256 held, uint256 bond);

    /// @notice An order has 1 to MAX_TASKS tasks.
    error UnsupportedTasks(uint32 tasks);
    /// @notice `tasks * fuelLimit` is more than 2^64 - 1.
    error TooMuchFuel(uint32 tasks, uint64 fuelLimit);
    /// @notice ATTENDED and OPTIMISTIC want a quorum of 1 and 1 <= slots <= MAX_ARRAY_SLOTS, slots <= tasks; QUORUM wants 1 <= quorum <=
    /// slots <= MAX_SLOTS and 2 * quorum > slots.
    error BadQuorum(uint8 quorum, uint8 slots);
    /// @notice The start price is above the maximum, or the maximum is 0.
    error BadPrices(uint64 startPrice, uint64 maxPrice);
    error ZeroFuelLimit();
    /// @notice The term named `field` is out of its range.
    error BadDuration(string field, uint256 given, uint256 minimum, uint256 maximum);
    error NotConsumer(address caller, address consumer);
    error OrderExists(bytes32 order);
    error UnknownOrder(bytes32 order);
    /// @notice `holder`, another order of the consumer with the same exclusive key, is still live.
    error ExclusiveKeyHeld(bytes32 exclusiveKey, bytes32 holder);
    error NoSuchSlot(uint8 slot, uint8 slots);
    /// @notice The call is not meant for orders of this mode.
    error WrongVerification(Verification mode);
    /// @notice The slot is in a state in which this cannot be done.
    error WrongSlotState(bytes32 order, uint8 slot, SlotState state);
    error OrderNotLive(bytes32 order, OrderState state);
    /// @notice Possible from unix second `from` on.
    error TooEarly(uint256 from, uint256 when);
    /// @notice Was possible up to unix second `until`.
    error TooLate(uint256 until, uint256 when);
    error PriceTooHigh(uint64 price, uint64 acceptable);
    /// @notice The order's allow list does not name the operator.
    error OperatorNotAllowed(uint32 operatorId);
    /// @notice The operator's stake is below the order's minStake.
    error StakeTooLow(uint32 operatorId, uint256 required, uint256 available);
    /// @notice QUORUM: the operator registered, or raised its stake, not before the order's block, or, in a jury, the challenge's.
    error OperatorTooNew(uint32 operatorId, uint256 sinceBlock, uint256 orderBlock);
    /// @notice QUORUM: the bidder is the consumer.
    error OperatorIsConsumer(uint32 operatorId);
    /// @notice A jury's slot: the bidder bought, sold or challenged what the jury judges.
    error OperatorIsParty(uint32 operatorId);
    /// @notice QUORUM: one slot each; the operator already holds `slot`.
    error OperatorHoldsSlot(uint32 operatorId, uint8 slot);
    /// @notice QUORUM: the draw's seed is known from block `readyBlock` on.
    error DrawNotReady(uint256 readyBlock, uint256 when);
    /// @notice QUORUM: the operator is not drawn for the slot, or not yet: the draw widens with time.
    error NotDrawn(uint32 operatorId, uint8 slot);
    /// @notice The slot is another node's.
    error NotAssignee(address caller, uint32 nodeId);
    error FuelOverLimit(uint64 fuel, uint64 fuelLimit);
    /// @notice A part has at least one task, and fewer than the slot's `tasks`.
    error BadPart(uint32 count, uint32 tasks);
    error ZeroRoot();
    error ZeroCommitment();
    /// @notice Not the consumer's signature over Receipt(order, slot, root, fuel) of this delivery.
    error BadReceipt(bytes32 order, uint8 slot);
    /// @notice Root, fuel and salt do not give the commitment.
    error BadReveal(bytes32 order, uint8 slot, bytes32 commitment);
    /// @notice QUORUM: reveals are taken only when commits are closed.
    error CommitsOpen(bytes32 order);
    /// @notice QUORUM: fewer than a quorum committed; there is nothing to reveal, `settle` gives bonds and escrow back.
    error TooFewCommitted(bytes32 order, uint8 committed, uint8 quorum);
    /// @notice No slot of the order is open.
    error NothingOpen(bytes32 order);
    /// @notice QUORUM: providers hold slots, but fewer than a quorum; closing the rest would make their work worthless.
    error CancelBreaksQuorum(bytes32 order, uint8 taken, uint8 quorum);
    error DemandPending(bytes32 order, uint8 slot, uint256 deadline);
    error NoDemand(bytes32 order, uint8 slot);
    error TooManyDemands(bytes32 order, uint8 slot, uint256 limit);
    /// @notice The leaf is not the demanded one of the slot's result, or the chunk is not the demanded one, or not in the archive.
    error BadProof(bytes32 order, uint8 slot);
    /// @notice OPTIMISTIC: challenges are pending; settlement waits for all.
    error ChallengesPending(bytes32 order, uint8 slot, uint32 pending);
    /// @notice Send more gas: the consumer's `onResult` must be able to get CALLBACK_GAS.
    error TooLittleGasForCallback(uint256 required, uint256 available);
}

/// @title What can be asked about orders of tasks.
interface ITaskViews is ITaskRecord {
    /// @notice Most slots of a QUORUM order.
    function MAX_SLOTS() external view returns (uint8);

    /// @notice Most tasks of an order.
    function MAX_TASKS() external view returns (uint32);

    /// @notice Most slots of an ATTENDED or OPTIMISTIC order, those that `deliverPart` adds too.
    function MAX_ARRAY_SLOTS() external view returns (uint8);

    /// @notice Longest openSeconds.
    function MAX_OPEN_SECONDS() external view returns (uint32);

    /// @notice Longest runSeconds.
    function MAX_RUN_SECONDS() external view returns (uint32);

    /// @notice Shortest windowSeconds in ATTENDED and OPTIMISTIC, where the window protects who sets it.
    function MIN_WINDOW_SECONDS() external view returns (uint32);

    /// @notice Shortest windowSeconds in QUORUM: reveals that nobody can make in time, on a chain with a block every 12 seconds too, would only serve
    /// to take bonds.
    function MIN_REVEAL_SECONDS() external view returns (uint32);

    /// @notice Longest windowSeconds.
    function MAX_WINDOW_SECONDS() external view returns (uint32);

    /// @notice Longest retentionSeconds.
    function MAX_RETENTION_SECONDS() external view returns (uint32);

    /// @notice Part of the pay that is held without a receipt, in 1/10,000, rounded down.
    function HELD_BPS() external view returns (uint256);

    /// @notice Most demands on one slot.
    function MAX_DEMANDS() external view returns (uint8);

    /// @notice An operator's chance to be drawn starts at this many times its share of all stake.
    function DRAW_WIDTH() external view returns (uint256);

    /// @notice The same in a jury, which has time.
    function JURY_DRAW_WIDTH() external view returns (uint256);

    /// @notice The chance doubles each time this many seconds pass.
    function DRAW_STEP_SECONDS() external view returns (uint256);

    /// @notice Gas that a consumer's `onResult` gets.
    function CALLBACK_GAS() external view returns (uint256);

    /// @notice The order's id: `keccak256(abi.encode(chainId, contract, terms))`. Known before ordering, so a repeated
    /// transaction can never order twice.
    function idOf(Terms calldata terms) external view returns (bytes32);

    /// @notice Escrow of one task, wei: `ceil(fuelLimit * maxPrice / 1e6)`.
    function capOf(Terms calldata terms) external pure returns (uint256);

    /// @notice The live order that holds the consumer's exclusive key; 0 when none.
    function holderOf(address consumer, bytes32 exclusiveKey) external view returns (bytes32 order);

    /// @notice The hash a provider commits to in QUORUM:
    /// `keccak256(abi.encode(chainId, contract, order, slot, operatorId, root, fuel, salt))`.
    function commitmentOf(bytes32 order, uint8 slot, uint32 operatorId, bytes32 root, uint64 fuel, bytes32 salt)
        external
        view
        returns (bytes32);

    /// @notice The EIP-712 digest that the consumer signs as receipt, `Receipt(bytes32 order,uint8 slot,bytes32 root,uint64 fuel)`:
    /// "I hold this result". It names no number of tasks: who signs has the tree that gives the root, and knows its leaves. So a receipt for the first tasks of
    /// a slot is signed only when `deliverPart` stands on chain; before, it could be used to have the whole slot settled by them, and the rest's bond spared.
    function receiptDigest(bytes32 order, uint8 slot, bytes32 root, uint64 fuel) external view returns (bytes32);

    /// @notice Bond of one slot, wei, of the largest one when they differ: the cap of each of its tasks; in OPTIMISTIC also twice what a
    /// jury may cost, so that a lost challenge can be repaid from less than half of it.
    function bondOf(Terms calldata terms) external pure returns (uint256);

    /// @notice The tasks a slot owns, and its bond. Reverts `UnknownOrder`, `NoSuchSlot`.
    function rangeOf(Terms calldata terms, uint8 slot) external view returns (Range memory);

    /// @notice How many slots the order has, those that were added by `deliverPart` too. Reverts `UnknownOrder`.
    function slotsOf(Terms calldata terms) external view returns (uint8);

    /// @notice The order; all zero when unknown.
    function orderOf(bytes32 order) external view returns (Order memory);

    /// @notice A slot of the order; all zero when unknown or never taken. QUORUM slots that time has ended look as they were
    /// until somebody calls.
    function slotOf(bytes32 order, uint8 slot) external view returns (Slot memory);

    /// @notice The demands on a slot; all zero when there never was one.
    function demandOf(bytes32 order, uint8 slot) external view returns (Demand memory);

    /// @notice The order's result; in an order of several ranges the one that settled last, so ask `slotOf` for each. `settled` is false,
    /// and the rest zero, while there is none. The meaning of a result in an ATTENDED order: the consumer took it or kept silent. In an
    /// OPTIMISTIC order: nobody challenged it in time, or every challenge failed, or the consumer took it. In a QUORUM order: `quorum`
    /// drawn operators revealed the same.
    function resultOf(bytes32 order) external view returns (bool settled, bytes32 root, uint64 fuel);

    /// @notice Highest price that a bid at unix second `when` may have, wei per 1,000,000 fuel, rounded down. Reverts `UnknownOrder`.
    function acceptablePrice(Terms calldata terms, uint256 when) external view returns (uint64);

    /// @notice Whether a bid of the operator for the slot would pass the draw if it were mined at unix second `when` with the stakes
    /// of now. True for any operator in ATTENDED. Answers only about the draw: not about age, stake or slots held.
    /// @dev Reverts `UnknownOrder`, `NoSuchSlot`, `DrawNotReady`.
    function isDrawn(Terms calldata terms, uint8 slot, uint32 operatorId, uint256 when) external view returns (bool);
}

/// @title The steps of a task from order to settlement.
interface ITaskSteps is ITaskRecord {
    /// @notice Orders; locks `tasks * cap` wei of the consumer's free balance, in QUORUM `slots` times as much. Only the consumer.
    /// @dev Reverts `NotConsumer`, `UnsupportedTasks`, `TooMuchFuel`, `BadQuorum`, `BadPrices`, `ZeroFuelLimit`, `BadDuration`, `OrderExists`, `ExclusiveKeyHeld`, `InsufficientFree`.
    function order(Terms calldata terms) external returns (bytes32 id);

    /// @notice Takes an open slot at `price`, and locks the operator's bond. Only active node keys.
    /// @dev Reverts `UnknownNode`, `NodeNotActive`, `OrderNotLive`, `WrongSlotState`, `TooLate`, `PriceTooHigh`, `OperatorNotAllowed`,
    /// `StakeTooLow`, `InsufficientStake`; in QUORUM also `OperatorTooNew`, `OperatorIsConsumer`, `OperatorHoldsSlot`,
    /// `DrawNotReady`, `NotDrawn`.
    ///
    /// The draw: seed = hash of the block after the order's; ticket = keccak256(seed, order, slot, operatorId); drawn when the ticket
    /// lies in the lowest `DRAW_WIDTH * stake / totalStake * 2^(seconds since the order / DRAW_STEP_SECONDS)` of its range (in a jury
    /// JURY_DRAW_WIDTH). When
    /// the chain no longer knows that hash (256 blocks later) anyone is. What capture costs: an attacker with share s of
    /// all stake gets each slot first with a chance of about s, when the honest all bid at once and blocks order bids by chance; of about
    /// 1 - e^(-4 s), for small s 4 s, when it is cut into many operators and pays to stand first in each block (in a jury 1.7 s); and more when the
    /// honest are few or slow, up to certainty when nobody else bids. The proposer of the seed block can choose between publishing and withholding
    /// it, one bit for one lost block reward. The consumer can cancel an order that nobody has taken and order again for a new
    /// draw: the draw protects the consumer from providers, not others from a consumer.
    function bid(Terms calldata terms, uint8 slot, uint64 price) external;

    /// @notice ATTENDED, OPTIMISTIC: delivers the result of the caller's slot, all its tasks. With the consumer's receipt the slot settles
    /// at once and nothing is held; with empty `receipt` the window starts. A receipt for an OPTIMISTIC slot is the consumer's word
    /// that it needs no challenge: who wants the window must not sign before it is over.
    /// @dev Reverts `WrongVerification`, `WrongSlotState`, `NotAssignee`, `TooLate`, `ZeroRoot`, `FuelOverLimit`, `BadReceipt`.
    function deliver(Terms calldata terms, uint8 slot, bytes32 root, uint64 fuel, bytes calldata receipt) external;

    /// @notice QUORUM: commits to the result of the caller's slot. When no slot is open or running any more, commits close.
    /// @dev Reverts `WrongVerification`, `WrongSlotState`, `NotAssignee`, `TooLate`, `ZeroCommitment`.
    function commit(Terms calldata terms, uint8 slot, bytes32 commitment) external;

    /// @notice QUORUM: opens a slot's commitment, when commits are closed; anyone who knows the salt, so that a node's end need not
    /// cost its operator the bond. The last reveal settles the order. With
    /// the consumer's receipt nothing of this slot's pay will be held; `receipt` may be empty.
    /// @dev Whoever copies a reveal from the mempool without its receipt only delays the held part: `acknowledge` takes the receipt
    /// later. Reverts `WrongVerification`, `WrongSlotState`, `CommitsOpen`, `TooFewCommitted`, `TooLate`, `ZeroRoot`,
    /// `FuelOverLimit`, `BadReveal`, `BadReceipt`.
    function reveal(Terms calldata terms, uint8 slot, bytes32 root, uint64 fuel, bytes32 salt, bytes calldata receipt)
        external;

    /// @notice Settles what time has decided; anyone. ATTENDED: slot 0's delivery that was not refused. OPTIMISTIC: slot 0's delivery that
    /// no challenge disproved. QUORUM: when all committed slots have
    /// revealed or the reveal window is over, or when commits closed with fewer than a quorum.
    /// @dev In QUORUM equal (root, fuel) of at least `quorum` reveals win and each is paid its own price; unequal ones lose their bond;
    /// unrevealed ones always do; without a quorum revealers get their bonds and the consumer the escrow. Reverts `OrderNotLive`,
    /// `WrongSlotState`, `TooEarly`, `ChallengesPending`.
    function settle(Terms calldata terms) external;

    /// @notice ATTENDED, OPTIMISTIC: settles one slot whose window is over; anyone.
    /// @dev Reverts `OrderNotLive`, `WrongVerification`, `NoSuchSlot`, `WrongSlotState`, `TooEarly`, `ChallengesPending`.
    function settleSlot(Terms calldata terms, uint8 slot) external;
}

/// @title How slots and orders end before or after they are settled.
interface ITaskEndings is ITaskRecord {
    /// @notice As `deliver` without a receipt, but only for the first `count` tasks of the slot: `root` and `fuel` are theirs. The others
    /// become a slot of their own, with the next free number, which is open while bids are taken and the order is not cancelled and
    /// has fewer than MAX_ARRAY_SLOTS slots, else closed. Their part of the bond is burned: it was for a promise that is not kept.
    /// @dev Reverts as `deliver` does, and `BadPart`.
    function deliverPart(Terms calldata terms, uint8 slot, uint32 count, bytes32 root, uint64 fuel) external;

    /// @notice ATTENDED: the consumer refuses a delivery within the window: pay is burned, the bond is free. Neither side gains.
    /// @dev Trusts nobody, proves nothing: a wrong delivery costs the consumer its pay either way, and the provider its work.
    /// Reverts `NotConsumer`, `WrongVerification`, `WrongSlotState`, `TooLate`.
    function refuse(Terms calldata terms, uint8 slot) external;

    /// @notice Gives the receipt for a slot after delivery; anyone who holds one, or the consumer itself with empty bytes. Delivered:
    /// settles at once, or, while challenges are pending, nothing will be held. Revealed: nothing will be held. Settled: held pay and bond are free, a pending demand is void.
    /// @dev Reverts `WrongSlotState`, `BadReceipt`, `NotConsumer` (empty receipt from another caller).
    function acknowledge(Terms calldata terms, uint8 slot, bytes calldata receipt) external;

    /// @notice Frees held pay and bond when the retention is over; anyone.
    /// @dev Reverts `WrongSlotState`, `TooEarly`, `DemandPending`.
    function release(Terms calldata terms, uint8 slot) external;

    /// @notice Ends an assignment whose deadline has passed; anyone. The bond is burned; the slot opens again while bids are taken
    /// and the order is not cancelled, else it closes.
    /// @dev Reverts `WrongSlotState`, `TooEarly`.
    function miss(Terms calldata terms, uint8 slot) external;

    /// @notice Gives the caller's slot back up to its deadline, in QUORUM before it commits, so that another can have it: who cannot do what it
    /// promised should say so at once. Of the bond 1/16 is burned at the moment of the bid and all of it at the deadline, in between
    /// `ceil(bond * (1 + 15 * elapsed / runSeconds) / 16)`; the rest is free. The slot then goes on as after `miss`.
    /// @dev For each second that a slot is held this burns at least what `miss` does, and a sixteenth for each bid beside: who takes slots
    /// only to keep others from them pays more, not less. The operator may bid again. Reverts `WrongSlotState`, `NotAssignee`, `TooLate`.
    function giveUp(Terms calldata terms, uint8 slot) external;

    /// @notice Closes all open slots, and no slot opens again. Only the consumer. Slots that are taken go on.
    /// @dev Reverts `NotConsumer`, `NothingOpen`, `CancelBreaksQuorum`.
    function cancel(Terms calldata terms) external;

    /// @notice Closes all open slots when bids are no longer taken; anyone.
    /// @dev Reverts `TooEarly`, `NothingOpen`.
    function expire(Terms calldata terms) external;

    /// @notice Demands a random leaf of a settled, held result within the retention. Only the consumer; one at a time, at most
    /// MAX_DEMANDS. It may be answered for windowSeconds, and for JURY_OPEN_SECONDS at least: else a short window would take any bond.
    /// Source of chance: prevrandao of this block, which its proposer and, before sending, a careful consumer may influence; the provider
    /// cannot, unless it proposes the block.
    /// @dev Reverts `NotConsumer`, `WrongSlotState`, `TooLate`, `DemandPending`, `TooManyDemands`.
    function demand(Terms calldata terms, uint8 slot) external;

    /// @notice Answers the pending demand on a slot of one task; anyone, since the proof speaks for itself.
    /// @dev Reverts `NoDemand`, `TooLate`, `BadProof`, `WrongSlotState`.
    function answer(Terms calldata terms, uint8 slot, LeafProof calldata proof) external;

    /// @notice Answers the pending demand on a slot of any number of tasks.
    /// @param fuel The demanded task's own fuel.
    /// @param path From the task's leaf to the slot's root.
    /// @dev Reverts as `answer` does.
    function answerWithin(Terms calldata terms, uint8 slot, LeafProof calldata proof, uint64 fuel, SumStep[] calldata path)
        external;

    /// @notice Ends a slot whose demand was not answered in time; anyone. Held pay and bond are burned, nobody gains.
    /// @dev Reverts `WrongSlotState`, `NoDemand`, `TooEarly`.
    function forfeit(Terms calldata terms, uint8 slot) external;
}

/// @title Orders of tasks: bids, bonds, delivery, verification, settlement.
/// @notice Prices are wei per 1,000,000 fuel. `cap = ceil(fuelLimit * maxPrice / 1e6)` is the escrow of one task and also its
/// bond; a slot's are those of its tasks (OPTIMISTIC: and a jury's, see `bondOf`); pay is `ceil(fuel * price / 1e6)`, never above the
/// slot's escrow. Lost bonds are burned whole, but for a jury's pay (`IDisputes`): other costs of the other side cannot be measured on
/// chain without being farmed.
///
/// Every function that takes terms reverts `UnknownOrder` unless exactly these terms were ordered, and `NoSuchSlot` for a slot
/// number that the terms do not have. A deadline names the last second at which a thing may be done; from the next on it is late.
/// Node keys are accepted also after `retire`, for what they hold.
interface ITasks is ITaskViews, ITaskSteps, ITaskEndings {}
