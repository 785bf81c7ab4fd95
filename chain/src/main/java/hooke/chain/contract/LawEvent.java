package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.Wei;
import java.math.BigInteger;

/// One thing that happened under the law: a record per event of the contracts, with the law's
/// names. From all of them in order the whole state can be rebuilt. Amounts are token-wei, times
/// are unix seconds, prices are token-wei per 1,000,000 fuel.
public sealed interface LawEvent {
  /// Where it stands on the chain.
  LogPosition at();

  /// Events about one order.
  sealed interface OfOrder extends LawEvent {
    Bytes32 order();
  }

  /// Events about one slot of an order; slots count from 0.
  sealed interface OfSlot extends OfOrder {
    int slot();
  }

  // Vault.

  record Deposited(LogPosition at, Address account, Wei amount) implements LawEvent {}

  record Withdrawn(LogPosition at, Address account, Wei amount) implements LawEvent {}

  /// `amount` became unreachable for everybody: a lost bond, forfeited or refused pay.
  record Burned(LogPosition at, Wei amount) implements LawEvent {}

  // Providers.

  /// Events about operators and their nodes.
  sealed interface OfProvider extends LawEvent {}

  record OperatorRegistered(LogPosition at, int operatorId, Address owner) implements OfProvider {}

  record NodeRegistered(LogPosition at, int nodeId, int operatorId, NodeProfile profile)
      implements OfProvider {}

  record NodeUpdated(LogPosition at, int nodeId, int operatorId, NodeProfile profile)
      implements OfProvider {}

  record NodeRetired(LogPosition at, int nodeId, int operatorId) implements OfProvider {}

  record Staked(LogPosition at, int operatorId, Wei amount) implements OfProvider {}

  /// Stake leaves the operator and waits.
  ///
  /// @param amount what more left the stake
  /// @param unbondAt when all that is unbonding may be withdrawn
  record Unbonding(LogPosition at, int operatorId, Wei amount, long unbondAt)
      implements OfProvider {}

  record StakeWithdrawn(LogPosition at, int operatorId, Wei amount) implements OfProvider {}

  // Tasks.

  /// The escrow of every slot is locked.
  record Ordered(LogPosition at, Bytes32 order, Address consumer, Terms terms) implements OfOrder {}

  /// A bid took the slot; the operator's bond is locked.
  ///
  /// @param deadline last second to deliver or commit
  record Assigned(
      LogPosition at,
      Bytes32 order,
      int slot,
      int operatorId,
      int nodeId,
      long price,
      long deadline)
      implements OfSlot {}

  /// ATTENDED: a result was delivered.
  ///
  /// @param deadline last second to refuse; with a receipt [Settled] follows at once
  record Delivered(LogPosition at, Bytes32 order, int slot, Bytes32 root, long fuel, long deadline)
      implements OfSlot {}

  record Committed(LogPosition at, Bytes32 order, int slot, Bytes32 commitment) implements OfSlot {}

  /// No more commits. Not emitted when time closes them: then it is at the last second of
  /// `openSeconds + runSeconds`.
  record CommitsClosed(LogPosition at, Bytes32 order, long revealDeadline) implements OfOrder {}

  record Revealed(LogPosition at, Bytes32 order, int slot, Bytes32 root, long fuel)
      implements OfSlot {}

  /// A slot was paid.
  ///
  /// @param paid from the consumer's escrow, `held` included
  /// @param held part of it that stays locked with the operator
  /// @param retainUntil the bond stays locked at most until then; 0: nothing is held
  record Settled(
      LogPosition at,
      Bytes32 order,
      int slot,
      int operatorId,
      Wei paid,
      Wei held,
      Bytes32 root,
      long fuel,
      long retainUntil)
      implements OfSlot {}

  /// Held pay and bond are free.
  record Released(LogPosition at, Bytes32 order, int slot, Wei held) implements OfSlot {}

