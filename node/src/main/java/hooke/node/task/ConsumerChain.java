package hooke.node.task;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.ChainException;
import hooke.chain.Signature;
import hooke.chain.Wei;
import hooke.chain.contract.Account;
import hooke.chain.contract.DeployedCode;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.Token;
import hooke.chain.event.ChainListener;
import hooke.chain.event.Follower;
import hooke.chain.event.MemoryLogStore;
import hooke.chain.rpc.BlockRef;
import hooke.chain.rpc.ChainClient;
import hooke.chain.tx.Transactions;
import hooke.chain.tx.TxResult;
import hooke.chain.wallet.Signer;
import hooke.node.config.Network;
import hooke.node.market.LeaseView;
import hooke.node.market.MarketState;
import hooke.node.market.OrderView;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/// A command's view of the chain: the market as all its blocks tell it, and a way to send. It keeps
/// nothing on disk and needs nothing but the network's five lines: a wallet and this find every
/// order.
///
/// Any thread may use it.
public final class ConsumerChain implements AutoCloseable {
  private static final long BLOCKS_MEASURED = 8;
  private static final long MOST_BLOCK_SECONDS = 30;

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration INTERVAL = Duration.ofMillis(200);
  private static final int RANGE = 2_000;
  private static final long PERMIT_SECONDS = 3_600;

  private final Network network;
  private final ChainClient client;
  private final HookeContract contract;
  private final Token token;
  private final Transactions transactions;
  private final MarketState state = new MarketState();
  private final MemoryLogStore store = new MemoryLogStore();
  private final Follower follower;
  private volatile Consumer<Change> changes = change -> {};
  private volatile boolean known;

  /// An order as a block left it.
  public record Change(long block, OrderView order) {}

  private ConsumerChain(Network network, ChainClient client) {
    this.network = network;
    this.client = client;
    network.identity().verify(client);
    this.contract = new HookeContract(client, network.contract());
    this.token = new Token(client, network.token());
    this.transactions = new Transactions(client);
    this.follower =
        Follower.start(
            client,
            contract,
            store,
            new Follower.Settings(INTERVAL, 0, network.deployBlock(), RANGE),
            new Fold());
  }

  /// Connects; refuses another world before anything else.
  ///
  /// @throws hooke.chain.WrongChain if chain, genesis or contract are not the network's
  /// @throws hooke.chain.ChainUnreachable if no endpoint answers
  public static ConsumerChain open(Network network) {
    ChainClient client = ChainClient.of(network.rpc(), ChainClient.TIMEOUT);
    try {
      return new ConsumerChain(network, client);
    } catch (RuntimeException e) {
      client.close();
      throw e;
    }
  }

  /// Takes in every block up to now.
  ///
  /// @return the newest block taken in
  public BlockRef sync() throws InterruptedException {
    long newest = Math.max(client.latestNumber(), network.deployBlock());
    if (!follower.await(newest, PATIENCE)) {
      throw follower
          .failure()
          .orElseGet(() ->
              new ChainException(
                  ChainException.Code.CHAIN_UNREACHABLE,
                  "block %d of %s did not come within %d s"
                      .formatted(newest, client.endpoints(), PATIENCE.toSeconds())));
    }
    return follower.head().orElseThrow();
  }

  /// Waits for the block after `block`, or until `patience` is over.
  public BlockRef syncAfter(BlockRef block, Duration patience) throws InterruptedException {
    follower.await(block.number() + 1, patience);
    if (follower.failure().isPresent()) {
      throw follower.failure().get();
    }
    return follower.head().orElse(block);
  }

  /// Tells every change of an order from now on, on the follower's thread.
  public void onChange(Consumer<Change> listener) {
    changes = listener;
  }

  public MarketState market() {
    return state;
  }

  public HookeContract contract() {
    return contract;
  }

  public Token token() {
    return token;
  }

  public Network network() {
    return network;
  }

  public ChainClient client() {
    return client;
  }

  public Account account(Address address) {
    return contract.accountOf(address);
  }

  /// Looks, before money goes there, whether the network's contract is the law that this program
  /// knows. What brings money back does not ask: another version's law must not keep it.
  ///
  /// @throws hooke.chain.WrongChain if it is another
  public void requireLaw() {
    if (!known) {
      DeployedCode.verify(client, network.contract());
      known = true;
    }
  }

  /// Sends, waits, and takes in the block it is in.
  public TxResult send(Call call, Signer signer) throws InterruptedException {
    TxResult result = transactions.send(call, signer);
    follower.await(result.block(), PATIENCE);
    return result;
  }

