package hooke.node.task;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Keccak;
import hooke.chain.Revert;
import hooke.chain.Reverted;
import hooke.chain.Wei;
import hooke.chain.contract.Account;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Verification;
import hooke.chain.tx.TxResult;
import hooke.chain.wallet.Signer;
import hooke.node.market.NodeView;
import hooke.node.market.OperatorView;
import hooke.node.market.OrderView;
import hooke.node.spec.UnitPrice;
import hooke.node.spec.UploadPrice;
import hooke.v1.Node;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Buys a task: quote, fund, upload, order. Everything that can go wrong without money goes wrong
/// before the first transaction.
public final class TaskBuyer {
  private static final Duration QUOTE_DEADLINE = Duration.ofSeconds(8);

  /// So long a node is waited for with all that comes before its answer: name, connection, TLS.
  private static final Duration ASK_DEADLINE = Duration.ofSeconds(12);

  /// An operator's floor counts up to so many times what one more than are needed take: no single
  /// one makes an order dear.
  private static final int MOST_SPREAD = 4;

  /// Into so many slots an array is cut for each node of the market.
  private static final int SLOTS_PER_NODE = 2;

  /// So many nodes are asked for one quote, and so many of one operator where there are more.
  private static final int MAX_ASKED = 256;

  private static final int MAX_OF_OPERATOR = 16;

  private static final Pattern AMOUNT = Pattern.compile("[0-9]{1,31}");
  private static final SecureRandom RANDOM = new SecureRandom();

  private final ConsumerChain chain;
  private final ProviderNode.Connector nodes;
  private final Address consumer;
  private final Consumer<String> progress;

  /// Why those gave no answer that were asked for the present quote.
  private final Map<Integer, String> late = new ConcurrentHashMap<>();

  /// Operators by whose floors no price is made.
  private final Set<Integer> disregarded = new HashSet<>();

  /// @param progress told each step in words
  public TaskBuyer(
      ConsumerChain chain,
      ProviderNode.Connector nodes,
      Address consumer,
      Consumer<String> progress) {
    this.chain = chain;
    this.nodes = nodes;
    this.consumer = consumer;
    this.progress = progress;
  }

  /// Makes no price by the floors of these operators any more, who said that they would bid and did
  /// not.
  public void disregard(Set<Integer> operators) {
    disregarded.addAll(operators);
  }

  /// The active nodes that are asked: of many, those with the most at stake, and a few of each
  /// operator. To register costs next to nothing, and nobody shall keep a purchase busy with it.
  private List<NodeView> asked() {
    List<NodeView> active =
        chain.market().nodes().stream()
            .filter(NodeView::active)
            .sorted(
                Comparator.comparing((NodeView node) -> stakeOf(node).value())
                    .reversed()
                    .thenComparingInt(NodeView::id))
            .toList();
    if (active.size() <= MAX_ASKED) {
      return active.stream().sorted(Comparator.comparingInt(NodeView::id)).toList();
    }
    Map<Integer, Integer> ofOperator = new HashMap<>();
    return active.stream()
        .filter(node -> ofOperator.merge(node.operatorId(), 1, Integer::sum) <= MAX_OF_OPERATOR)
        .limit(MAX_ASKED)
        .sorted(Comparator.comparingInt(NodeView::id))
        .toList();
  }

  private Wei stakeOf(NodeView node) {
    return chain.market().operator(node.operatorId()).map(OperatorView::stake).orElse(Wei.ZERO);
  }

  /// Asks the active nodes. Sends nothing to the chain.
  public Quote quote(PreparedTask task) throws InterruptedException {
    chain.sync();
    late.clear();
    List<NodeView> active = asked();
    if (active.isEmpty()) {
      throw new TaskException(
          TaskException.Code.NO_OFFER, "no provider is registered on this market", "try later");
    }
    TaskDraft draft = task.draft();
    int needed = draft.proof().slots();
    Duration ramp = draft.ramp().orElse(Duration.ZERO);
    // The cheapest question there is makes every node that could do it name its floor.
    UnitPrice asked = draft.maxPrice().orElse(new UnitPrice(1));
    UnitPrice start = draft.startPrice().filter(p -> p.compareTo(asked) <= 0).orElse(asked);
    Asked first = cut(task, active, slots -> terms(task, start, asked, ramp, slots));
    if (draft.maxPrice().isPresent()) {
      return new Quote(first.terms(), false, first.answers(), needed);
    }
    DefaultPrice price = price(task, first, needed);
    // With too few operators it is still asked, so that those who would bid say so.
    Asked last =
        price == null
            ? first
            : ask(
                task,
                active,
                terms(
                    task,
                    draft
                        .startPrice()
                        .filter(p -> p.compareTo(price.max()) <= 0)
                        .orElse(price.start()),
                    price.max(),
                    draft.ramp().orElseGet(() -> shortRamp(draft)),
                    first.terms().slots()));
    return new Quote(
        last.terms(),
        true,
        last.answers().stream()
            .map(answer -> answer instanceof Answer.Declines d ? d.besidesPrice() : answer)
            .toList(),
        needed);
  }