  /// A receipt came before settlement: nothing will be held.
  record Receipted(LogPosition at, Bytes32 order, int slot) implements OfSlot {}

  record Refused(LogPosition at, Bytes32 order, int slot, Wei burned) implements OfSlot {}

  /// The bond is burned; the slot is open again, or [SlotClosed] follows.
  record Missed(LogPosition at, Bytes32 order, int slot, int operatorId, int nodeId, Wei bond)
      implements OfSlot {}

  /// Its provider gave the slot back before the deadline; it is open again, or [SlotClosed]
  /// follows.
  ///
  /// @param bond the part of the bond that is burned; the rest is free
  record GivenUp(LogPosition at, Bytes32 order, int slot, int operatorId, int nodeId, Wei bond)
      implements OfSlot {}

  /// The slot's cap is the consumer's again.
  record SlotClosed(LogPosition at, Bytes32 order, int slot) implements OfSlot {}

  /// Another result won: cap to the consumer, bond burned.
  record Outvoted(LogPosition at, Bytes32 order, int slot, Wei bond) implements OfSlot {}

  /// Committed and not revealed in time: cap to the consumer, bond burned.
  record Unrevealed(LogPosition at, Bytes32 order, int slot, Wei bond) implements OfSlot {}

  /// The order ended without fault of this slot: bond free, escrow to the consumer.
  ///
  /// @param burned of the escrow, the pay of an OPTIMISTIC slot that no jury could judge; else 0
  record Voided(LogPosition at, Bytes32 order, int slot, Wei burned) implements OfSlot {}

  /// No slot can be paid or opened any more.
  ///
  /// @param refund what the slots that were still live gave back to the consumer now
  record OrderClosed(LogPosition at, Bytes32 order, Wei refund, CloseReason reason)
      implements OfOrder {}

  /// The consumer wants to see one leaf of the result.
  ///
  /// @param seed fixes the leaf: number `seed % ceil(size / 1024)` of the result archive
  /// @param deadline last second to answer
  record Demanded(LogPosition at, Bytes32 order, int slot, BigInteger seed, long deadline)
      implements OfSlot {}

  record Answered(LogPosition at, Bytes32 order, int slot, long leaf) implements OfSlot {}

  /// A demand was not answered: held pay and bond are burned.
  record Forfeited(LogPosition at, Bytes32 order, int slot, Wei held, Wei bond) implements OfSlot {}

  /// Only the first `count` tasks of the slot were delivered; [Delivered] follows.
  ///
  /// @param rest the slot that the others are now: open, or closed when [SlotClosed] follows;
  ///   `slot` itself when they are no slot at all and their escrow is the consumer's again
  /// @param first index of the first of the others
  /// @param bond their part of the bond, which is burned
  record Parted(LogPosition at, Bytes32 order, int slot, int count, int rest, int first, Wei bond)
      implements OfSlot {}

  /// A challenge won: escrow to the consumer, bond lost.
  ///
  /// @param kept part of the bond that waits for challenges that are still pending
  record Disproved(LogPosition at, Bytes32 order, int slot, int operatorId, Wei bond, Wei kept)
      implements OfSlot {}

  // Challenges.

  /// Events about one challenge; `index` is the task's in the order.
  sealed interface OfChallenge extends OfSlot {
    int index();
  }

  /// Somebody stands for it that the task's result is wrong.
  ///
  /// @param deadline last second to publish the leaf
  record Challenged(
      LogPosition at,
      Bytes32 order,
      int slot,
      int index,
      Address challenger,
      Wei bond,
      long deadline)
      implements OfChallenge {}

  /// The leaf of a challenged task is known.
  record Published(
      LogPosition at, Bytes32 order, int slot, int index, Bytes32 hash, PublishedLeaf leaf)
      implements OfChallenge {}

  /// The QUORUM order `jury` judges the challenge. Its own [Ordered], with the contract as
  /// consumer, comes right before.
  record JuryCalled(LogPosition at, Bytes32 order, int slot, int index, Bytes32 jury, int attempt)
      implements OfChallenge {}