  /// How long a block takes, as the newest few say: from one second to thirty.
  public Duration blockTime() {
    BlockRef newest = client.latest();
    long back = Math.min(BLOCKS_MEASURED, newest.number());
    BlockRef older = client.block(newest.number() - back).orElse(newest);
    long seconds = back == 0 ? 0 : Math.ceilDiv(newest.timestamp() - older.timestamp(), back);
    return Duration.ofSeconds(Math.clamp(seconds, 1, MOST_BLOCK_SECONDS));
  }

  /// Gas that a call would take now.
  public long gas(Call call, Address from) {
    return client.estimateGas(call, from, hooke.chain.rpc.At.LATEST);
  }

  /// Moves tokens into the vault: permit and deposit in one transaction.
  ///
  /// @throws hooke.chain.WrongChain if the vault is not the law's
  public TxResult deposit(Wei amount, Signer signer) throws InterruptedException {
    requireLaw();
    long deadline = client.latest().timestamp() + PERMIT_SECONDS;
    Signature permit =
        token
            .permit(signer.address(), contract.address(), amount, deadline)
            .sign(token.domain(), signer);
    return send(contract.depositWithPermit(amount, deadline, permit), signer);
  }

  /// The order that `prefix` begins, among those of `consumer`, or among all when it is zero.
  ///
  /// @throws TaskException `UNKNOWN_ORDER` when there is none or more than one, `NOT_OWNER` when
  ///   the only one is another's
  public OrderView order(String prefix, Address consumer) {
    String wanted = digits(prefix);
    List<OrderView> found =
        state.orders().stream().filter(o -> o.id().toString().startsWith(wanted)).toList();
    List<OrderView> own =
        consumer.isZero()
            ? found
            : found.stream().filter(o -> o.terms().consumer().equals(consumer)).toList();
    if (own.size() == 1) {
      return own.getFirst();
    }
    if (own.size() > 1) {
      throw new TaskException(
          TaskException.Code.UNKNOWN_ORDER,
          "%d orders begin with %s".formatted(own.size(), prefix),
          "give more digits");
    }
    if (found.isEmpty()) {
      throw new TaskException(
          TaskException.Code.UNKNOWN_ORDER,
          "no order begins with " + prefix,
          "see: hooke task list, or hooke market list");
    }
    throw new TaskException(
        TaskException.Code.NOT_OWNER,
        "order %s belongs to %s, not to %s"
            .formatted(
                found.getFirst().id().prefix(12), found.getFirst().terms().consumer(), consumer),
        "choose its owner's wallet with --wallet");
  }

  /// Every lease order whose id `prefix` begins; a volume's id is its lease order's.
  ///
  /// @throws TaskException `UNKNOWN_ORDER` when no id can begin so
  public List<LeaseView> leases(String prefix) {
    String wanted = digits(prefix);
    return state.newestLeases().filter(lease -> lease.id().toString().startsWith(wanted)).toList();
  }

  /// Whether `prefix` begins the id of an order of tasks, anybody's.
  public boolean isOrder(String prefix) {
    String wanted = digits(prefix);
    return state.newestOrders().anyMatch(order -> order.id().toString().startsWith(wanted));
  }

  private static String digits(String prefix) {
    String digits = prefix.toLowerCase(Locale.ROOT);
    String wanted = digits.startsWith("0x") ? digits : "0x" + digits;
    if (!wanted.matches("0x[0-9a-f]{1,64}")) {
      throw new TaskException(
          TaskException.Code.UNKNOWN_ORDER,
          "'%s' is not the id of an order".formatted(prefix),
          "an id is hex digits, as shown by: hooke task list");
    }
    return wanted;
  }

  /// The order with this id.
  public OrderView order(Bytes32 id) {
    return state
        .order(id)
        .orElseThrow(() ->
            new TaskException(
                TaskException.Code.UNKNOWN_ORDER,
                "the chain knows no order " + id,
                "was the chain started anew?"));
  }

  @Override
  public void close() {
    follower.close();
    store.close();
    client.close();
  }

  private final class Fold implements ChainListener {
    @Override
    public void onBlock(BlockRef block, List<LawEvent> events) {
      for (LawEvent event : events) {
        state
            .apply(event, block.timestamp())
            .ifPresent(order -> changes.accept(new Change(block.number(), order)));
      }
    }

    @Override
    public void onRollback(BlockRef to) {
      if (!state.rollback(to.number())) {
        throw new ChainException(
            ChainException.Code.CLOSED,
            "the chain was reorganised by more than %d blocks: run the command again"
                .formatted(MarketState.UNDO_BLOCKS));
      }
    }
  }
}
