package hooke.node.task;

import hooke.chain.Address;
import hooke.chain.Wei;
import hooke.chain.contract.Tab;
import hooke.chain.eip712.SignedVoucher;
import hooke.chain.eip712.Voucher;
import hooke.chain.tx.TxResult;
import hooke.chain.wallet.Signer;
import hooke.node.market.NodeView;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// Puts a task's files at its origins: two nodes of different operators, from which bidders fetch
/// them, so that their owner may leave. What a node does not keep at no price is paid by voucher,
/// as far as the order's budget for uploads goes. What can be lost to an origin that lies is what
/// its tab holds, and a tab gets no more than is asked here.
final class Origins {
  private static final int WANTED = 2;

  private final ConsumerChain chain;
  private final ProviderNode.Connector nodes;
  private final Signer signer;
  private final Consumer<String> progress;

  /// @param progress told each step in words
  Origins(
      ConsumerChain chain, ProviderNode.Connector nodes, Signer signer, Consumer<String> progress) {
    this.chain = chain;
    this.nodes = nodes;
    this.signer = signer;
    this.progress = progress;
  }

  /// Uploads, and tries to fetch back.
  ///
  /// @param keep until when the files must stay there
  /// @return node numbers, one or two
  /// @throws TaskException if no node took them
  List<Integer> take(PreparedTask task, Quote quote, Instant keep) throws InterruptedException {
    List<Integer> origins = new ArrayList<>();
    Set<Integer> operators = new HashSet<>();
    List<TaskException> failures = new ArrayList<>();
    StringBuilder why = new StringBuilder();
    Wei budget = task.draft().uploadBudget();
    for (NodeView node : candidates(quote)) {
      if (origins.size() == WANTED || !operators.add(node.operatorId())) {
        continue;
      }
      try (ProviderNode provider = nodes.connect(node)) {
        Wei spent = upload(provider, node, task.blobs(), keep, budget, quote.escrow());
        budget = budget.minus(spent);
        for (LocalBlob blob : task.blobs()) {
          tryFetch(provider, blob);
        }
        origins.add(node.id());
        progress.accept(
            "uploaded %d blobs to node %d (%s)%s"
                .formatted(
                    task.blobs().size(),
                    node.id(),
                    node.profile().endpoint(),
                    spent.isZero() ? "" : ", paid " + spent + " HKE by voucher"));
      } catch (TaskException e) {
        if (e.code() == TaskException.Code.INPUT_CHANGED) {
          throw e;
        }
        operators.remove(node.operatorId());
        failures.add(e);
        why.append("\n  node ").append(node.id()).append(": ").append(e.getMessage());
      }
    }
    if (origins.isEmpty()) {
      throw nobody(failures, why.toString());
    }
    if (origins.size() < WANTED) {
      progress.accept("only one operator holds the files: no second one could take them" + why);
    }
    return origins;
  }

  private static TaskException nobody(List<TaskException> failures, String why) {
    Optional<TaskException> funds =
        failures.stream().filter(e -> e.code() == TaskException.Code.NO_FUNDS).findFirst();
    return new TaskException(
        funds.map(TaskException::code).orElse(TaskException.Code.UNREACHABLE),
        "no node took the task's files:" + why,
        "nothing was ordered; " + funds.map(TaskException::hint).orElse("try later"));
  }

  /// Those that would bid first, then those that could be reached at least.
  private static List<NodeView> candidates(Quote quote) {
    List<NodeView> candidates = new ArrayList<>();
    quote.offers().forEach(offer -> candidates.add(offer.node()));
    for (Answer answer : quote.answers()) {
      if (answer instanceof Answer.Declines) {
        candidates.add(answer.node());
      }
    }
    return candidates;
  }

  private record Asked(LocalBlob blob, UploadOffer offer) {}