  /// The leaf was right: the challenger's bond is gone.
  record ChallengeFailed(LogPosition at, Bytes32 order, int slot, int index, Wei burned)
      implements OfChallenge {}

  /// The leaf was wrong or missing: the challenger has its bond back.
  ///
  /// @param paid of it, to the jury
  /// @param repaid of that, from the provider's bond
  record ChallengeUpheld(LogPosition at, Bytes32 order, int slot, int index, Wei paid, Wei repaid)
      implements OfChallenge {}

  /// No jury could tell: the challenger has its bond back, less what is burned of it.
  record ChallengeVoided(LogPosition at, Bytes32 order, int slot, int index, Wei burned)
      implements OfChallenge {}

  // Tabs.

  /// Events about one tab: what a consumer has locked for one operator's vouchers.
  sealed interface OfTab extends LawEvent {
    Address consumer();

    int operatorId();
  }

  /// More is locked for vouchers to the operator; a notice to close is withdrawn.
  record TabOpened(LogPosition at, Address consumer, int operatorId, Wei amount) implements OfTab {}

  /// A voucher was claimed.
  ///
  /// @param total of all vouchers so far
  record VoucherRedeemed(LogPosition at, Address consumer, int operatorId, Wei amount, Wei total)
      implements OfTab {}

  /// The consumer gave notice.
  ///
  /// @param closesAt from then on the rest may be taken back; vouchers count until it is
  record TabClosing(LogPosition at, Address consumer, int operatorId, long closesAt)
      implements OfTab {}

  record TabClosed(LogPosition at, Address consumer, int operatorId, Wei amount) implements OfTab {}

  // Mandates.

  /// Events about one mandate, by which an agent orders for its owner.
  sealed interface OfMandate extends LawEvent {
    int mandate();
  }

  /// A budget is locked: the agent may order what is under the root, in this time.
  ///
  /// @param root of the tree over the templates
  record MandateOpened(
      LogPosition at,
      int mandate,
      Address owner,
      Address agent,
      Bytes32 root,
      Wei budget,
      long from,
      long until)
      implements OfMandate {}

  record MandateFunded(LogPosition at, int mandate, Wei amount) implements OfMandate {}

  /// Revoked or over: the budget's rest is the owner's.
  record MandateEnded(LogPosition at, int mandate, Wei amount) implements OfMandate {}

  /// The agent ordered; the order's own [Ordered] comes right before.
  ///
  /// @param template hash of the template
  /// @param number counts the template's orders from 0
  /// @param retry the last one had come to nothing, and this one is no new use
  /// @param escrow went from the budget to the order
  record OrderedUnder(
      LogPosition at,
      int mandate,
      Bytes32 template,
      Bytes32 order,
      int number,
      boolean retry,
      Wei escrow)
      implements OfMandate {}

  /// What a closed order gave back is in the budget again.
  record BudgetRecovered(LogPosition at, int mandate, Bytes32 order, Wei amount)
      implements OfMandate {}

  /// The spec of an order with bound inputs is this blob: the template's spec, and the results that
  /// stand in for some of its inputs.
  record SpecBound(LogPosition at, Bytes32 order, Data blob) implements OfOrder {}

  // Leases.

  /// Events about one lease order; [LawEvent.OfOrder] is about orders of tasks.
  sealed interface OfLease extends LawEvent {
    Bytes32 order();
  }

  /// Events about one slot of a lease order.
  sealed interface OfLeaseSlot extends OfLease {
    int slot();
  }

  /// Slots 0 up to `minSlots` are open.
  ///
  /// @param amount the escrow that is locked
  record LeaseOrdered(LogPosition at, Bytes32 order, Address consumer, LeaseTerms terms, Wei amount)
      implements OfLease {}

  record LeaseToppedUp(LogPosition at, Bytes32 order, Address payer, Wei amount)
      implements OfLease {}

