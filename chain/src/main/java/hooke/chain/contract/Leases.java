package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.Data;
import hooke.chain.Wei;
import java.util.List;

/// Leases through the law's door: slots paid by the second. As in [HookeContract], methods that
/// return a [Call] make a transaction to be sent, the others ask the newest block; names, units and
/// reverts are those of `ILeases`.
public final class Leases {
  private final HookeContract law;

  public Leases(HookeContract law) {
    this.law = law;
  }

  /// The id that these terms have, ordered or not.
  public Bytes32 idOf(LeaseTerms terms) {
    return law.view("leaseIdOf", LawCodec.values(terms)).bytes32("0");
  }

  // Consumers.

  /// Orders, and locks the escrow.
  ///
  /// @param amount escrow; more may come later
  public Call order(LeaseTerms terms, Wei amount) {
    return law.call("orderLease", LawCodec.values(terms), amount);
  }

  public Call topUp(LeaseTerms terms, Wei amount) {
    return law.call("topUpLease", LawCodec.values(terms), amount);
  }

  /// Ends the order this second.
  ///
  /// @param code the consumer's reason: 0 done, 1 not served, 2 served badly, 3 too dear, 4 not
  ///   needed; others are free
  public Call close(LeaseTerms terms, int code) {
    return law.call("closeLease", LawCodec.values(terms), code);
  }

  /// Demands that the seller of a slot appears.
  public Call summon(LeaseTerms terms, int slot) {
    return law.call("summon", LawCodec.values(terms), slot);
  }

  // Consumers and controllers.

  /// Opens vacant slots.
  ///
  /// @param scaleSeq the order's present number
  public Call open(LeaseTerms terms, List<Integer> slots, int scaleSeq) {
    return law.call("openSlots", LawCodec.values(terms), slots, scaleSeq);
  }

  public Call close(LeaseTerms terms, List<Integer> slots, int scaleSeq, int reason) {
    return law.call("closeSlots", LawCodec.values(terms), slots, scaleSeq, reason);
  }

  // Providers.

  /// Takes an open slot.
  ///
  /// @param price token-wei per second
  /// @param diskMib of a volume: what the bidder promises, at least the quota
  public Call bid(LeaseTerms terms, int slot, long price, int diskMib) {
    return law.call("bidLease", LawCodec.values(terms), slot, price, diskMib);
  }

  public Call appear(LeaseTerms terms, int slot) {
    return law.call("appear", LawCodec.values(terms), slot);
  }

  public Call giveNotice(LeaseTerms terms, int slot) {
    return law.call("giveNotice", LawCodec.values(terms), slot);
  }

  public Call abandon(LeaseTerms terms, int slot) {
    return law.call("abandonLease", LawCodec.values(terms), slot);
  }

  /// Gives the slot to another node.
  ///
  /// @param key of another active node of the same operator
  public Call move(LeaseTerms terms, int slot, Address key) {
    return law.call("moveLease", LawCodec.values(terms), slot, key);
  }

  // Anyone.

  /// Pays what slots have earned.
  public Call claim(LeaseTerms terms, List<Integer> slots) {
    return law.call("claimLeases", LawCodec.values(terms), slots);
  }

  /// Notes that time or lack of funds has ended the order.
  public Call lapse(LeaseTerms terms) {
    return law.call("lapseLease", LawCodec.values(terms));
  }

  /// Ends a lease whose seller was summoned and did not appear.
  public Call defaulted(LeaseTerms terms, int slot) {
    return law.call("defaultLease", LawCodec.values(terms), slot);
  }

  /// Ends a lease whose notice is over.
  public Call leave(LeaseTerms terms, int slot) {
    return law.call("leaveLease", LawCodec.values(terms), slot);
  }

  /// Puts a change into effect that both sides signed.
  ///
  /// @param byConsumer its signature over [#resizeDigest]; empty when the consumer sends
  /// @param bySeller the seller's; empty when the seller sends
  public Call resize(LeaseTerms terms, int slot, Resize change, Data byConsumer, Data bySeller) {
    return law.call(
        "resizeLease", LawCodec.values(terms), slot, LawCodec.values(change), byConsumer, bySeller);
  }

  // Views.

  public Lease of(Bytes32 order) {
    Fields f = law.view("leaseOf", order).struct("0");
    return new Lease(
        f.number("state").intValue() == 1,
        f.int64("createdAt"),
        f.wei("rate"),
        f.int32("leased"),
        f.int32("open"),
        f.wei("balance"),
        f.int64("syncedAt"),
        f.int32("scaleSeq"),
        f.int64("primaryAt"),
        f.int64("endedAt"));
  }

  public LeaseSlot slotOf(LeaseTerms terms, int slot) {
    Fields f = law.view("leaseSlotOf", LawCodec.values(terms), slot).struct("0");
    return new LeaseSlot(
        f.constant("state", LeaseSlotState.class),
        f.int32("operatorId"),
        f.int32("nodeId"),
        f.int64("price"),
        f.int64("paidUntil"),
        f.int64("switchAt"),
        f.int64("summonedUntil"),
        f.int32("version"));
  }

  /// Last unix second that escrow and term pay for, if nothing changes.
  public long endsAt(LeaseTerms terms) {
    return law.view("leaseEndsAt", LawCodec.values(terms)).int64("0");
  }

  /// Highest price of a bid for an open slot at unix second `when`.
  public long acceptableRate(LeaseTerms terms, int slot, long when) {
    return law.view("acceptableRate", LawCodec.values(terms), slot, when).int64("0");
  }

  /// What consumer and seller sign for a [#resize].
  ///
  /// @param version of the slot
  public Bytes32 resizeDigest(Bytes32 order, int slot, int version, Resize change) {
    return law.view("resizeDigest", order, slot, version, LawCodec.values(change)).bytes32("0");
  }
}
