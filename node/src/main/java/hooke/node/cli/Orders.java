package hooke.node.cli;

import hooke.chain.Wei;
import hooke.node.config.Units;
import hooke.node.market.OrderView;
import hooke.node.market.SlotView;
import hooke.node.spec.UnitPrice;
import hooke.node.task.Proof;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Orders as lines for people and as JSON for programs.
final class Orders {
  private static final int ID_DIGITS = 12;

  private Orders() {}

  static String state(OrderView order) {
    if (order.closed()) {
      return order.closeReason() == null
          ? "closed"
          : order.closeReason().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
    return order.slots().stream().anyMatch(s -> s.operatorId() == 0) ? "open" : "running";
  }

  static Wei paid(OrderView order) {
    Wei paid = Wei.ZERO;
    for (SlotView slot : order.slots()) {
      paid = paid.plus(slot.paid());
    }
    return paid;
  }

  static String proof(OrderView order) {
    return new Proof(order.terms().mode(), order.terms().quorum(), order.terms().slots())
        .toString();
  }

  static Table table(List<OrderView> orders) {
    Table table = new Table("ORDER", "STATE", "VERIFY", "MAX PRICE", "PAID", "NODES", "TIME");
    for (OrderView order : orders) {
      table.row(
          order.id().prefix(ID_DIGITS),
          state(order),
          proof(order),
          new UnitPrice(order.terms().maxPrice()),
          paid(order) + " HKE",
          nodes(order),
          Instant.ofEpochSecond(order.createdAt()));
    }
    return table;
  }

  private static String nodes(OrderView order) {
    List<String> nodes = new ArrayList<>();
    for (SlotView slot : order.slots()) {
      nodes.add(slot.nodeId() == 0 ? "-" : Integer.toString(slot.nodeId()));
    }
    return String.join(",", nodes);
  }

  static String shown(OrderView order) {
    Table head =
        new Table("order", order.id().toString())
            .row("state", state(order))
            .row("consumer", order.terms().consumer())
            .row(
                "ordered",
                "block %d, %s".formatted(order.block(), Instant.ofEpochSecond(order.createdAt())))
            .row("verify", proof(order))
            .row("fuel limit", Units.showFuel(order.terms().fuelLimit()))
            .row(
                "price",
                "from %s to %s"
                    .formatted(
                        new UnitPrice(order.terms().startPrice()),
                        new UnitPrice(order.terms().maxPrice())))
            .row("escrow", order.terms().escrow() + " HKE")
            .row("paid", paid(order) + " HKE")
            .row("refund", order.refund() + " HKE")
            .row("spec", order.terms().spec().toString().substring(2))
            .row(
                "origins",
                "nodes %d, %d".formatted(order.terms().originA(), order.terms().originB()));
    if (!order.resultRoot().isZero()) {
      head.row("result", order.resultRoot().toString().substring(2));
    }
    Table slots = new Table("SLOT", "STATE", "NODE", "PRICE", "FUEL", "PAID", "HELD", "BLOCK");
    for (SlotView slot : order.slots()) {
      slots.row(
          slot.slot(),
          slot.state().name().toLowerCase(Locale.ROOT),
          slot.nodeId() == 0 ? "-" : slot.nodeId(),
          slot.price() == 0 ? "-" : new UnitPrice(slot.price()),
          Units.showFuel(slot.fuel()),
          slot.paid(),
          slot.held(),
          slot.block());
    }
    return head + "\n\n" + slots;
  }

  static Map<String, Object> json(OrderView order) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("order", order.id());
    json.put("state", state(order));
    json.put("consumer", order.terms().consumer());
    json.put("block", Long.toString(order.block()));
    json.put("create_time", Instant.ofEpochSecond(order.createdAt()));
    json.put("verify", proof(order));
    json.put("fuel_limit", Long.toString(order.terms().fuelLimit()));
    json.put("start_price_wei", Long.toString(order.terms().startPrice()));
    json.put("max_price_wei", Long.toString(order.terms().maxPrice()));
    json.put("escrow", order.terms().escrow());
    json.put("paid", paid(order));
    json.put("refund", order.refund());
    json.put("spec", order.terms().spec().toString().substring(2));
    json.put("origins", List.of(order.terms().originA(), order.terms().originB()));
    json.put(
        "result_root",
        order.resultRoot().isZero() ? "" : order.resultRoot().toString().substring(2));
    List<Object> slots = new ArrayList<>();
    for (SlotView slot : order.slots()) {
      Map<String, Object> each = new LinkedHashMap<>();
      each.put("slot", slot.slot());
      each.put("state", slot.state());
      each.put("node_id", slot.nodeId());
      each.put("operator_id", slot.operatorId());
      each.put("price_wei", Long.toString(slot.price()));
      each.put("fuel", Long.toString(slot.fuel()));
      each.put("paid", slot.paid());
      each.put("held", slot.held());
      each.put("block", Long.toString(slot.block()));
      slots.add(each);
    }
    json.put("slots", slots);
    return json;
  }
}
