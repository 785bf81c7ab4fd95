package hooke.node.cli;

import hooke.chain.Address;
import hooke.chain.Wei;
import hooke.chain.rpc.ExecutionReverted;
import hooke.chain.wallet.Wallet;
import hooke.node.task.Answer;
import hooke.node.task.ConsumerChain;
import hooke.node.task.PreparedTask;
import hooke.node.task.Quote;
import hooke.node.task.TaskBuyer;
import hooke.node.task.TaskDraft;
import hooke.node.task.TaskFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `hooke quote`: what a task would cost and who would take it. Sends nothing.
@Command(
    name = "quote",
    description = "What a task would cost and who would take it; pays and sends nothing.",
    mixinStandardHelpOptions = true)
final class QuoteCommand implements Callable<Integer> {
  /// Gas of a whole order, all parties, as the contracts' own figures say: attended, and for each
  /// slot of a quorum.
  private static final long ATTENDED_GAS = 300_000;

  private static final long QUORUM_SLOT_GAS = 235_000;

  @Mixin private final Session session;
  @Mixin private final Output output = new Output();

  @Parameters(paramLabel = "TASK.yaml")
  private String file = "";

  QuoteCommand(Terminal terminal, Session.Connections connections) {
    session = new Session(terminal, connections);
  }

  @Override
  public Integer call() throws InterruptedException {
    TaskDraft draft = TaskFile.read(session.path(file));
    Optional<PreparedTask> sketch = session.sketched(draft);
    if (sketch.isPresent()) {
      // What nobody would take need not be read.
      try (PreparedTask unread = sketch.get()) {
        OptionalInt refused = quote(unread, true);
        if (refused.isPresent()) {
          return refused.getAsInt();
        }
      }
    }
    try (PreparedTask task = session.prepared(draft)) {
      return quote(task, false).orElseThrow();
    }
  }

  /// Prints what nodes say.
  ///
  /// @param unread whether to print a refusal only
  /// @return the exit code; empty when nothing was printed
  private OptionalInt quote(PreparedTask task, boolean unread) throws InterruptedException {
    try (ConsumerChain chain = session.chain()) {
      Wallet stranger = Wallet.random();
      boolean known = !session.home().walletAccounts().isEmpty();
      Address account = known ? session.account() : stranger.address();
      TaskBuyer buyer = new TaskBuyer(chain, session.nodes(stranger), account, session::progress);
      Quote quote = buyer.quote(task);
      if (unread && quote.filled()) {
        return OptionalInt.empty();
      }
      OptionalLong order =
          buyer.missing(quote).isZero() ? orderGas(chain, quote, account) : OptionalLong.empty();
      Wei uploads = quote.filled() ? buyer.uploadCost(task, quote) : Wei.ZERO;
      session
          .out()
          .println(
              output.json()
                  ? Json.write(json(quote, order, uploads))
                  : text(quote, order, uploads));
      return OptionalInt.of(quote.filled() ? 0 : ExitCode.MARKET_SAID_NO.number());
    }
  }

  /// Gas of the consumer's own transaction, as the chain estimates it now; empty where it would
  /// refuse the order as it stands.
  private static OptionalLong orderGas(ConsumerChain chain, Quote quote, Address account) {
    try {
      return OptionalLong.of(chain.gas(chain.contract().order(quote.terms()), account));
    } catch (ExecutionReverted e) {
      return OptionalLong.empty();
    }
  }

  private static long gas(Quote quote) {
    return switch (quote.terms().mode()) {
      case ATTENDED, OPTIMISTIC -> ATTENDED_GAS;
      case QUORUM -> QUORUM_SLOT_GAS * quote.terms().slots();
    };
  }

  private static String text(Quote quote, OptionalLong order, Wei uploads) {
    StringBuilder text = new StringBuilder();
    Table answers = new Table("NODE", "PROVIDER", "FLOOR", "WOULD BID", "WHY NOT");
    for (Answer answer : quote.answers()) {
      switch (answer) {
        case Answer.Offers o ->
            answers.row(o.node().id(), o.node().operatorId(), o.floor(), bid(o), "");
        case Answer.Declines d ->
            answers.row(
                d.node().id(),
                d.node().operatorId(),
                d.floor().wei() > 0 ? d.floor() : "-",
                "-",
                d.why());
        case Answer.Silent s ->
            answers.row(s.node().id(), s.node().operatorId(), "-", "-", s.why());
      }
    }
    text.append(answers).append("\n\n");
    if (quote.filled()) {
      text.append(
          new Table("price", quote.price() + (quote.automatic() ? " (from the offers)" : ""))
              .row("locks", quote.escrow() + " HKE until it is settled")
              .row(
                  "files",
                  uploads.isZero()
                      ? "kept at no price"
                      : "about %s HKE for keeping them at two nodes, by voucher, if an upload budget allows it; or deposit more"
                          .formatted(uploads))
              .row(
                  "gas",
                  "%s; at most about %,d of all parties together"
                      .formatted(
                          order.isPresent()
                              ? "%,d for your order, as the chain estimates it"
                                  .formatted(order.getAsLong())
                              : "no estimate for your order: the vault lacks its money, or the law would refuse it",
                          gas(quote))));
    } else {
      text.append(
          "%d of %d needed operators would take it; nothing was sent"
              .formatted(quote.operators(), quote.needed()));
    }
    return text.toString();
  }

  private static String bid(Answer.Offers offer) {
    return offer.delay().isZero()
        ? offer.price().toString()
        : "%s after %d s".formatted(offer.price(), offer.delay().toSeconds());
  }

  private static Map<String, Object> json(Quote quote, OptionalLong order, Wei uploads) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("filled", quote.filled());
    json.put("max_price_wei", Long.toString(quote.terms().maxPrice()));
    json.put("start_price_wei", Long.toString(quote.terms().startPrice()));
    json.put("ramp_seconds", quote.terms().rampSeconds());
    json.put("automatic_price", quote.automatic());
    json.put("escrow", quote.escrow());
    json.put("uploads", uploads);
    json.put("gas", Long.toString(gas(quote)));
    if (order.isPresent()) {
      json.put("order_gas", Long.toString(order.getAsLong()));
    }
    List<Object> answers = new ArrayList<>();
    for (Answer answer : quote.answers()) {
      Map<String, Object> each = new LinkedHashMap<>();
      each.put("node_id", answer.node().id());
      each.put("operator_id", answer.node().operatorId());
      if (answer instanceof Answer.Offers o) {
        each.put("floor_wei", Long.toString(o.floor().wei()));
        each.put("price_wei", Long.toString(o.price().wei()));
        each.put("delay_seconds", o.delay().toSeconds());
      } else {
        each.put("why", answer.why());
      }
      answers.add(each);
    }
    json.put("nodes", answers);
    return json;
  }
}