  /// Consumer or controller opened or closed slots.
  ///
  /// @param scaleSeq the number that the next such step must name
  record Scaled(LogPosition at, Bytes32 order, Address by, int scaleSeq) implements OfLease {}

  /// Nothing streams any more since `endedAt`.
  ///
  /// @param code what the consumer said
  record LeaseOrderOver(
      LogPosition at, Bytes32 order, LeaseOverReason reason, int code, Wei refund, long endedAt)
      implements OfLease {}

  /// The slot takes bids; its price starts to rise.
  record SlotOpened(LogPosition at, Bytes32 order, int slot) implements OfLeaseSlot {}

  record SlotWithdrawn(LogPosition at, Bytes32 order, int slot) implements OfLeaseSlot {}

  /// A bid took the slot; the operator's bond is locked, pay starts.
  ///
  /// @param price token-wei per second
  /// @param version the fencing number of who serves
  record Leased(
      LogPosition at, Bytes32 order, int slot, int operatorId, int nodeId, long price, int version)
      implements OfLeaseSlot {}

  /// The slot was decided up to `paidUntil`.
  record LeasePaid(
      LogPosition at,
      Bytes32 order,
      int slot,
      int operatorId,
      Wei paid,
      Wei refunded,
      long paidUntil)
      implements OfLeaseSlot {}

  record NoticeGiven(LogPosition at, Bytes32 order, int slot, long leaveAt)
      implements OfLeaseSlot {}

  /// The seller must appear up to `deadline`, and earns nothing until it does.
  record Summoned(LogPosition at, Bytes32 order, int slot, long deadline) implements OfLeaseSlot {}

  record Appeared(LogPosition at, Bytes32 order, int slot) implements OfLeaseSlot {}

  record LeaseResized(LogPosition at, Bytes32 order, int slot, Resize resize, int version)
      implements OfLeaseSlot {}

  record LeaseMoved(LogPosition at, Bytes32 order, int slot, int nodeId, int version)
      implements OfLeaseSlot {}

  /// Nobody holds the slot any more.
  ///
  /// @param reason what consumer or controller said
  /// @param burned of the bond; zero: the bond is free
  record LeaseEnded(
      LogPosition at, Bytes32 order, int slot, int operatorId, LeaseEnd how, int reason, Wei burned)
      implements OfLeaseSlot {}

  // Volumes.

  /// Events about one volume, which is a lease order.
  sealed interface OfVolume extends OfLease {
    Bytes32 volume();

    @Override
    default Bytes32 order() {
      return volume();
    }
  }

  /// A majority of the replicas signed a snapshot.
  ///
  /// @param signers a bit for each slot whose holder signed
  record Anchored(
      LogPosition at,
      Bytes32 volume,
      long seq,
      Bytes32 commit,
      long leafCount,
      boolean endorsed,
      BigInteger signers)
      implements OfVolume {}

  /// The owner or its delegate stands for the newest anchor, too.
  record Endorsed(LogPosition at, Bytes32 volume, long seq) implements OfVolume {}

  record DelegateSet(LogPosition at, Bytes32 volume, Address delegate) implements OfVolume {}

  record QuotaSet(LogPosition at, Bytes32 volume, int quotaMib) implements OfVolume {}

  /// The epoch's seed will be the hash of block `seedBlock`.
  record Drawn(LogPosition at, Bytes32 volume, long epoch, long seedBlock) implements OfVolume {}

  /// The epoch's draw is fixed.
  record Sealed(LogPosition at, Bytes32 volume, long epoch, Bytes32 seed) implements OfVolume {}

  record Proven(LogPosition at, Bytes32 volume, int slot, long epoch) implements OfVolume {}

  /// A log of the contract that does not decode, or whose numbers are too large to be meant
  /// seriously. Listeners skip it: events of strangers never stop a node.
  record Unreadable(LogPosition at, String reason) implements LawEvent {}
}
