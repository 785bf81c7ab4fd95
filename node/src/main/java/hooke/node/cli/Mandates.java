package hooke.node.cli;

import hooke.node.market.MandateView;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Mandates as lines for people and as JSON for programs.
final class Mandates {
  private static final int ID_DIGITS = 12;

  private Mandates() {}

  /// @param now unix seconds of the newest block
  static Table table(List<MandateView> mandates, long now) {
    Table table = new Table("MANDATE", "STATE", "OWNER", "AGENT", "BUDGET", "SPENT", "ORDERS");
    for (MandateView mandate : mandates) {
      table.row(
          mandate.number(),
          state(mandate, now),
          mandate.owner(),
          mandate.agent(),
          mandate.budget() + " HKE",
          mandate.spent() + " HKE",
          mandate.orders());
    }
    return table;
  }

  private static String state(MandateView mandate, long now) {
    return mandate.phase(now).name().toLowerCase(Locale.ROOT);
  }

  static String shown(MandateView mandate, long now) {
    return new Table("mandate", Integer.toString(mandate.number()))
        .row("state", state(mandate, now))
        .row("owner", mandate.owner())
        .row("agent", mandate.agent())
        .row("from", Instant.ofEpochSecond(mandate.from()))
        .row("until", Instant.ofEpochSecond(mandate.until()))
        .row("budget", mandate.budget() + " HKE left, spent " + mandate.spent())
        .row("templates", mandate.root().toString())
        .row(
            "orders",
            mandate.lastOrder() == null
                ? "0"
                : "%d, the last %s"
                    .formatted(mandate.orders(), mandate.lastOrder().prefix(ID_DIGITS)))
        .row(
            "opened",
            "block %d, %s".formatted(mandate.block(), Instant.ofEpochSecond(mandate.createdAt())))
        .toString();
  }

  static Map<String, Object> json(MandateView mandate, long now) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("mandate", mandate.number());
    json.put("state", state(mandate, now));
    json.put("owner", mandate.owner());
    json.put("agent", mandate.agent());
    json.put("template_root", mandate.root());
    json.put("start_time", Instant.ofEpochSecond(mandate.from()));
    json.put("end_time", Instant.ofEpochSecond(mandate.until()));
    json.put("budget", mandate.budget());
    json.put("spent", mandate.spent());
    json.put("orders", mandate.orders());
    json.put("last_order", mandate.lastOrder() == null ? "" : mandate.lastOrder().toString());
    json.put("block", Long.toString(mandate.block()));
    json.put("create_time", Instant.ofEpochSecond(mandate.createdAt()));
    return json;
  }
}
