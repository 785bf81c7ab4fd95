package hooke.node.rpc;

import com.google.protobuf.Duration;
import hooke.chain.Address;
import hooke.chain.Wei;
import hooke.chain.contract.LeaseTerms;
import hooke.node.market.LeaseSlotView;
import hooke.node.market.LeaseView;
import hooke.node.market.VolumeView;
import hooke.node.task.TaskBuyer;
import hooke.v1.Anchor;
import hooke.v1.Draw;
import hooke.v1.Lease;
import hooke.v1.LeaseSlot;
import hooke.v1.Replica;
import hooke.v1.Resources;
import hooke.v1.Volume;
import java.util.Optional;

/// Lease orders and volumes as `hooke.v1` writes them.
final class LeaseWire {
  private LeaseWire() {}

  static Lease.State state(LeaseView view, long now) {
    return Lease.State.valueOf(view.phase(now).name());
  }

  static Lease.Kind kind(LeaseView view) {
    return switch (view.kind()) {
      case LEASE -> Lease.Kind.PLAIN;
      case SERVICE -> Lease.Kind.SERVICE;
      case VOLUME -> Lease.Kind.VOLUME;
    };
  }

  static Lease lease(LeaseView view, long now) {
    Lease.Builder lease =
        Lease.newBuilder()
            .setName("leases/" + view.id())
            .setState(state(view, now))
            .setKind(kind(view))
            .setTerms(terms(view.terms()))
            .setRateWei(wei(view.ending() == null ? view.rate() : Wei.ZERO))
            .setBalanceWei(wei(view.funds().balance()))
            .setBalanceTime(Times.seconds(view.funds().syncedAt()))
            .setDepositedWei(wei(view.funds().deposited()))
            .setPaidWei(wei(view.funds().paid()))
            .setRefundedWei(wei(view.funds().refunded()))
            .setEndTime(Times.seconds(view.endsAt()))
            .setScaleSeq(view.scaling().sequence())
            .setPrimaryActiveTime(Times.seconds(view.scaling().primaryAt()))
            .setBlock(view.block())
            .setCreateTime(Times.seconds(view.createdAt()));
    if (view.ending() != null) {
      lease.setEndReason(view.ending().reason().name()).setEndCode(view.ending().code());
    }
    view.slots().forEach(slot -> lease.addSlots(slot(slot)));
    return lease.build();
  }

  private static LeaseSlot slot(LeaseSlotView view) {
    LeaseSlot.Builder slot =
        LeaseSlot.newBuilder()
            .setSlot(view.slot())
            .setState(LeaseSlot.State.valueOf(view.state().name()))
            .setOperatorId(view.operatorId())
            .setNodeId(view.nodeId())
            .setPrice(view.price())
            .setResources(resources(view.cpuMillis(), view.memoryMib(), view.diskMib()))
            .setVersion(view.version())
            .setPaidWei(wei(view.paid()));
    switch (view.state()) {
      case VACANT -> {}
      case OPEN -> slot.setOpenTime(Times.seconds(view.openedAt()));
      case LEASED, SUMMONED -> slot.setPaidUntilTime(Times.seconds(view.paidUntil()));
    }
    if (view.leaveAt() != 0) {
      slot.setLeaveTime(Times.seconds(view.leaveAt()));
    }
    if (view.state() == hooke.chain.contract.LeaseSlotState.SUMMONED) {
      slot.setSummonTime(Times.seconds(view.summonedUntil()));
    }
    return slot.build();
  }