  /// The price for what was answered, without floors that no single operator shall set it by: those
  /// far above what others take, and those that this account could not pay while others can be had.
  private @Nullable DefaultPrice price(PreparedTask task, Asked asked, int needed) {
    List<Answer> heeded =
        asked.answers().stream()
            .filter(answer -> !disregarded.contains(answer.node().operatorId()))
            .toList();
    List<UnitPrice> floors = new ArrayList<>(floors(heeded.isEmpty() ? asked.answers() : heeded));
    floors.sort(Comparator.naturalOrder());
    if (floors.size() > needed + 1) {
      BigInteger most =
          BigInteger.valueOf(floors.get(needed).wei()).multiply(BigInteger.valueOf(MOST_SPREAD));
      floors.removeIf(floor -> BigInteger.valueOf(floor.wei()).compareTo(most) > 0);
    }
    DefaultPrice price = DefaultPrice.of(floors, needed).orElse(null);
    if (price == null) {
      return null;
    }
    Wei funds = chain.account(consumer).free().plus(chain.token().balanceOf(consumer));
    for (int n = floors.size(); n >= Math.max(needed, 1); n--) {
      DefaultPrice fewer = DefaultPrice.of(floors.subList(0, n), needed).orElse(price);
      Wei locked =
          terms(task, fewer.start(), fewer.max(), Duration.ZERO, asked.terms().slots()).escrow();
      if (locked.compareTo(funds) <= 0) {
        return fewer;
      }
    }
    return price;
  }

  /// A few blocks, and no more than half of the time in which bids are taken.
  private Duration shortRamp(TaskDraft draft) {
    Duration few = chain.blockTime().multipliedBy(DefaultPrice.RAMP_BLOCKS);
    Duration half = draft.open().dividedBy(2);
    return few.compareTo(half) < 0 ? few : half;
  }

  /// What was asked, and what every node said.
  private record Asked(Terms terms, List<Answer> answers) {
    /// Operators that would take it, at some price.
    long able() {
      return answers.stream()
          .filter(answer -> floor(answer) != null)
          .map(answer -> answer.node().operatorId())
          .distinct()
          .count();
    }

    boolean isTooLarge() {
      return answers.stream()
          .anyMatch(answer -> answer instanceof Answer.Declines d && d.isTooLarge());
    }
  }

  /// Asks with an array cut so that a slot fits what nodes take: in twice as many parts until
  /// enough operators would take one, or shorter ones help nobody.
  private Asked cut(PreparedTask task, List<NodeView> active, IntFunction<Terms> terms)
      throws InterruptedException {
    TaskDraft draft = task.draft();
    int slots = slots(draft, task.tasks(), active.size());
    Asked best = ask(task, active, terms.apply(slots));
    if (draft.array().isEmpty()
        || draft.slots() != 0
        || draft.proof().mode() == Verification.QUORUM) {
      return best;
    }
    long enough =
        Math.min(DefaultPrice.ENOUGH, active.stream().map(NodeView::operatorId).distinct().count());
    int most = Math.min(task.tasks(), TaskDraft.MAX_SLOTS);
    Asked last = best;
    while (slots < most && best.able() < enough && last.isTooLarge()) {
      slots = Math.min(2 * slots, most);
      last = ask(task, active, terms.apply(slots));
      // Where none of them helps, the shortest says what is left in the way.
      best = last.able() > best.able() || best.able() == 0 ? last : best;
    }
    return best;
  }

