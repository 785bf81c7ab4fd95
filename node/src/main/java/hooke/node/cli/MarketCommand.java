package hooke.node.cli;

import hooke.chain.Address;
import hooke.chain.rpc.BlockRef;
import hooke.node.market.LeaseView;
import hooke.node.market.MandateView;
import hooke.node.market.MarketState;
import hooke.node.market.OrderView;
import hooke.node.task.ConsumerChain;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `hooke market`: everybody's orders, leases, volumes and mandates, straight from the chain.
@Command(
    name = "market",
    description = "Everybody's orders, leases, volumes and mandates, straight from the chain.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class MarketCommand {
  private static final String MANDATES = "mandates/";

  @Mixin private final Session session;

  MarketCommand(Terminal terminal, Session.Connections connections) {
    session = new Session(terminal, connections);
  }

  /// What a list is of.
  enum Kind {
    orders,
    leases,
    volumes,
    mandates
  }

  @Command(
      name = "list",
      description = "Orders, leases, volumes or mandates, the newest first.",
      mixinStandardHelpOptions = true)
  int list(
      @Option(
              names = "--kind",
              paramLabel = "KIND",
              defaultValue = "orders",
              description = "${COMPLETION-CANDIDATES} (default: orders).")
          Kind kind,
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "50",
              description = "At most so many (default: 50).")
          int limit,
      @Mixin Output output)
      throws InterruptedException {
    try (ConsumerChain chain = session.chain()) {
      long now = chain.sync().timestamp();
      int most = Math.max(0, limit);
      MarketState market = chain.market();
      switch (kind) {
        case orders ->
            print(output, market.newestOrders().limit(most), Orders::json, Orders::table);
        case leases ->
            print(
                output,
                market.newestLeases().limit(most),
                lease -> Leases.json(lease, now),
                leases -> Leases.table(leases, now));
        case volumes ->
            print(
                output,
                market.newestLeases().filter(lease -> lease.volume() != null).limit(most),
                lease -> Leases.json(lease, now),
                leases -> Leases.volumes(leases, now));
        case mandates ->
            print(
                output,
                market.newestMandates().limit(most),
                mandate -> Mandates.json(mandate, now),
                mandates -> Mandates.table(mandates, now));
      }
    }
    return 0;
  }

  private <V> void print(
      Output output,
      Stream<V> views,
      Function<V, Map<String, Object>> json,
      Function<List<V>, Table> table) {
    session
        .out()
        .println(
            output.json() ? Json.write(views.map(json).toList()) : table.apply(views.toList()));
  }

  @Command(
      name = "show",
      description = "One order, lease, volume or mandate, whole.",
      mixinStandardHelpOptions = true)
  int show(
      @Parameters(
              paramLabel = "ID",
              description =
                  "Digits that the id of an order, lease or volume begins with, or mandates/N.")
          String id,
      @Mixin Output output)
      throws InterruptedException {
    try (ConsumerChain chain = session.chain()) {
      long now = chain.sync().timestamp();
      if (id.startsWith(MANDATES)) {
        MandateView mandate = mandate(chain, id);
        print(output, Mandates.json(mandate, now), Mandates.shown(mandate, now));
        return 0;
      }
      List<LeaseView> leases = chain.leases(id);
      if (leases.isEmpty()) {
        OrderView order = chain.order(id, Address.ZERO);
        print(output, Orders.json(order), Orders.shown(order));
        return 0;
      }
      if (leases.size() > 1 || chain.isOrder(id)) {
        throw new CliException(
            ExitCode.USAGE, "more than one order or lease begins with " + id, "give more digits");
      }
      LeaseView lease = leases.getFirst();
      print(output, Leases.json(lease, now), Leases.shown(lease, now));
    }
    return 0;
  }

  private void print(Output output, Map<String, Object> json, String text) {
    session.out().println(output.json() ? Json.write(json) : text);
  }

  private static MandateView mandate(ConsumerChain chain, String name) {
    try {
      return chain
          .market()
          .mandate(Integer.parseInt(name.substring(MANDATES.length())))
          .orElseThrow(() ->
              new CliException(
                  ExitCode.NO_INPUT,
                  "there is no mandate " + name.substring(MANDATES.length()),
                  "see: hooke market list --kind mandates"));
    } catch (NumberFormatException e) {
      throw new CliException(
          ExitCode.USAGE, "'%s' is no mandate".formatted(name), "write: mandates/7");
    }
  }

  @Command(
      name = "watch",
      description = "Every change of every order, until ^C.",
      mixinStandardHelpOptions = true)
  int watch() throws InterruptedException {
    try (ConsumerChain chain = session.chain()) {
      BlockRef head = chain.sync();
      chain.onChange(change ->
          session
              .out()
              .println(
                  "%8d  %s  %-12s %s"
                      .formatted(
                          change.block(),
                          change.order().id().prefix(12),
                          Orders.state(change.order()),
                          Orders.proof(change.order()))));
      while (!Thread.currentThread().isInterrupted()) {
        head = chain.syncAfter(head, Duration.ofSeconds(5));
      }
    }
    return 0;
  }
}
