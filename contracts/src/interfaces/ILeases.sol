// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice Terms of a lease order. Their limits are `leaseLimits`. They travel as calldata with every call; the contract stores only their hash, the order's id, and what
/// changes. A *service* is a lease order that names controllers; a *volume* is one that has epochs.
/// @param consumer Who buys; owns the escrow.
/// @param nonce Any number that makes the terms unique.
/// @param spec BlobId of the spec.
/// @param cpuMillis Wanted CPU of a slot, thousandths of a core. This and the next two change by `resizeLease`; not interpreted by the contract.
/// @param memoryMib Wanted memory, MiB.
/// @param diskMib Wanted disk, MiB. Of a volume: its quota, which anchors may not exceed; not 0.
/// @param startPrice Highest acceptable price when a slot opens, wei per second.
/// @param maxPrice Highest acceptable price when the ramp is over, wei per second; not 0.
/// @param rampSeconds How long a slot's price rises from start to maximum after it opened; 0: maximum at once.
/// @param minSlots Slots 0 up to this are open from the start, and while fewer are open or leased anyone may open one. 0 is possible.
/// @param maxSlots How many slots there can be; 1 to maxSlots, of a volume at most maxReplicas.
/// @param distinct An operator may hold only one slot. Of a volume: true.
/// @param termSeconds The order is over this long after it was made, whatever is left; minTermSeconds to maxTermSeconds.
/// @param noticeSeconds How long before it leaves a provider says so; 0 to maxNoticeSeconds. Of a volume two epochs for each
/// `drawOneIn` are wise: else a provider that has lost the data may leave before it is evicted.
/// @param answerSeconds How long a summoned provider has to appear; minAnswerSeconds to maxAnswerSeconds.
/// @param bond Bond of each slot, wei. Of a volume at least what `2 * drawOneIn + repairEpochs` epochs cost at maxPrice.
/// @param minStake A bidder's operator has at least this stake, wei.
/// @param allow Up to eight operator ids, 32 bits each; only these may bid. 0: anyone.
/// @param exclusiveKey No second order of the consumer, of tasks or leases, with this key may be live; 0: no such rule.
/// @param primary Controller that may scale the service. 0: nobody but the consumer may.
/// @param standby Controller that may when the primary is silent. 0: none.
/// @param takeoverSeconds How long the primary must have been silent before the standby may act.
/// @param hourlyLimit The most that controllers may let all slots together cost in an hour, wei.
/// @param graceSeconds The last seconds that the escrow pays for are a grace: a volume in it is only to be read. At most maxGraceSeconds.
/// @param epochSeconds Of a volume: how often possession is proven; minEpochSeconds to maxEpochSeconds. 0: not a volume.
/// @param drawOneIn Of a volume: each epoch a replica is drawn with chance 1 in this many; 1 to maxDrawOneIn. Else 0.
/// @param repairEpochs Of a volume: so many whole epochs a newcomer has to copy the data before it can be drawn. Else 0.
/// @param originA Node id that holds the spec's blobs; not interpreted by the contract.
/// @param originB Another such.
struct LeaseTerms {
    address consumer;
    uint64 nonce;
    bytes32 spec;
    uint32 cpuMillis;
    uint32 memoryMib;
    uint32 diskMib;
    uint64 startPrice;
    uint64 maxPrice;
    uint32 rampSeconds;
    uint8 minSlots;
    uint8 maxSlots;
    bool distinct;
    uint32 termSeconds;
    uint32 noticeSeconds;
    uint32 answerSeconds;
    uint128 bond;
    uint128 minStake;
    bytes32 allow;
    bytes32 exclusiveKey;
    address primary;
    address standby;
    uint32 takeoverSeconds;
    uint128 hourlyLimit;
    uint32 graceSeconds;
    uint32 epochSeconds;
    uint8 drawOneIn;
    uint8 repairEpochs;
    uint32 originA;
    uint32 originB;
}

/// @notice Life of a lease order. `Over`: nothing streams any more; slots are paid out by `claimLeases`.
enum LeaseState {
    None,
    Live,
    Over
}