  /// The least that each operator takes.
  private static List<UnitPrice> floors(List<Answer> answers) {
    Map<Integer, UnitPrice> floors = new HashMap<>();
    for (Answer answer : answers) {
      UnitPrice floor = floor(answer);
      if (floor != null) {
        floors.merge(answer.node().operatorId(), floor, (a, b) -> a.compareTo(b) <= 0 ? a : b);
      }
    }
    return List.copyOf(floors.values());
  }

  private static @Nullable UnitPrice floor(Answer answer) {
    return switch (answer) {
      case Answer.Offers offers -> offers.floor();
      case Answer.Declines declines -> declines.onlyPrice() ? declines.floor() : null;
      case Answer.Silent ignored -> null;
    };
  }

  /// Who gave no answer is not asked again for the same quote: each time costs all others time.
  private Answer.Silent silent(NodeView node, String why) {
    late.put(node.id(), why);
    return new Answer.Silent(node, why);
  }

  private Asked ask(PreparedTask task, List<NodeView> active, Terms terms)
      throws InterruptedException {
    hooke.v1.Terms wire = WireTerms.of(terms);
    List<Answer> answers =
        parallel(
            active,
            node -> {
              String before = late.get(node.id());
              if (before != null) {
                return new Answer.Silent(node, before);
              }
              try (ProviderNode provider = nodes.connect(node)) {
                return Answer.of(node, terms, provider.quote(task.spec(), wire, QUOTE_DEADLINE));
              } catch (TaskException e) {
                return silent(node, e.getMessage());
              } catch (RuntimeException e) {
                // Whatever it sent that nobody foresaw: it must not end the purchase.
                return silent(
                    node, "its answer cannot be read (%s)".formatted(e.getClass().getSimpleName()));
              }
            },
            node -> silent(node, "it did not answer in time"));
    return new Asked(terms, answers);
  }

  @FunctionalInterface
  private interface Question<T> {
    T ask(NodeView node) throws Exception;
  }

