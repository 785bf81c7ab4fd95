package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.LeaseOverReason;
import hooke.chain.contract.LeaseTerms;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One lease order as the chain's events tell it: slots that are paid by the second out of one
/// escrow. One that names controllers is a service, one that has epochs is a volume.
///
/// @param block block of the order
/// @param createdAt unix seconds of that block
/// @param slots one entry a slot, by number
/// @param ending how it ended; null while nobody has said that it is over, even if time has ended
///   it: [#phase] tells
/// @param volume null: it is none
/// @param changedAt unix seconds of the latest change
public record LeaseView(
    Bytes32 id,
    LeaseTerms terms,
    long block,
    long createdAt,
    List<LeaseSlotView> slots,
    Funds funds,
    Scaling scaling,
    @Nullable Ending ending,
    @Nullable VolumeView volume,
    long changedBlock,
    long changedAt) {

  /// What a lease order is used for.
  public enum Kind {
    LEASE,
    /// Controllers scale it.
    SERVICE,
    /// Its slots are replicas, which prove possession.
    VOLUME
  }

  /// Where a lease order is in its life.
  public enum Phase {
    /// Slots are let and paid.
    LIVE,
    /// The same, in the last seconds that are paid for: a volume is only to be read.
    GRACE,
    /// Funds or term are over, and nobody has said so.
    ENDED,
    /// Nothing streams any more, and its rest went back.
    OVER
  }

  /// Its escrow, and where it went.
  ///
  /// @param balance escrow that was not earned yet at unix second `syncedAt`
  /// @param deposited all that ever came in
  /// @param paid what sellers were paid so far
  /// @param refunded what went back to the consumer so far: what slots did not earn, and the rest
  ///   when it was over
  public record Funds(Wei balance, long syncedAt, Wei deposited, Wei paid, Wei refunded) {}

  /// What controllers must know.
  ///
  /// @param sequence how often slots were opened or closed: what a controller must know to scale
  /// @param primaryAt unix second at which the primary controller last acted
  public record Scaling(int sequence, long primaryAt) {}

  /// How it ended.
  ///
  /// @param code what the consumer said; 0 when it did not end it
  /// @param refund escrow that went back to the consumer
  /// @param at unix second since which nothing streams
  public record Ending(LeaseOverReason reason, int code, Wei refund, long at) {}

  public LeaseView {
    slots = List.copyOf(slots);
  }

  static LeaseView ordered(Bytes32 id, LeaseTerms terms, Wei amount, long block, long time) {
    List<LeaseSlotView> slots = new ArrayList<>();
    for (int slot = 0; slot < terms.maxSlots(); slot++) {
      slots.add(
          LeaseSlotView.free(slot, terms, 0, slot < terms.minSlots() ? time : 0, block, time));
    }
    return new LeaseView(
        id,
        terms,
        block,
        time,
        slots,
        new Funds(amount, time, amount, Wei.ZERO, Wei.ZERO),
        new Scaling(0, time),
        null,
        terms.epochSeconds() == 0 ? null : VolumeView.of(terms.diskMib()),
        block,
        time);
  }

  public LeaseSlotView slot(int number) {
    return slots.get(number);
  }

  public Kind kind() {
    if (volume != null) {
      return Kind.VOLUME;
    }
    return terms.primary().isZero() ? Kind.LEASE : Kind.SERVICE;
  }

  /// What all slots that somebody holds cost together, a second.
  public Wei rate() {
    Wei rate = Wei.ZERO;
    for (LeaseSlotView slot : slots) {
      if (slot.taken()) {
        rate = rate.plus(Wei.of(slot.price()));
      }
    }
    return rate;
  }

  /// Last unix second that escrow and term pay for if nothing changes, or the one at which it was
  /// over.
  public long endsAt() {
    if (ending != null) {
      return ending.at();
    }
    long end = createdAt + terms.termSeconds();
    Wei rate = rate();
    if (rate.isZero()) {
      return end;
    }
    BigInteger funded =
        BigInteger.valueOf(funds.syncedAt()).add(funds.balance().value().divide(rate.value()));
    return funded.min(BigInteger.valueOf(end)).longValueExact();
  }

  public Phase phase(long now) {
    if (ending != null) {
      return Phase.OVER;
    }
    long end = endsAt();
    if (now > end) {
      return Phase.ENDED;
    }
    boolean grace = terms.graceSeconds() > 0 && now >= end - terms.graceSeconds();
    return grace ? Phase.GRACE : Phase.LIVE;
  }

  /// The epoch at unix second `time`, of a volume.
  public long epoch(long time) {
    return (time - createdAt) / terms.epochSeconds();
  }

  /// Before a change of the rate: what was earned so far leaves the balance.
  LeaseView synced(long time) {
    if (ending != null) {
      return this;
    }
    Wei earned = rate().times(Math.max(0, time - funds.syncedAt()));
    return with(
        new Funds(
            OperatorView.less(funds.balance(), earned),
            time,
            funds.deposited(),
            funds.paid(),
            funds.refunded()));
  }

  LeaseView toppedUp(Wei amount) {
    return with(
        new Funds(
            funds.balance().plus(amount),
            funds.syncedAt(),
            funds.deposited().plus(amount),
            funds.paid(),
            funds.refunded()));
  }

  /// @param refund what the slot did not earn
  LeaseView paid(Wei amount, Wei refund) {
    return with(
        new Funds(
            funds.balance(),
            funds.syncedAt(),
            funds.deposited(),
            funds.paid().plus(amount),
            funds.refunded().plus(refund)));
  }

  private LeaseView with(Funds next) {
    return new LeaseView(
        id, terms, block, createdAt, slots, next, scaling, ending, volume, changedBlock, changedAt);
  }

  LeaseView with(LeaseSlotView slot) {
    List<LeaseSlotView> next = new ArrayList<>(slots);
    next.set(slot.slot(), slot);
    return new LeaseView(
        id, terms, block, createdAt, next, funds, scaling, ending, volume, changedBlock, changedAt);
  }

  LeaseView with(Scaling next) {
    return new LeaseView(
        id, terms, block, createdAt, slots, funds, next, ending, volume, changedBlock, changedAt);
  }

  LeaseView with(VolumeView next) {
    return new LeaseView(
        id, terms, block, createdAt, slots, funds, scaling, ending, next, changedBlock, changedAt);
  }

  LeaseView over(Ending how) {
    Funds last =
        new Funds(
            Wei.ZERO,
            how.at(),
            funds.deposited(),
            funds.paid(),
            funds.refunded().plus(how.refund()));
    return new LeaseView(
        id, terms, block, createdAt, slots, last, scaling, how, volume, changedBlock, changedAt);
  }

  LeaseView changed(long block, long time) {
    return new LeaseView(
        id, terms, this.block, createdAt, slots, funds, scaling, ending, volume, block, time);
  }
}