/// @notice Life of a slot of a lease order; README.md has the table.
/// @dev `Vacant`: nobody's, takes no bids. `Open`: takes bids. `Leased`: somebody serves and is paid by the second. `Summoned`: the same, but
/// it must appear in time and is paid no further until it does.
enum LeaseSlotState {
    Vacant,
    Open,
    Leased,
    Summoned
}

/// @notice How a slot's lease ended.
/// @dev `Closed`: by consumer or controller, bond back. `Left`: after notice, bond back. `Abandoned`: without, bond burned. `Defaulted`:
/// summoned, did not appear, bond burned. `Evicted`: of a volume, did not prove possession, bond burned. `OrderOver`: bond back.
enum LeaseEnd {
    Closed,
    Left,
    Abandoned,
    Defaulted,
    Evicted,
    OrderOver
}

/// @notice Why a lease order is over. `Closed`: by the consumer. `Lapsed`: out of funds. `Expired`: its term is over.
enum LeaseOverReason {
    Closed,
    Lapsed,
    Expired
}

/// @notice A lease order as stored.
/// @param state See LeaseState. An order that time has ended is Live until somebody calls `lapseLease`; `leaseEndsAt` tells.
/// @param createdAt Unix second of the order.
/// @param rate What all leased slots cost together, wei per second.
/// @param leased Slots that are Leased or Summoned.
/// @param open Slots that are Open.
/// @param balance Escrow that was not earned yet at unix second `syncedAt`, wei. What was earned and not claimed is beside it.
/// @param syncedAt See `balance`.
/// @param scaleSeq How often slots were opened or closed by consumer or controllers; see `openSlots`.
/// @param primaryAt Unix second at which the primary controller last acted; at first that of the order.
/// @param endedAt Unix second at which the order was over; 0 while Live.
struct Lease {
    LeaseState state;
    uint32 createdAt;
    uint72 rate;
    uint8 leased;
    uint8 open;
    uint128 balance;
    uint32 syncedAt;
    uint32 scaleSeq;
    uint32 primaryAt;
    uint32 endedAt;
}

/// @notice A slot of a lease order.
/// @param state See LeaseSlotState.
/// @param operatorId Who holds it; 0 when nobody.
/// @param nodeId The node that serves.
/// @param price What it costs, wei per second.
/// @param paidUntil Everything before this unix second is paid, or, of a volume, decided.
/// @param switchAt Open: unix second at which it opened. Leased, Summoned: unix second from which on it may leave, 0 without notice.
/// @param summonedUntil Summoned: last unix second to appear. Else that of the last summons.
/// @param version Rises with each bid, resize and move: the fencing number of who serves, and what a resize is signed for.
struct LeaseSlot {
    LeaseSlotState state;
    uint32 operatorId;
    uint32 nodeId;
    uint64 price;
    uint32 paidUntil;
    uint32 switchAt;
    uint32 summonedUntil;
    uint24 version;
}

/// @notice What both sides sign to change a running lease.
/// @param price New price, wei per second; not 0. May be above the terms' maximum.
/// @param cpuMillis From now on.
/// @param memoryMib From now on.
/// @param diskMib From now on; of a volume not below its quota.
/// @param deadline Last unix second at which it may be put into effect.
struct Resize {
    uint64 price;
    uint32 cpuMillis;
    uint32 memoryMib;
    uint32 diskMib;
    uint40 deadline;
}

/// @notice What terms may say, and how many epochs of one slot a call decides.
/// @param minFundedSeconds A bid or a dearer resize needs escrow for this long beyond notice and grace.
struct LeaseLimits {
    uint8 maxSlots;
    uint8 maxReplicas;
    uint32 minTermSeconds;
    uint32 maxTermSeconds;
    uint32 maxNoticeSeconds;
    uint32 minAnswerSeconds;
    uint32 maxAnswerSeconds;
    uint32 maxGraceSeconds;
    uint32 minFundedSeconds;
    uint32 minEpochSeconds;
    uint32 maxEpochSeconds;
    uint8 maxDrawOneIn;
    uint32 maxEpochs;
}