  private static <T> List<T> parallel(
      List<NodeView> nodes, Question<T> question, Function<NodeView, T> tooLate)
      throws InterruptedException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<T>> calls = new ArrayList<>();
      for (NodeView node : nodes) {
        calls.add(() -> question.ask(node));
      }
      List<T> answers = new ArrayList<>();
      List<Future<T>> futures =
          threads.invokeAll(calls, ASK_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
      for (int n = 0; n < nodes.size(); n++) {
        try {
          answers.add(
              futures.get(n).isCancelled() ? tooLate.apply(nodes.get(n)) : futures.get(n).get());
        } catch (ExecutionException e) {
          if (e.getCause() instanceof RuntimeException cause) {
            throw cause;
          }
          throw new IllegalStateException(e.getCause());
        }
      }
      return answers;
    }
  }

  /// Refuses an order that nobody would take.
  ///
  /// @throws TaskException `NO_OFFER` with every node's reason
  public static void requireFilled(Quote quote) {
    if (quote.filled()) {
      return;
    }
    StringBuilder why = new StringBuilder();
    for (Answer answer : quote.answers()) {
      if (!(answer instanceof Answer.Offers)) {
        why.append("\n  node ").append(answer.node().id()).append(": ").append(answer.why());
      }
    }
    long floor =
        quote.answers().stream()
            .filter(a -> a instanceof Answer.Declines d && d.onlyPrice())
            .mapToLong(a -> ((Answer.Declines) a).floor().wei())
            .sorted()
            // No more than the operators that are missing take.
            .limit(Math.max(1, quote.needed() - quote.operators()))
            .max()
            .orElse(0);
    throw new TaskException(
        TaskException.Code.NO_OFFER,
        (quote.operators() == 0
                ? "nobody would take this order"
                : "%d of the %d operators needed would take this order"
                    .formatted(quote.operators(), quote.needed()))
            + (quote.automatic() ? "" : " at up to " + new UnitPrice(quote.terms().maxPrice()))
            + why,
        quote.isTooLong()
            ? tooLong(quote.terms())
            : floor > 0
                ? "nothing was sent; offer at least %s (--max-price %s)"
                    .formatted(new UnitPrice(floor), new UnitPrice(floor).tokens())
                : "nothing was sent; change what the reasons name, or try later");
  }

  /// What to do about slots that no node lets run for so long.
  private static String tooLong(Terms terms) {
    int longest = Math.ceilDiv(terms.tasks(), terms.slots());
    return terms.mode() == Verification.QUORUM && terms.tasks() > 1
        ? "nothing was sent; in a quorum each provider runs all %d tasks: lower --fuel, or order fewer at once"
            .formatted(terms.tasks())
        : longest > 1
            ? "nothing was sent; a slot has %d tasks, each counted with all the fuel it may burn: lower --fuel%s, or order fewer at once"
                .formatted(
                    longest, terms.slots() < TaskDraft.MAX_SLOTS ? ", give more --slots" : "")
            : "nothing was sent; even one task alone is counted with all the fuel it may burn: lower --fuel";
  }

  /// How long an order's files must stay at its origins.
  private static Duration keptFor(Quote quote) {
    Terms terms = quote.terms();
    return Duration.ofHours(1)
        .plusSeconds(terms.openSeconds())
        .plusSeconds(terms.runSeconds())
        .plusSeconds(terms.windowSeconds());
  }

  /// What keeping the task's files would cost at the nodes that would be asked first, beyond what
  /// they keep at no price. An estimate: they know what else they keep for this account.
  public Wei uploadCost(PreparedTask task, Quote quote) {
    Account account = chain.account(consumer);
    // What the order locks will be there by then, also of a wallet that has deposited nothing yet.
    BigInteger balance = account.free().plus(account.locked()).value().max(quote.escrow().value());
    BigInteger bytes = BigInteger.valueOf(task.blobs().stream().mapToLong(LocalBlob::size).sum());
    Wei cost = Wei.ZERO;
    Set<Integer> operators = new HashSet<>();
    for (Answer.Offers offer : quote.offers()) {
      if (operators.size() == Origins.WANTED || !operators.add(offer.node().operatorId())) {
        continue;
      }
      try (ProviderNode provider = nodes.connect(offer.node())) {
        Node said = provider.describe(QUOTE_DEADLINE);
        BigInteger free =
            BigInteger.valueOf(said.getFreeUploadBytes())
                .add(
                    balance
                        .divide(Wei.tokens(1).value())
                        .multiply(BigInteger.valueOf(said.getUploadBytesPerToken())));
        if (bytes.compareTo(free) > 0 && AMOUNT.matcher(said.getUploadGibHourWei()).matches()) {
          UploadPrice price = new UploadPrice(new Wei(new BigInteger(said.getUploadGibHourWei())));
          cost = cost.plus(price.of(bytes.longValueExact(), keptFor(quote)));
        }
      } catch (TaskException e) {
        progress.accept("node " + offer.node().id() + ": " + e.getMessage());
      }
    }
    return cost;
  }

  /// What the vault account lacks for this order; zero when nothing.
  public Wei missing(Quote quote) {
    Wei free = chain.account(consumer).free();
    Wei escrow = quote.escrow();
    return escrow.compareTo(free) > 0 ? escrow.minus(free) : Wei.ZERO;
  }

  /// Refuses an order that the wallet cannot pay, even with all its tokens.
  ///
  /// @param mayDeposit whether the wallet's own tokens count
  public void requireFunds(Quote quote, boolean mayDeposit) {
    Wei missing = missing(quote);
    if (missing.isZero()) {
      return;
    }
    Wei tokens = chain.token().balanceOf(consumer);
    if (mayDeposit && tokens.compareTo(missing) >= 0) {
      return;
    }
    throw new TaskException(
        TaskException.Code.NO_FUNDS,
        "the order locks %s HKE; %s has %s HKE free in the vault and %s HKE in the wallet"
            .formatted(quote.escrow(), consumer, chain.account(consumer).free(), tokens),
        tokens.compareTo(missing) >= 0
            ? "deposit first: hooke wallet deposit " + missing
            : "nothing was sent; %s HKE more are needed, or a lower --fuel or --max-price"
                .formatted(missing.minus(tokens)));
  }

  /// An order that was placed.
  ///
  /// @param gasUsed of the order's own transaction
  public record Placed(Bytes32 id, Terms terms, long block, long gasUsed) {}

  /// Uploads to two origins of different operators, tries to fetch it back, and orders.
  ///
  /// @param onSending told the id just before the transaction is sent: from here on it may exist
  public Placed place(PreparedTask task, Quote quote, Signer signer, Consumer<Bytes32> onSending)
      throws InterruptedException {
    return place(task, quote, signer, new UploadBudget(task.draft().uploadBudget()), onSending);
  }

  /// The same as one of several orders that share what may be paid for uploads.
  public Placed place(
      PreparedTask task,
      Quote quote,
      Signer signer,
      UploadBudget uploads,
      Consumer<Bytes32> onSending)
      throws InterruptedException {
    chain.requireLaw();
    Instant keep = Instant.now().plus(keptFor(quote));
    List<Integer> origins =
        new Origins(chain, nodes, signer, uploads, progress).take(task, quote, keep);
    Terms terms =
        withOrigins(quote.terms(), origins.getFirst(), origins.size() > 1 ? origins.get(1) : 0);
    Bytes32 id = chain.contract().idOf(terms);
    onSending.accept(id);
    try {
      TxResult sent = chain.send(chain.contract().order(terms), signer);
      return new Placed(id, terms, sent.block(), sent.gasUsed());
    } catch (Reverted e) {
      Revert revert = e.revert();
      if (revert.is("ExclusiveKeyHeld")) {
        throw new TaskException(
            TaskException.Code.WRONG_STATE,
            "another order with this exclusive key still runs: " + revert.sentence(),
            "wait for it or cancel it",
            e);
      }
      throw e;
    }
  }

  private Terms terms(PreparedTask task, UnitPrice start, UnitPrice max, Duration ramp, int slots) {
    TaskDraft draft = task.draft();
    int longest =
        draft.proof().mode() == Verification.QUORUM
            ? task.tasks()
            : Math.ceilDiv(task.tasks(), slots);
    return new Terms(
        consumer,
        RANDOM.nextLong() >>> 1,
        Bytes32.of(task.specId().bytes()),
        task.tasks(),
        draft.cpuMillis(),
        task.memoryMibUp(),
        task.diskMibUp(longest),
        start.wei(),
        max.wei(),
        seconds(ramp),
        draft.fuel(),
        seconds(draft.open()),
        seconds(draft.run(longest, task.inputBytes())),
        seconds(draft.window()),
        seconds(draft.retention()),
        draft.minStake(),
        packed(draft.allow()),
        draft
            .exclusiveKey()
            .map(key -> Keccak.hash(key.getBytes(StandardCharsets.UTF_8)))
            .orElse(Bytes32.ZERO),
        draft.proof().mode(),
        draft.proof().quorum(),
        slots,
        0,
        0);
  }

  private static int slots(TaskDraft draft, int tasks, int nodes) {
    if (draft.array().isEmpty() || draft.proof().mode() == Verification.QUORUM) {
      return draft.proof().slots();
    }
    int wanted = draft.slots() != 0 ? draft.slots() : nodes * SLOTS_PER_NODE;
    return Math.min(Math.min(tasks, wanted), TaskDraft.MAX_SLOTS);
  }

  private static int seconds(Duration time) {
    return Math.toIntExact(time.toSeconds());
  }

  /// Up to eight operator ids, four bytes each, the first in the highest place.
  static Bytes32 packed(List<Integer> operators) {
    ByteBuffer word = ByteBuffer.allocate(32);
    for (int i = 0; i < operators.size(); i++) {
      word.putInt(28 - 4 * i, operators.get(i));
    }
    return Bytes32.of(word.array());
  }

  /// Reads what [#packed] wrote.
  public static List<Integer> unpacked(Bytes32 word) {
    ByteBuffer buffer = ByteBuffer.wrap(word.bytes());
    List<Integer> operators = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int operator = buffer.getInt(28 - 4 * i);
      if (operator != 0) {
        operators.add(operator);
      }
    }
    return operators;
  }

  private static Terms withOrigins(Terms t, int a, int b) {
    return new Terms(
        t.consumer(),
        t.nonce(),
        t.spec(),
        t.tasks(),
        t.cpuMillis(),
        t.memoryMib(),
        t.diskMib(),
        t.startPrice(),
        t.maxPrice(),
        t.rampSeconds(),
        t.fuelLimit(),
        t.openSeconds(),
        t.runSeconds(),
        t.windowSeconds(),
        t.retentionSeconds(),
        t.minStake(),
        t.allow(),
        t.exclusiveKey(),
        t.mode(),
        t.quorum(),
        t.slots(),
        a,
        b);
  }

  /// The order as it stands now.
  public OrderView order(Bytes32 id) {
    return chain.order(id);
  }
}
