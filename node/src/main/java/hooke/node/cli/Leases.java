package hooke.node.cli;

import hooke.chain.Address;
import hooke.chain.Wei;
import hooke.node.config.Units;
import hooke.node.market.LeaseSlotView;
import hooke.node.market.LeaseView;
import hooke.node.market.VolumeView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Lease orders, services and volumes among them, as lines for people and as JSON for programs.
final class Leases {
  private static final int ID_DIGITS = 12;
  private static final int SECONDS_PER_HOUR = 3_600;

  private Leases() {}

  /// @param now unix seconds of the newest block
  static Table table(List<LeaseView> leases, long now) {
    Table table = new Table("LEASE", "KIND", "STATE", "HELD", "COSTS", "PAID", "FUNDED UNTIL");
    for (LeaseView lease : leases) {
      table.row(
          lease.id().prefix(ID_DIGITS),
          name(lease.kind()),
          state(lease, now),
          held(lease),
          hourly(cost(lease)),
          lease.funds().paid() + " HKE",
          Instant.ofEpochSecond(lease.endsAt()));
    }
    return table;
  }

  /// Those among the leases that are volumes.
  static Table volumes(List<LeaseView> leases, long now) {
    Table table = new Table("VOLUME", "STATE", "QUOTA", "REPLICAS", "ANCHOR", "FUNDED UNTIL");
    for (LeaseView lease : leases) {
      VolumeView volume = lease.volume();
      if (volume != null) {
        table.row(
            lease.id().prefix(ID_DIGITS),
            state(lease, now),
            Units.showBytes((long) volume.quotaMib() << 20),
            held(lease),
            anchor(volume),
            Instant.ofEpochSecond(lease.endsAt()));
      }
    }
    return table;
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String state(LeaseView lease, long now) {
    return lease.ending() == null ? name(lease.phase(now)) : name(lease.ending().reason());
  }

  private static String held(LeaseView lease) {
    long held = lease.slots().stream().filter(LeaseSlotView::taken).count();
    return "%d of %d".formatted(held, lease.slots().size());
  }

  private static Wei cost(LeaseView lease) {
    return lease.ending() == null ? lease.rate() : Wei.ZERO;
  }

  private static String hourly(Wei perSecond) {
    return perSecond.times(SECONDS_PER_HOUR) + " HKE/h";
  }

  private static String anchor(VolumeView volume) {
    VolumeView.Anchor anchor = volume.anchor();
    return anchor == null
        ? "-"
        : "%d %s, %s"
            .formatted(
                anchor.seq(),
                anchor.commit().prefix(ID_DIGITS),
                anchor.endorsed() ? "endorsed" : "attested");
  }

  static String shown(LeaseView lease, long now) {
    Table head =
        new Table(name(lease.kind()), lease.id().toString())
            .row("state", state(lease, now))
            .row("consumer", lease.terms().consumer())
            .row(
                "ordered",
                "block %d, %s".formatted(lease.block(), Instant.ofEpochSecond(lease.createdAt())))
            .row("costs", hourly(cost(lease)))
            .row(
                "funds",
                "%s HKE came in, %s paid, %s went back"
                    .formatted(
                        lease.funds().deposited(), lease.funds().paid(), lease.funds().refunded()))
            .row(
                lease.ending() == null ? "funded until" : "ended",
                Instant.ofEpochSecond(lease.endsAt()))
            .row("bond", lease.terms().bond() + " HKE a slot")
            .row("spec", lease.terms().spec().toString().substring(2))
            .row(
                "origins",
                "nodes %d, %d".formatted(lease.terms().originA(), lease.terms().originB()));
    if (!lease.terms().primary().isZero()) {
      head.row("controller", lease.terms().primary())
          .row("standby", orNone(lease.terms().standby()))
          .row("limit", lease.terms().hourlyLimit() + " HKE/h")
          .row("scaled", lease.scaling().sequence() + " times");
    }
    VolumeView volume = lease.volume();
    if (volume != null) {
      head.row("quota", Units.showBytes((long) volume.quotaMib() << 20))
          .row("delegate", orNone(volume.delegate()))
          .row("anchor", anchor(volume));
    }
    Table slots =
        new Table("SLOT", "STATE", "OPERATOR", "NODE", "COSTS", "PAID UNTIL", "PROVEN", "BLOCK");
    for (LeaseSlotView slot : lease.slots()) {
      VolumeView.Replica replica = volume == null ? null : volume.replicas().get(slot.slot());
      slots.row(
          slot.slot(),
          name(slot.state()),
          slot.taken() ? slot.operatorId() : "-",
          slot.taken() ? slot.nodeId() : "-",
          slot.taken() ? hourly(Wei.of(slot.price())) : "-",
          slot.taken() ? Instant.ofEpochSecond(slot.paidUntil()) : "-",
          replica == null || replica.provedEpoch() == 0 ? "-" : "epoch " + replica.provedEpoch(),
          slot.block());
    }
    return head + "\n\n" + slots;
  }

  private static String orNone(Address address) {
    return address.isZero() ? "-" : address.toString();
  }

  static Map<String, Object> json(LeaseView lease, long now) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("lease", lease.id());
    json.put("kind", name(lease.kind()));
    json.put("state", state(lease, now));
    json.put("consumer", lease.terms().consumer());
    json.put("block", Long.toString(lease.block()));
    json.put("create_time", Instant.ofEpochSecond(lease.createdAt()));
    json.put("end_time", Instant.ofEpochSecond(lease.endsAt()));
    json.put("rate_wei", cost(lease).value());
    json.put("deposited", lease.funds().deposited());
    json.put("paid", lease.funds().paid());
    json.put("refunded", lease.funds().refunded());
    json.put("bond", lease.terms().bond());
    json.put("spec", lease.terms().spec().toString().substring(2));
    json.put("origins", List.of(lease.terms().originA(), lease.terms().originB()));
    json.put("primary", orNone(lease.terms().primary()));
    json.put("standby", orNone(lease.terms().standby()));
    json.put("hourly_limit", lease.terms().hourlyLimit());
    json.put("scale_seq", lease.scaling().sequence());
    List<Object> slots = new ArrayList<>();
    for (LeaseSlotView slot : lease.slots()) {
      Map<String, Object> each = new LinkedHashMap<>();
      each.put("slot", slot.slot());
      each.put("state", slot.state());
      each.put("operator_id", slot.operatorId());
      each.put("node_id", slot.nodeId());
      each.put("price_wei", Long.toString(slot.price()));
      each.put("paid", slot.paid());
      each.put("version", slot.version());
      each.put("block", Long.toString(slot.block()));
      slots.add(each);
    }
    json.put("slots", slots);
    if (lease.volume() != null) {
      json.put("volume", json(lease.volume()));
    }
    return json;
  }

  private static Map<String, Object> json(VolumeView volume) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("quota_mib", volume.quotaMib());
    json.put("delegate", orNone(volume.delegate()));
    VolumeView.Anchor anchor = volume.anchor();
    if (anchor != null) {
      Map<String, Object> newest = new LinkedHashMap<>();
      newest.put("seq", Long.toString(anchor.seq()));
      newest.put("commit", anchor.commit().toString().substring(2));
      newest.put("leaf_count", Long.toString(anchor.leafCount()));
      newest.put("endorsed", anchor.endorsed());
      newest.put("create_time", Instant.ofEpochSecond(anchor.madeAt()));
      json.put("anchor", newest);
    }
    List<Object> replicas = new ArrayList<>();
    volume.replicas().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> {
          Map<String, Object> each = new LinkedHashMap<>();
          each.put("slot", entry.getKey());
          each.put("first_epoch", Long.toString(entry.getValue().firstEpoch()));
          each.put("proved_epoch", Long.toString(entry.getValue().provedEpoch()));
          replicas.add(each);
        });
    json.put("replicas", replicas);
    return json;
  }
}