/// @title Every event and error of leases.
interface ILeaseRecord {
    /// @notice `amount` wei of the consumer are locked. Slots 0 up to `minSlots` are open.
    event LeaseOrdered(bytes32 indexed order, address indexed consumer, LeaseTerms terms, uint256 amount);
    /// @notice `amount` more wei of `payer` are the consumer's escrow.
    event LeaseToppedUp(bytes32 indexed order, address indexed payer, uint256 amount);
    /// @notice The slot takes bids; its price starts to rise now.
    event SlotOpened(bytes32 indexed order, uint8 slot);
    /// @notice An open slot is vacant again.
    event SlotWithdrawn(bytes32 indexed order, uint8 slot);
    /// @notice Slots were opened or closed by `by`, the consumer or a controller; `scaleSeq` is the next number.
    event Scaled(bytes32 indexed order, address indexed by, uint32 scaleSeq);
    /// @notice A bid took the slot; the operator's bond is locked, pay starts now.
    event Leased(
        bytes32 indexed order, uint8 slot, uint32 indexed operatorId, uint32 indexed nodeId, uint64 price, uint24 version
    );
    /// @notice The slot was decided up to `paidUntil`: `paid` wei to the operator's owner, `refunded` wei back to the consumer.
    event LeasePaid(
        bytes32 indexed order, uint8 slot, uint32 indexed operatorId, uint256 paid, uint256 refunded, uint256 paidUntil
    );
    /// @notice From `leaveAt` on the provider may leave, and is paid no further.
    event NoticeGiven(bytes32 indexed order, uint8 slot, uint256 leaveAt);
    /// @notice The provider must appear up to `deadline`.
    event Summoned(bytes32 indexed order, uint8 slot, uint256 deadline);
    event Appeared(bytes32 indexed order, uint8 slot);
    event LeaseResized(bytes32 indexed order, uint8 slot, Resize resize, uint24 version);
    event LeaseMoved(bytes32 indexed order, uint8 slot, uint32 indexed nodeId, uint24 version);
    /// @notice Nobody holds the slot any more; `burned` wei of bond are burned, or the bond is free.
    /// @param reason What consumer or controller said; 0 unless `how` is Closed.
    event LeaseEnded(
        bytes32 indexed order, uint8 slot, uint32 indexed operatorId, LeaseEnd how, uint8 reason, uint256 burned
    );
    /// @notice Nothing streams any more since `endedAt`; `refund` wei of escrow are the consumer's again. Slots are paid out by `claimLeases`.
    /// @param code What the consumer said; 0 unless `reason` is Closed.
    event LeaseOrderOver(bytes32 indexed order, LeaseOverReason reason, uint8 code, uint256 refund, uint256 endedAt);

    /// @notice An order has 1 to `limit` slots, and minSlots <= maxSlots; a volume at least one from the start.
    error BadSlots(uint8 minSlots, uint8 maxSlots, uint8 limit);
    /// @notice A standby, a takeover or a limit without a primary controller.
    error BadControllers();
    /// @notice A volume wants `distinct`, a quota and maxDrawOneIn >= drawOneIn >= 1; what has no epochs wants neither draw nor repair.
    error BadVolume();
    /// @notice What a replica that keeps nothing may expect to earn before it is evicted is more than the bond.
    error BondTooSmall(uint256 bond, uint256 required);
    /// @notice A lease costs at least 1 wei per second.
    error ZeroPrice();
    /// @notice The order was over at unix second `endedAt`.
    error LeaseOver(bytes32 order, uint256 endedAt);
    /// @notice The order is funded, and its term runs, up to unix second `endsAt`.
    error LeaseNotOver(bytes32 order, uint256 endsAt);
    /// @notice The slot is in a state in which this cannot be done.
    error WrongLeaseSlot(bytes32 order, uint8 slot, LeaseSlotState state);
    /// @notice With this rate the escrow must hold `required` wei: notice, grace and minFundedSeconds for all slots.
    error Underfunded(bytes32 order, uint256 required, uint256 available);
    /// @notice Neither the operator's owner nor, where it may do this, the key of the slot's node.
    error NotSeller(address caller, uint32 operatorId);
    /// @notice Notice was given before.
    error AlreadyNoticed(bytes32 order, uint8 slot, uint256 leaveAt);
    error NotNoticed(bytes32 order, uint8 slot);
    /// @notice Not this side's signature over LeaseResize.
    error BadResize(bytes32 order, uint8 slot, address side);
    /// @notice Neither consumer nor controller, and no slot is missing.
    error NotController(address caller);
    /// @notice The controller did not know of the latest change.
    error StaleScale(uint32 scaleSeq, uint32 current);
    /// @notice What the slots could cost in an hour is above the limit of controllers.
    error OverHourlyLimit(uint256 required, uint256 limit);
    /// @notice Controllers keep `minSlots` slots open or leased.
    error BelowMinimum(uint256 slots, uint8 minSlots);
    /// @notice More than maxEpochs epochs wait to be decided from unix second `paidUntil` on: `claimLeases` first.
    error EpochsUndecided(bytes32 order, uint8 slot, uint256 paidUntil);
    /// @notice The volume's quota is `quotaMib`.
    error BelowQuota(uint32 diskMib, uint32 quotaMib);
    /// @notice A replica that has not proven possession yet cannot be resized: its pay is held.
    error NeverProven(bytes32 order, uint8 slot);
}

