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
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// Puts a task's files at its origins: two nodes of different operators, from which bidders fetch
/// them, so that their owner may leave. What a node does not keep at no price is paid by voucher,
/// as far as the budget for uploads goes. What can be lost to an origin that lies is what the
/// budget allows: what is signed away counts, whether or not its tab held so much already.
final class Origins {
  static final int WANTED = 2;

  /// How long a node that cannot take a voucher yet is asked again, and how often.
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// Bytes that are read back of each blob.
  private static final int PIECE = 1_024;

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Duration AGAIN = Duration.ofMillis(500);

  private final ConsumerChain chain;
  private final ProviderNode.Connector nodes;
  private final Signer signer;
  private final UploadBudget budget;
  private final Consumer<String> progress;

  /// @param progress told each step in words
  Origins(
      ConsumerChain chain,
      ProviderNode.Connector nodes,
      Signer signer,
      UploadBudget budget,
      Consumer<String> progress) {
    this.chain = chain;
    this.nodes = nodes;
    this.signer = signer;
    this.budget = budget;
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
    for (NodeView node : candidates(quote)) {
      if (origins.size() == WANTED || !operators.add(node.operatorId())) {
        continue;
      }
      Wei before = budget.left();
      try (ProviderNode provider = nodes.connect(node)) {
        upload(provider, node, task.blobs(), keep, quote.escrow());
        for (LocalBlob blob : task.blobs()) {
          tryFetch(provider, blob);
        }
        origins.add(node.id());
        Wei spent = before.minus(budget.left());
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
        if (before.equals(budget.left())) {
          // Another node of its operator may do; not where money was taken for nothing.
          operators.remove(node.operatorId());
        }
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

  private record Asked(LocalBlob blob, UploadAnswer.Asks price) {}

  /// @param escrow what must stay free for the order
  private void upload(
      ProviderNode provider, NodeView node, List<LocalBlob> blobs, Instant keep, Wei escrow)
      throws InterruptedException {
    List<Asked> asked = new ArrayList<>();
    for (LocalBlob blob : blobs) {
      switch (provider.upload(blob, keep, Optional.empty())) {
        case UploadAnswer.Kept ignored -> {}
        case UploadAnswer.Asks price -> asked.add(new Asked(blob, price));
        case UploadAnswer.NotYet later -> throw unwilling(later.why());
      }
    }
    if (asked.isEmpty()) {
      return;
    }
    UploadAnswer.Asks first = asked.getFirst().price();
    Wei cost = asked.stream().map(a -> a.price().cost()).reduce(Wei.ZERO, Wei::plus);
    Wei total = first.total().minus(first.cost());
    secure(node, total.plus(cost), escrow);
    for (Asked each : asked) {
      total = pay(provider, node, each.blob(), keep, total.plus(each.price().cost()), escrow);
    }
  }

  /// Uploads a blob with a voucher for `total` in all. A node may be a block behind, so it is asked
  /// for a while; where its price has risen since it said it, which it does with time when it keeps
  /// files for less than is wished, what it asks then is looked at once more.
  ///
  /// @return the total that was taken
  private Wei pay(
      ProviderNode provider, NodeView node, LocalBlob blob, Instant keep, Wei total, Wei escrow)
      throws InterruptedException {
    Wei signed = total;
    int operator = node.operatorId();
    boolean raised = false;
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      budget.promises().promise(operator, signed);
      Voucher voucher = new Voucher(signer.address(), operator, signed);
      SignedVoucher payment =
          new SignedVoucher(voucher, voucher.sign(chain.contract().domain(), signer).data());
      switch (provider.upload(blob, keep, Optional.of(payment))) {
        case UploadAnswer.Kept ignored -> {
          return signed;
        }
        case UploadAnswer.NotYet later -> {
          if (System.nanoTime() > until) {
            throw unwilling(later.why());
          }
          Thread.sleep(AGAIN);
        }
        case UploadAnswer.Asks more -> {
          if (raised || more.total().compareTo(signed) <= 0) {
            throw unwilling("it asks ever more for keeping the task's files");
          }
          raised = true;
          secure(node, more.total(), escrow);
          signed = more.total();
        }
      }
    }
  }

  private static TaskException unwilling(String why) {
    return new TaskException(
        TaskException.Code.UNREACHABLE, why, "try again later, or let other nodes do it");
  }

  /// Takes out of the budget what a voucher for `total` in all would sign away beyond what is known
  /// to be promised or paid, or what must be locked where that is more, and sees to it that the tab
  /// covers it.
  private void secure(NodeView node, Wei total, Wei escrow) throws InterruptedException {
    Tab tab = chain.contract().tabOf(signer.address(), node.operatorId());
    Wei covered = tab.redeemed().plus(tab.balance());
    Wei lacking = beyond(total, covered);
    Wei noted = budget.promises().to(node.operatorId());
    Wei fresh = beyond(total, noted.compareTo(tab.redeemed()) > 0 ? noted : tab.redeemed());
    Wei needed = lacking.compareTo(fresh) > 0 ? lacking : fresh;
    if (!budget.covers(needed)) {
      throw new TaskException(
          TaskException.Code.NO_FUNDS,
          "it asks %s HKE for keeping the task's files%s"
              .formatted(
                  needed,
                  budget.left().isZero()
                      ? ", which are more than it keeps at no price"
                      : "; %s HKE are left of the budget for uploads".formatted(budget.left())),
          "allow it with --upload-budget %s (price.uploadBudget in a task file), or deposit more: hooke wallet deposit"
              .formatted(forAll(needed)));
    }
    if (lacking.isZero() && tab.closesAt() == 0) {
      budget.spend(needed);
      return;
    }
    Wei locked = lacking.isZero() ? Wei.of(1) : lacking; // the least that keeps a tab open
    fund(escrow.plus(locked));
    budget.spend(needed);
    TxResult sent = chain.send(chain.contract().openTab(node.operatorId(), locked), signer);
    progress.accept(
        "locked %s HKE for uploads on the tab with provider %d (block %d, %,d gas)"
            .formatted(locked, node.operatorId(), sent.block(), sent.gasUsed()));
  }

  private static Wei beyond(Wei total, Wei known) {
    return total.compareTo(known) > 0 ? total.minus(known) : Wei.ZERO;
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

  /// Reads a piece back that the node could not foresee, and compares it: enough to see that the
  /// blob is there and readable.
  private static void tryFetch(ProviderNode provider, LocalBlob blob) {
    long from = blob.size() <= PIECE ? 0 : RANDOM.nextLong(blob.size() - PIECE + 1);
    try {
      Piece piece = new Piece((int) Math.min(PIECE, blob.size()));
      try {
        provider.download(blob.id(), from, piece);
      } catch (IOException e) {
        if (!piece.isWhole()) {
          throw e;
        }
      }
      if (!Arrays.equals(piece.bytes(), blob.piece(from, PIECE))) {
        throw new TaskException(
            TaskException.Code.UNREACHABLE,
            "it took %s but serves other bytes".formatted(blob.what()),
            "");
      }
    } catch (IOException e) {
      throw new TaskException(
          TaskException.Code.UNREACHABLE,
          "it took %s but does not serve it: %s".formatted(blob.what(), LocalBlob.reason(e)),
          "",
          e);
    }
  }

  /// The first bytes of a download, which it ends: more is not read, nor waited for.
  private static final class Piece extends OutputStream {
    private final byte[] bytes;
    private final Pace pace;
    private int count;

    Piece(int length) {
      bytes = new byte[length];
      pace = new Pace(length, 1);
    }

    boolean isWhole() {
      return count == bytes.length;
    }

    byte[] bytes() {
      return Arrays.copyOf(bytes, count);
    }

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      pace.check();
      int n = Math.min(length, bytes.length - count);
      System.arraycopy(from, offset, bytes, count, n);
      count += n;
      if (isWhole()) {
        throw new IOException("that is enough");
      }
    }
  }
}