  /// @param budget what may be spent for it
  /// @param escrow what must stay free for the order
  /// @return what was spent
  private Wei upload(
      ProviderNode provider,
      NodeView node,
      List<LocalBlob> blobs,
      Instant keep,
      Wei budget,
      Wei escrow)
      throws InterruptedException {
    List<Asked> asked = new ArrayList<>();
    for (LocalBlob blob : blobs) {
      provider.upload(blob, keep).ifPresent(offer -> asked.add(new Asked(blob, offer)));
    }
    if (asked.isEmpty()) {
      return Wei.ZERO;
    }
    UploadOffer first = asked.getFirst().offer();
    Wei promised = first.total().minus(first.cost().min(first.total()));
    Wei cost = asked.stream().map(a -> a.offer().cost()).reduce(Wei.ZERO, Wei::plus);
    Wei spent = openTab(node, promised.plus(cost), cost, budget, escrow);
    Wei total = promised;
    for (Asked each : asked) {
      total = total.plus(each.offer().cost());
      Voucher voucher = new Voucher(signer.address(), node.operatorId(), total);
      provider.upload(
          each.blob(),
          keep,
          new SignedVoucher(voucher, voucher.sign(chain.contract().domain(), signer).data()));
    }
    return spent;
  }

  /// Sees to it that the tab covers vouchers for `total` in all.
  ///
  /// @return what this costs at most: what is asked, or what had to be locked where that is more
  private Wei openTab(NodeView node, Wei total, Wei cost, Wei budget, Wei escrow)
      throws InterruptedException {
    Address consumer = signer.address();
    Tab tab = chain.contract().tabOf(consumer, node.operatorId());
    Wei covered = tab.redeemed().plus(tab.balance());
    Wei lacking = total.compareTo(covered) > 0 ? total.minus(covered) : Wei.ZERO;
    Wei needed = lacking.compareTo(cost) > 0 ? lacking : cost;
    if (needed.compareTo(budget) > 0) {
      throw new TaskException(
          TaskException.Code.NO_FUNDS,
          "it asks %s HKE for keeping the task's files%s"
              .formatted(
                  needed,
                  budget.isZero()
                      ? ", which are more than it keeps at no price"
                      : "; %s HKE are left of the budget for uploads".formatted(budget)),
          "allow it with --upload-budget %s (price.uploadBudget in a task file), or deposit more: hooke wallet deposit"
              .formatted(forAll(needed)));
    }
    if (lacking.isZero() && tab.closesAt() == 0) {
      return needed;
    }
    Wei locked = lacking.isZero() ? Wei.of(1) : lacking; // the least that keeps a tab open
    fund(escrow.plus(locked));
    TxResult sent = chain.send(chain.contract().openTab(node.operatorId(), locked), signer);
    progress.accept(
        "locked %s HKE for uploads on the tab with provider %d (block %d, %,d gas)"
            .formatted(locked, node.operatorId(), sent.block(), sent.gasUsed()));
    return needed;
  }

  /// A round budget for all origins, if each asks so much.
  private static String forAll(Wei each) {
    return new BigDecimal(each.times(WANTED).toString())
        .round(new MathContext(2, RoundingMode.UP))
        .stripTrailingZeros()
        .toPlainString();
  }

  /// Sees to it that so much is free in the vault.
  private void fund(Wei wanted) throws InterruptedException {
    Address consumer = signer.address();
    Wei free = chain.account(consumer).free();
    if (free.compareTo(wanted) >= 0) {
      return;
    }
    Wei missing = wanted.minus(free);
    if (chain.token().balanceOf(consumer).compareTo(missing) < 0) {
      throw new TaskException(
          TaskException.Code.NO_FUNDS,
          "the order and its uploads lock %s HKE, and %s HKE of that are neither in the vault nor in the wallet"
              .formatted(wanted, missing),
          "get more HKE, or lower --fuel or --max-price");
    }
    chain.deposit(missing, signer);
    progress.accept("deposited %s HKE from the wallet into the vault".formatted(missing));
  }

  /// Reads back the last leaf at least: enough to see that the blob is there and readable.
  private static void tryFetch(ProviderNode provider, LocalBlob blob) {
    try {
      provider.download(
          blob.id(), Math.max(0, blob.size() - 1_024), OutputStream.nullOutputStream());
    } catch (IOException e) {
      throw new TaskException(
          TaskException.Code.UNREACHABLE,
          "it took %s but does not serve it: %s".formatted(blob.what(), e.getMessage()),
          "",
          e);
    }
  }
}