/// @title From order to end: escrow, bids, pay, scaling.
interface ILeaseSteps is ILeaseRecord {
    /// @notice The limits of terms, and how much of a thing a call does.
    function leaseLimits() external pure returns (LeaseLimits memory);

    /// @notice The id of these terms on this chain and contract, ordered or not.
    function leaseIdOf(LeaseTerms calldata terms) external view returns (bytes32);

    /// @notice The order; all zero when unknown.
    function leaseOf(bytes32 order) external view returns (Lease memory);

    /// @notice A slot of the order. Reverts `UnknownOrder`, `NoSuchSlot`.
    function leaseSlotOf(LeaseTerms calldata terms, uint8 slot) external view returns (LeaseSlot memory);

    /// @notice Last unix second that escrow and term pay for if nothing changes, or the one at which the order was over. Grace begins
    /// `graceSeconds` before. Reverts `UnknownOrder`.
    function leaseEndsAt(LeaseTerms calldata terms) external view returns (uint256);

    /// @notice Highest price that a bid for the open slot may have at unix second `when`, wei per second, rounded down.
    /// @dev Reverts `UnknownOrder`, `NoSuchSlot`, `WrongLeaseSlot`.
    function acceptableRate(LeaseTerms calldata terms, uint8 slot, uint256 when) external view returns (uint64);

    /// @notice The EIP-712 digest that consumer and seller sign, of `LeaseResize(bytes32 order,uint8 slot,uint24 version,uint64 price,uint32
    /// cpuMillis,uint32 memoryMib,uint32 diskMib,uint40 deadline)`.
    function resizeDigest(bytes32 order, uint8 slot, uint24 version, Resize calldata change)
        external
        view
        returns (bytes32);

    // Consumer

    /// @notice Orders; locks `amount` wei of the consumer's free balance. Only the consumer.
    /// @dev Reverts `NotConsumer`, `BadSlots`, `BadPrices`, `BadDuration`, `BadControllers`, `BadVolume`, `BondTooSmall`, `OrderExists`,
    /// `ExclusiveKeyHeld`, `InsufficientFree`.
    function orderLease(LeaseTerms calldata terms, uint256 amount) external returns (bytes32 id);

    /// @notice Adds `amount` wei of the caller's free balance to the escrow; anyone. What is left of it will be the consumer's.
    /// @dev Reverts `ZeroAmount`, `InsufficientFree`.
    function topUpLease(LeaseTerms calldata terms, uint256 amount) external;

    /// @notice Ends the order this second. Only the consumer. Constant work, however many slots: these are paid out by `claimLeases`.
    /// @param code The consumer's reason: 0 done, 1 not served, 2 served badly, 3 too dear, 4 not needed; others are free.
    /// @dev Reverts `NotConsumer`.
    function closeLease(LeaseTerms calldata terms, uint8 code) external;

