package hooke.node.cli;

import hooke.chain.Address;
import hooke.chain.rpc.BlockRef;
import hooke.node.market.OrderView;
import hooke.node.task.ConsumerChain;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `hooke market`: everybody's orders, straight from the chain.
@Command(
    name = "market",
    description = "Everybody's orders, straight from the chain.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class MarketCommand {
  @Mixin private final Session session;

  MarketCommand(Terminal terminal, Session.Connections connections) {
    session = new Session(terminal, connections);
  }

  @Command(
      name = "list",
      description = "Orders, the newest first.",
      mixinStandardHelpOptions = true)
  int list(
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "50",
              description = "At most so many (default: 50).")
          int limit,
      @Mixin Output output)
      throws InterruptedException {
    try (ConsumerChain chain = session.chain()) {
      chain.sync();
      List<OrderView> orders = chain.market().orders().stream().limit(Math.max(0, limit)).toList();
      session
          .out()
          .println(
              output.json()
                  ? Json.write(orders.stream().map(Orders::json).toList())
                  : Orders.table(orders));
    }
    return 0;
  }

  @Command(name = "show", description = "One order, whole.", mixinStandardHelpOptions = true)
  int show(@Parameters(paramLabel = "ORDER") String id, @Mixin Output output)
      throws InterruptedException {
    try (ConsumerChain chain = session.chain()) {
      chain.sync();
      OrderView order = chain.order(id, Address.ZERO);
      session.out().println(output.json() ? Json.write(Orders.json(order)) : Orders.shown(order));
    }
    return 0;
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