  private static hooke.v1.LeaseTerms terms(LeaseTerms terms) {
    hooke.v1.LeaseTerms.Builder wire =
        hooke.v1.LeaseTerms.newBuilder()
            .setConsumer(Wire.address(terms.consumer()))
            .setNonce(terms.nonce())
            .setSpec(Wire.root(terms.spec()))
            .setResources(resources(terms.cpuMillis(), terms.memoryMib(), terms.diskMib()))
            .setStartPrice(terms.startPrice())
            .setMaxPrice(terms.maxPrice())
            .setRamp(seconds(terms.rampSeconds()))
            .setMinSlots(terms.minSlots())
            .setMaxSlots(terms.maxSlots())
            .setDistinct(terms.distinct())
            .setTerm(seconds(terms.termSeconds()))
            .setNotice(seconds(terms.noticeSeconds()))
            .setAnswer(seconds(terms.answerSeconds()))
            .setBondWei(wei(terms.bond()))
            .setMinStakeWei(wei(terms.minStake()))
            .addAllAllowedOperatorIds(TaskBuyer.unpacked(terms.allow()))
            .setPrimaryController(addressOrNone(terms.primary()))
            .setStandbyController(addressOrNone(terms.standby()))
            .setTakeover(seconds(terms.takeoverSeconds()))
            .setHourlyLimitWei(wei(terms.hourlyLimit()))
            .setGrace(seconds(terms.graceSeconds()))
            .setDrawOneIn(terms.drawOneIn())
            .setRepairEpochs(terms.repairEpochs());
    if (terms.epochSeconds() != 0) {
      wire.setEpoch(seconds(terms.epochSeconds()));
    }
    if (!terms.exclusiveKey().isZero()) {
      wire.setExclusiveKey(terms.exclusiveKey().toString());
    }
    if (terms.originA() != 0) {
      wire.addOriginNodeIds(terms.originA());
    }
    if (terms.originB() != 0) {
      wire.addOriginNodeIds(terms.originB());
    }
    return wire.build();
  }

  static Volume.State volumeState(LeaseView view, long now) {
    return Volume.State.valueOf(view.phase(now).name());
  }

  /// Empty when the order is no volume.
  static Optional<Volume> volume(LeaseView lease, long now) {
    VolumeView view = lease.volume();
    if (view == null) {
      return Optional.empty();
    }
    Volume.Builder volume =
        Volume.newBuilder()
            .setName("volumes/" + lease.id())
            .setLease("leases/" + lease.id())
            .setState(volumeState(lease, now))
            .setOwner(Wire.address(lease.terms().consumer()))
            .setDelegate(addressOrNone(view.delegate()))
            .setQuotaMib(view.quotaMib())
            .setDrawableFromEpoch(view.drawableFrom())
            .setEndTime(Times.seconds(lease.endsAt()))
            .setBlock(lease.block())
            .setCreateTime(Times.seconds(lease.createdAt()));
    lease.slots().forEach(slot -> volume.addReplicas(replica(slot, view)));
    if (view.anchor() != null) {
      volume.setAnchor(anchor(view.anchor()));
    }
    if (view.draw() != null) {
      Draw.Builder draw =
          Draw.newBuilder().setEpoch(view.draw().epoch()).setSeedBlock(view.draw().seedBlock());
      if (view.draw().seed() != null) {
        draw.setSeed(view.draw().seed().toString());
      }
      volume.setDraw(draw);
    }
    return Optional.of(volume.build());
  }

  private static Replica replica(LeaseSlotView slot, VolumeView volume) {
    VolumeView.Replica held = volume.replicas().get(slot.slot());
    Replica.Builder replica =
        Replica.newBuilder()
            .setSlot(slot.slot())
            .setOperatorId(slot.operatorId())
            .setNodeId(slot.nodeId())
            .setState(
                switch (slot.state()) {
                  case VACANT -> Replica.State.VACANT;
                  case OPEN -> Replica.State.OPEN;
                  case LEASED, SUMMONED ->
                      held == null || held.provedEpoch() == 0
                          ? Replica.State.UNPROVEN
                          : Replica.State.PROVEN;
                });
    if (held != null) {
      replica.setFirstEpoch(held.firstEpoch()).setProvedEpoch(held.provedEpoch());
    }
    return replica.build();
  }

  private static Anchor anchor(VolumeView.Anchor view) {
    Anchor.Builder anchor =
        Anchor.newBuilder()
            .setSeq(view.seq())
            .setCommit(Wire.root(view.commit()))
            .setLeafCount(view.leafCount())
            .setEndorsed(view.endorsed())
            .setCreateTime(Times.seconds(view.madeAt()));
    for (int slot = 0; slot < view.signers().bitLength(); slot++) {
      if (view.signers().testBit(slot)) {
        anchor.addSignerSlots(slot);
      }
    }
    return anchor.build();
  }

  private static Resources resources(int cpuMillis, int memoryMib, int diskMib) {
    return Resources.newBuilder()
        .setCpuMillis(cpuMillis)
        .setMemoryMib(memoryMib)
        .setDiskMib(diskMib)
        .build();
  }

  private static String addressOrNone(Address address) {
    return address.isZero() ? "" : Wire.address(address);
  }

  private static String wei(Wei amount) {
    return amount.value().toString();
  }

  private static Duration seconds(int seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }
}