    // Scaling

    /// @notice Opens vacant slots. The consumer: any. A controller: any, if `scaleSeq` is the current number and afterwards there are no more
    /// than minSlots, or `(rate + open * maxPrice) * 3600 <= hourlyLimit`. Anybody else: those that are missing to minSlots.
    /// @dev That rule, rather than a window: since pay is by the second, no 3,600 seconds can then cost more than the limit by what controllers
    /// did, nor is anything to be kept for it. What consumers open, resize or order as minimum themselves is not limited.
    ///
    /// The number fences: a controller that decided without knowing the latest change is refused, so two that both believe to be in
    /// charge never act twice upon one need. And the standby is refused until the primary has been silent for takeoverSeconds: it
    /// cannot undo what an active primary does. (Only silence, and a primary with nothing to do would be overruled; an empty list is its
    /// sign of life.) Both are named by the consumer: within the limits either can waste the limit, and nothing else.
    /// Reverts `NotController`, `StaleScale`, `TooEarly`, `WrongLeaseSlot`, `OverHourlyLimit`.
    function openSlots(LeaseTerms calldata terms, uint8[] calldata slots, uint32 scaleSeq) external;

    /// @notice Makes open slots vacant, and ends leases this second: the seller is paid and has its bond back. (One that did not appear in time is
    /// paid up to its summons; `defaultLease` first burns its bond.) The consumer: any. A
    /// controller: while minSlots stay open or leased, under the rules of `openSlots`.
    /// @param reason As `code` of `closeLease`.
    /// @dev Reverts `NotController`, `StaleScale`, `TooEarly`, `WrongLeaseSlot`, `BelowMinimum`, `EpochsUndecided`.
    function closeSlots(LeaseTerms calldata terms, uint8[] calldata slots, uint32 scaleSeq, uint8 reason) external;

    // Providers

    /// @notice Takes an open slot at `price` wei per second and locks the operator's bond. Only active node keys.
    /// @param diskMib Of a volume: the disk that the bidder promises, at least the quota: so that a quota which rises before the bid is mined
    /// binds nobody. Else ignored.
    /// @dev Reverts `UnknownNode`, `NodeNotActive`, `WrongLeaseSlot`, `ZeroPrice`, `PriceTooHigh`, `OperatorNotAllowed`, `StakeTooLow`,
    /// `OperatorHoldsSlot`, `InsufficientStake`, `Underfunded`, `BelowQuota`. A seller that takes a slot knows that the consumer may end the lease at any
    /// second.
    function bidLease(LeaseTerms calldata terms, uint8 slot, uint64 price, uint32 diskMib) external;

    /// @notice Pays what slots have earned, to their operators' owners; anyone. Of a volume only epochs that are over, at most maxEpochs
    /// of each slot in a call, and nothing before the replica's first proof. When the order is over it also ends the lease, bond back.
    /// @dev Constant work for each slot, but for epochs. Reverts `WrongLeaseSlot`.
    function claimLeases(LeaseTerms calldata terms, uint8[] calldata slots) external;

    /// @notice Notes that time or lack of funds has ended the order, at the second when it did; anyone. Constant work.
    /// @dev Reverts `LeaseNotOver`, and `LeaseOver` when it is noted already.
    function lapseLease(LeaseTerms calldata terms) external;
}

/// @title How a lease is held, changed and given up.
interface ITenures is ILeaseRecord {
    /// @notice Demands that the seller appears within answerSeconds; until then the slot earns nothing more. Only the consumer. Again at the
    /// earliest answerSeconds after the last summons' deadline, so that gas of sellers cannot be wasted at will.
    /// @dev Not when a notice is over: then the seller has kept its word. Reverts `NotConsumer`, `WrongLeaseSlot`, `TooEarly`, `TooLate`.
    function summon(LeaseTerms calldata terms, uint8 slot) external;

    /// @notice Appears after a summons; only the seller. The time since is paid as if there had been none.
    /// @dev Reverts `WrongLeaseSlot`, `NotSeller`, `TooLate`.
    function appear(LeaseTerms calldata terms, uint8 slot) external;

