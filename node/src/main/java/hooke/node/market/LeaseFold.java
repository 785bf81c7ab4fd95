package hooke.node.market;

import hooke.chain.contract.LawEvent;
import java.util.Optional;

/// Lease orders, services and volumes among them, and what they do to their providers' bonds and
/// counters.
final class LeaseFold {
  private final UndoLog undo;
  private final ProviderFold providers;
  private final NewestFirst<LeaseView> leases = new NewestFirst<>(LeaseView::id, LeaseView::block);

  LeaseFold(UndoLog undo, ProviderFold providers) {
    this.undo = undo;
    this.providers = providers;
  }

  NewestFirst<LeaseView> leases() {
    return leases;
  }

  void apply(LawEvent.OfLease event, long time) {
    long block = event.at().block();
    if (event instanceof LawEvent.LeaseOrdered e) {
      put(LeaseView.ordered(e.order(), e.terms(), e.amount(), block, time));
      return;
    }
    LeaseView lease = leases.get(event.order()).orElse(null);
    if (lease == null) {
      return;
    }
    LeaseView after =
        switch (event) {
          case LawEvent.LeaseOrdered ignored -> lease; // handled above
          case LawEvent.LeaseToppedUp e -> lease.toppedUp(e.amount());
          case LawEvent.Scaled e ->
              lease.with(
                  new LeaseView.Scaling(
                      e.scaleSeq(),
                      e.by().equals(lease.terms().primary()) ? time : lease.scaling().primaryAt()));
          case LawEvent.LeaseOrderOver e ->
              lease.over(new LeaseView.Ending(e.reason(), e.code(), e.refund(), e.endedAt()));
          case LawEvent.OfLeaseSlot e -> changedSlot(lease, e, time);
          case LawEvent.OfVolume e -> changedVolume(lease, e, time);
        };
    put(after.changed(block, time));
  }

  private void put(LeaseView lease) {
    Optional<LeaseView> before = leases.get(lease.id());
    leases.show(lease);
    undo.add(() -> before.ifPresentOrElse(leases::show, () -> leases.hide(lease)));
  }

  private LeaseView changedSlot(LeaseView lease, LawEvent.OfLeaseSlot event, long time) {
    if (event.slot() >= lease.slots().size()) {
      return lease;
    }
    long block = event.at().block();
    LeaseSlotView slot = lease.slot(event.slot());
    return switch (event) {
      case LawEvent.SlotOpened ignored ->
          lease.with(
              LeaseSlotView.free(slot.slot(), lease.terms(), slot.version(), time, block, time));
      case LawEvent.SlotWithdrawn ignored ->
          lease.with(
              LeaseSlotView.free(slot.slot(), lease.terms(), slot.version() + 1, 0, block, time));
      case LawEvent.Leased e -> leased(lease, slot, e, time);
      case LawEvent.LeasePaid e -> {
        providers.change(e.operatorId(), o -> o.leased(e.paid()));
        yield lease
            .paid(e.paid(), e.refunded())
            .with(slot.paid(e.paid(), e.paidUntil(), block, time));
      }
      case LawEvent.NoticeGiven e -> lease.with(slot.leaving(e.leaveAt(), block, time));
      case LawEvent.Summoned e -> lease.with(slot.summoned(e.deadline(), block, time));
      case LawEvent.Appeared ignored -> lease.with(slot.appeared(block, time));
      case LawEvent.LeaseResized e ->
          lease.synced(time).with(slot.resized(e.resize(), e.version(), block, time));
      case LawEvent.LeaseMoved e -> lease.with(slot.moved(e.nodeId(), e.version(), block, time));
      case LawEvent.LeaseEnded e -> ended(lease, slot, e, time);
    };
  }

  private LeaseView leased(LeaseView lease, LeaseSlotView slot, LawEvent.Leased e, long time) {
    providers.change(
        e.operatorId(), o -> o.withLeaseBonds(o.leaseBonds().plus(lease.terms().bond())));
    VolumeView volume = lease.volume();
    int diskMib = volume == null ? slot.diskMib() : volume.quotaMib();
    LeaseView taken =
        lease
            .synced(time)
            .with(
                slot.leased(
                    e.operatorId(),
                    e.nodeId(),
                    e.price(),
                    e.version(),
                    diskMib,
                    e.at().block(),
                    time));
    return volume == null
        ? taken
        : taken.with(
            volume.withReplica(
                slot.slot(),
                new VolumeView.Replica(lease.epoch(time) + 1 + lease.terms().repairEpochs(), 0)));
  }

  private LeaseView ended(LeaseView lease, LeaseSlotView slot, LawEvent.LeaseEnded e, long time) {
    boolean lost =
        switch (e.how()) {
          case CLOSED, LEFT, ORDER_OVER -> false;
          case ABANDONED, DEFAULTED, EVICTED -> true;
        };
    providers.change(
        e.operatorId(),
        o -> {
          OperatorView freed =
              o.withLeaseBonds(OperatorView.less(o.leaseBonds(), lease.terms().bond()));
          return lost ? freed.broke(e.burned()) : freed;
        });
    LeaseView left =
        lease
            .synced(time)
            .with(
                LeaseSlotView.free(
                    slot.slot(), lease.terms(), slot.version(), 0, e.at().block(), time));
    return lease.volume() == null ? left : left.with(lease.volume().withReplica(slot.slot(), null));
  }

  private static LeaseView changedVolume(LeaseView lease, LawEvent.OfVolume event, long time) {
    VolumeView volume = lease.volume();
    if (volume == null) {
      return lease;
    }
    return lease.with(
        switch (event) {
          case LawEvent.Anchored e ->
              volume.anchored(
                  new VolumeView.Anchor(
                      e.commit(), e.seq(), e.leafCount(), time, e.endorsed(), e.signers()),
                  lease.epoch(time));
          case LawEvent.Endorsed e -> volume.endorsed(e.seq());
          case LawEvent.DelegateSet e -> volume.withDelegate(e.delegate());
          case LawEvent.QuotaSet e -> volume.withQuota(e.quotaMib());
          case LawEvent.Drawn e -> volume.drawn(e.epoch(), e.seedBlock());
          case LawEvent.Sealed e -> volume.drawSealed(e.epoch(), e.seed());
          case LawEvent.Proven e -> volume.proven(e.slot(), e.epoch());
        });
  }
}