    /// @notice Ends a lease whose seller did not appear in time; anyone. Its bond is burned, its pay ends where it was summoned. The slot opens
    /// again as by `leaveLease`. Not when a notice was over before the time to appear was: that lease ends by `leaveLease`.
    /// @dev Reverts `WrongLeaseSlot`, `TooEarly`, `AlreadyNoticed`, `EpochsUndecided`.
    function defaultLease(LeaseTerms calldata terms, uint8 slot) external;

    /// @notice Says that the seller will leave in noticeSeconds. It is paid up to then at most, so a notice is no standing option. Only the seller.
    /// @dev Reverts `WrongLeaseSlot`, `NotSeller`, `AlreadyNoticed`.
    function giveNotice(LeaseTerms calldata terms, uint8 slot) external;

    /// @notice Ends a lease whose notice is over, bond back; anyone. The slot opens again if it is missing to minSlots. Not while its seller is
    /// summoned and may still appear: that would take its pay since the summons. One that did not appear in time is paid up to its summons.
    /// @dev Reverts `WrongLeaseSlot`, `NotNoticed`, `TooEarly`, `EpochsUndecided`.
    function leaveLease(LeaseTerms calldata terms, uint8 slot) external;

    /// @notice Ends a lease this second without notice; its bond is burned. Only the operator's owner, for it costs stake; not while the slot is
    /// summoned, nor when a notice is over. The slot opens again as by `leaveLease`.
    /// @dev Reverts `WrongLeaseSlot`, `NotSeller`, `AlreadyNoticed`, `EpochsUndecided`.
    function abandonLease(LeaseTerms calldata terms, uint8 slot) external;

    /// @notice Gives the slot to another active node of the same operator. Only the seller. Duties, price and pay stay.
    /// @dev Reverts `WrongLeaseSlot`, `NotSeller`, `UnknownNode`, `NotNodeOwner`, `NodeNotActive`.
    function moveLease(LeaseTerms calldata terms, uint8 slot, address key) external;

    /// @notice Puts a change into effect that both sides signed for the slot's present version; anyone. What the old price earned is
    /// paid first, of a volume up to this second without a proof of the running epoch.
    /// @param byConsumer Its signature (a contract's by ERC-1271); empty when the consumer calls.
    /// @param bySeller The seller's signature; empty when the seller calls.
    /// @dev Reverts `WrongLeaseSlot`, `TooLate`, `ZeroPrice`, `BadResize`, `BelowQuota`, `NeverProven`, `EpochsUndecided`, `Underfunded`.
    function resizeLease(
        LeaseTerms calldata terms,
        uint8 slot,
        Resize calldata change,
        bytes calldata byConsumer,
        bytes calldata bySeller
    ) external;
}

/// @title Leases: slots that are paid by the second.
/// @notice A lease order has one escrow for all its slots. A slot that is open takes the first bid at or under the acceptable price, which rises
/// from the moment the slot opened; from then on its price is earned each second out of the escrow. Prices are whole wei per second and
/// times whole seconds, so nothing is ever rounded: what the slots earned, what is refunded and what is left add up to the wei.
/// The order is over when the consumer closes it, when its term is over, or when the escrow cannot pay one more second of all slots
/// together; less than that one second's pay goes back to the consumer.
///
/// Trust: that a service serves cannot be proven to a contract. So the consumer may end a lease, or all, at any second, and pay stops;
/// the bond comes back, for nothing was proven. A bond is lost, and burned whole so that nobody gains, only by what the contract sees:
/// leaving without notice (`abandonLease`), being summoned and not appearing (`defaultLease`), and, of a volume, failing two draws without a proof
/// (`IVolumes.evict`). A summons proves that a provider is gone, not that it serves badly.
///
/// Every function that takes terms reverts `UnknownOrder` unless exactly these were ordered, `NoSuchSlot` for a slot that they do not have,
/// and all but `claimLeases`, `lapseLease` and views revert `LeaseOver` when the order is over, by time too.
/// "The seller" is the operator's owner or the key of the slot's node, also after `retire`.
interface ILeases is ILeaseSteps, ITenures {}
