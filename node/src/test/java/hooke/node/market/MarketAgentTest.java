package hooke.node.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpServer;
import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.ChainException;
import hooke.chain.Data;
import hooke.chain.Revert;
import hooke.chain.Reverted;
import hooke.chain.Wei;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Verification;
import hooke.chain.eip712.Receipt;
import hooke.chain.eip712.SignedVoucher;
import hooke.chain.eip712.Voucher;
import hooke.chain.rpc.BlockRef;
import hooke.chain.rpc.ChainClient;
import hooke.chain.wallet.Wallet;
import hooke.node.config.Network;
import hooke.node.config.NodeConfig;
import hooke.node.runtime.Check;
import hooke.node.runtime.FailureReason;
import hooke.node.runtime.Isolation;
import hooke.node.runtime.Outcome;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.TaskRuntime;
import hooke.node.runtime.wasm.Refusal;
import hooke.node.spec.ResultLeaf;
import hooke.node.spec.SlotResult;
import hooke.node.spec.Specs;
import hooke.scheduler.bidding.Decision;
import hooke.scheduler.bidding.Reason;
import hooke.storage.BlobId;
import hooke.storage.BlobStore;
import hooke.storage.Holding;
import hooke.storage.StorageFailure;
import hooke.v1.BlobRef;
import hooke.v1.TaskSpec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What the agent makes of events, disks and transactions that a real world seldom shows. The whole
/// market is played in `devnet`.
@SuppressWarnings("NullAway.Init")
@Timeout(60)
final class MarketAgentTest {
  private static final Address CONTRACT = Wallet.random().address();
  private static final ResultLeaf LEAF =
      new ResultLeaf(0, Outcome.EXITED, 0, 1_000, 2, BlobId.of(new byte[] {1, 2}));

  /// Knows its chain id and nothing else.
  private static HttpServer chain;

  private static ChainClient client;
  private static HookeContract law;

  @TempDir private Path folder;

  private final Wallet key = Wallet.random();
  private final MemoryJobs jobs = new MemoryJobs();
  private final Transactions transactions = new Transactions();
  private final NoRuntime runtime = new NoRuntime();
  private final CompletableFuture<RuntimeException> failure = new CompletableFuture<>();
  private BlobStore blobs;
  private @Nullable MarketAgent agent;

  /// Jobs that a test can look at, on a disk that can fail.
  private static final class MemoryJobs implements JobStore {
    private final Map<String, Job> kept = new ConcurrentHashMap<>();
    private final List<SignedVoucher> vouchers = new CopyOnWriteArrayList<>();
    private final Map<Bytes32, DeclinedSpec> declined = new ConcurrentHashMap<>();
    private volatile @Nullable StorageFailure failing;

    @Override
    public long nextStart() {
      return 1;
    }

    @Override
    public void put(Job job) {
      StorageFailure failed = failing;
      if (failed != null) {
        throw failed;
      }
      kept.put(job.order() + "/" + job.slot(), job);
    }

    @Override
    public void remove(Job job) {
      kept.remove(job.order() + "/" + job.slot());
    }

    @Override
    public void put(Job job, ResultLeaf leaf) {
      throw new AssertionError("nothing here runs an array");
    }

    @Override
    public List<ResultLeaf> leaves(Job job) {
      return List.of();
    }

    @Override
    public Optional<ResultLeaf> leaf(Job job, int index) {
      return Optional.empty();
    }

    @Override
    public List<Job> all() {
      return List.copyOf(kept.values());
    }

    @Override
    public void put(SignedVoucher voucher) {
      vouchers.add(voucher);
    }

    @Override
    public List<SignedVoucher> vouchers() {
      return List.copyOf(vouchers);
    }

    @Override
    public void put(DeclinedSpec spec) {
      declined.put(spec.spec(), spec);
    }

    @Override
    public void removeDeclined(Bytes32 spec) {
      declined.remove(spec);
    }

    @Override
    public List<DeclinedSpec> declined() {
      return List.copyOf(declined.values());
    }

    @Override
    public void close() {}
  }

  /// Mines at once what the law takes; a test says what it does not.
  private static final class Transactions implements Transactor {
    private final LinkedBlockingQueue<Call> sent = new LinkedBlockingQueue<>();
    private final Set<Data> refused = ConcurrentHashMap.newKeySet();
    private volatile @Nullable ChainException failing;

    @Override
    public long send(String intent, Call call) {
      sent.add(call);
      ChainException failed = failing;
      if (failed != null) {
        throw failed;
      }
      if (refused.contains(call.data())) {
        throw new Reverted(call.what(), new Revert("BadReceipt", Map.of(), "a bad receipt"));
      }
      return 10;
    }

    Call next() throws InterruptedException {
      Call call = sent.poll(20, TimeUnit.SECONDS);
      if (call == null) {
        throw new AssertionError("nothing was sent");
      }
      return call;
    }
  }

  /// Its workers die.
  private static final class NoRuntime implements TaskRuntime {
    private final AtomicInteger runs = new AtomicInteger();
    private volatile FailureReason dies = FailureReason.WORKER_DIED;
    private volatile CompletableFuture<Check> compiled =
        CompletableFuture.completedFuture(new Check.Ready(Duration.ZERO, 1, 0));

    @Override
    public String engine() {
      return "none";
    }

    @Override
    public String name() {
      return "none";
    }

    @Override
    public String profile() {
      return "wasm-det/1";
    }

    @Override
    public Isolation isolation() {
      return new Isolation(true, "nothing runs");
    }

    @Override
    public Check check(String client, Path program, long memoryBytes) {
      return compiled.join();
    }

    @Override
    public RunResult run(RunRequest request) {
      runs.incrementAndGet();
      return new RunResult.HostFailure(dies, "nothing runs");
    }

    @Override
    public void close() {}
  }

  @BeforeAll
  static void startChain() throws IOException {
    chain = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    chain.createContext(
        "/",
        exchange -> {
          String asked =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          String each =
              Pattern.compile("\"id\":(\\d+)")
                  .matcher(asked)
                  .results()
                  .map(id ->
                      "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":\"0x7a69\"}"
                          .formatted(id.group(1)))
                  .collect(Collectors.joining(","));
          byte[] answer =
              (asked.startsWith("[") ? "[" + each + "]" : each).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    chain.start();
    client = ChainClient.of(URI.create("http://127.0.0.1:" + chain.getAddress().getPort()));
    law = new HookeContract(client, CONTRACT);
  }

  @AfterAll
  static void stopChain() {
    client.close();
    chain.stop(0);
  }

  @BeforeEach
  void openBlobs() throws IOException {
    blobs = BlobStore.open(folder.resolve("blobs"), 1 << 28);
  }

  @AfterEach
  void close() {
    if (agent != null) {
      agent.close();
    }
    blobs.close();
  }

  /// An agent that knows itself as node 1 of operator 1, and the chain up to block 5.
  private MarketAgent start(LawEvent... more) throws IOException {
    Network network =
        new Network(
            List.of(URI.create("http://127.0.0.1:1")), 31_337, Bytes32.ZERO, CONTRACT, CONTRACT, 0);
    Files.writeString(
        folder.resolve(NodeConfig.FILE),
        NodeConfig.template(network, "127.0.0.1:0", URI.create("https://127.0.0.1:1"), 1));
    MarketAgent started =
        new MarketAgent(
            NodeConfig.read(folder),
            key.address(),
            law,
            new MarketState(),
            blobs,
            jobs,
            new BlobSource() {
              @Override
              public InputStream open(NodeView node, BlobId id) throws IOException {
                throw new IOException("nobody has it");
              }

              @Override
              public InputStream leaves(NodeView node, Bytes32 order, int slot) throws IOException {
                throw new IOException("nobody has them");
              }
            },
            runtime,
            transactions,
            Behaviour.HONEST,
            Clock.systemUTC(),
            failure::complete);
    agent = started;
    List<LawEvent> events =
        new ArrayList<>(
            List.of(
                Events.operator(1, 1), Events.node(1, 1, 1, key.address()), Events.staked(1, 1)));
    started.onBlock(Events.block(1), events);
    started.onBlock(Events.block(5), List.of(more));
    started.onCaughtUp(Events.block(5));
    return started;
  }

  private static Bytes32 id(Terms terms) {
    return law.idOf(terms);
  }

  @Test
  void aFailingDiskEndsTheAgentBeforeItPromisesMore() throws Exception {
    StorageFailure disk = new StorageFailure("the disk is gone", new IOException("EIO"));
    jobs.failing = disk;
    Terms terms = Events.terms(1);
    MarketAgent started =
        start(Events.ordered(4, id(terms), terms), Events.assigned(5, id(terms), 1, 1));
    assertSame(disk, failure.get(20, TimeUnit.SECONDS));
    long version = started.version();
    started.onBlock(Events.block(6), List.of());
    assertEquals(version, started.awaitChange(version, Duration.ofMillis(500)), "it looks no more");
    assertNull(transactions.sent.poll());
  }

  @Test
  void aFailingOutboxEndsTheAgent() throws Exception {
    ChainException disk = new ChainException(ChainException.Code.STORE_FAILED, "no outbox");
    transactions.failing = disk;
    Terms terms = Events.terms(1);
    jobs.put(done(terms, Data.EMPTY));
    start(Events.ordered(4, id(terms), terms), Events.assigned(5, id(terms), 1, 1));
    assertSame(disk, failure.get(20, TimeUnit.SECONDS));
  }

  @Test
  void whoseChainIsAnotherStops() throws Exception {
    ChainException other = new ChainException(ChainException.Code.WRONG_CHAIN, "another world");
    start().onStopped(other);
    assertSame(other, failure.get(20, TimeUnit.SECONDS));
  }

  @Test
  void aReorganisationDeeperThanMemoryEndsTheAgentWithAWord() throws Exception {
    MarketAgent started = start();
    long far = 4L * MarketState.UNDO_BLOCKS;
    started.onBlock(Events.block(far), List.of(Events.staked(far, 1)));
    started.onRollback(Events.block(0));
    assertTrue(failure.get(20, TimeUnit.SECONDS).toString().contains("start the node again"));
  }

  private static Job done(Terms terms, Data receipt) {
    return Job.accepted(id(terms), 0, 1, Bytes32.ZERO)
        .running(1)
        .done(SlotResult.of(LEAF), 0, 0, 2)
        .with(receipt);
  }

  private static Data receipt(Terms terms) {
    return new Receipt(id(terms), 0, LEAF.root(), LEAF.fuel())
        .sign(law.domain(), Events.CONSUMER)
        .data();
  }

  @Test
  void aReceiptThatTheLawRefusesDoesNotHoldTheDeliveryUp() throws Exception {
    Terms terms = Events.terms(1);
    Data receipt = receipt(terms);
    Call with = law.deliver(terms, 0, LEAF.root(), LEAF.fuel(), receipt);
    Call without = law.deliver(terms, 0, LEAF.root(), LEAF.fuel(), Data.EMPTY);
    transactions.refused.add(with.data());
    jobs.put(done(terms, receipt));
    MarketAgent started =
        start(Events.ordered(4, id(terms), terms), Events.assigned(5, id(terms), 1, 1));
    assertEquals(with, transactions.next());
    assertTrue(started.submitReceipt(id(terms), 0, receipt), "it looks good enough");
    started.onBlock(Events.block(7), List.of());
    assertEquals(without, transactions.next(), "once is enough");
    assertTrue(started.job(id(terms), 0).orElseThrow().receipt().isEmpty());
  }

  private SignedVoucher voucher(Wei total) {
    Voucher voucher = new Voucher(Events.CONSUMER.address(), 1, total);
    return new SignedVoucher(voucher, voucher.sign(law.domain(), Events.CONSUMER).data());
  }

  private static LawEvent tab(long block, Wei amount) {
    return new LawEvent.TabOpened(Events.at(block), Events.CONSUMER.address(), 1, amount);
  }

  private static Call claim(SignedVoucher signed) {
    Voucher voucher = signed.voucher();
    return law.redeem(
        voucher.consumer(), voucher.operatorId(), voucher.total(), signed.signature());
  }

  @Test
  void vouchersAreClaimedOnceTheyAreWorthIt() throws Exception {
    MarketAgent started = start(tab(5, Wei.tokens(10)));
    started.vouchers().accept(voucher(Wei.parse("0.4")));
    started.onBlock(Events.block(6), List.of());
    SignedVoucher enough = voucher(Wei.parse("1.4"));
    started.vouchers().accept(enough);
    started.onBlock(Events.block(7), List.of());
    assertEquals(claim(enough), transactions.next(), "the small one alone was not worth it");
    started.onBlock(
        Events.block(12),
        List.of(
            new LawEvent.VoucherRedeemed(
                Events.at(12), Events.CONSUMER.address(), 1, Wei.parse("1.4"), Wei.parse("1.4"))));
    SignedVoucher next = voucher(Wei.parse("2.3"));
    started.vouchers().accept(next);
    started.onBlock(Events.block(20), List.of());
    SignedVoucher last = voucher(Wei.parse("2.4"));
    started.vouchers().accept(last);
    started.onBlock(Events.block(21), List.of());
    assertEquals(claim(last), transactions.next(), "0.9 since the last claim were not worth it");
  }

  @Test
  void aTabThatClosesIsClaimedFromAtOnceAlsoAfterARestart() throws Exception {
    SignedVoucher small = voucher(Wei.of(3));
    jobs.put(small);
    MarketAgent started = start(tab(5, Wei.of(3)));
    started.onBlock(
        Events.block(6),
        List.of(
            new LawEvent.TabClosing(Events.at(6), Events.CONSUMER.address(), 1, Events.TIME * 2)));
    assertEquals(claim(small), transactions.next());
  }

  @Test
  void whereAnOperatorHasSeveralNodesEachClaimsSoon() throws Exception {
    SignedVoucher small = voucher(Wei.parse("0.009"));
    jobs.put(small);
    MarketAgent started =
        start(tab(5, Wei.tokens(1)), Events.node(5, 2, 1, Wallet.random().address()));
    started.onBlock(Events.block(6), List.of());
    SignedVoucher enough = voucher(Wei.parse("0.01"));
    started.vouchers().accept(enough);
    started.onBlock(Events.block(7), List.of());
    assertEquals(claim(enough), transactions.next());
  }

  @Test
  void aNodeThatLeavesClaimsWhatItHas() throws Exception {
    SignedVoucher small = voucher(Wei.of(3));
    jobs.put(small);
    start(tab(5, Wei.of(3)), new LawEvent.NodeRetired(Events.at(5), 1, 1));
    assertEquals(claim(small), transactions.next());
  }

  @Test
  void oneClaimOfAConsumersIsUnderWayAtATime() throws Exception {
    MarketAgent started = start(tab(5, Wei.tokens(10)));
    SignedVoucher first = voucher(Wei.tokens(1));
    started.vouchers().accept(first);
    started.onBlock(Events.block(6), List.of());
    assertEquals(claim(first), transactions.next());
    SignedVoucher second = voucher(Wei.tokens(3));
    started.vouchers().accept(second);
    for (long block = 20; block < 23; block++) {
      started.onBlock(Events.block(block), List.of());
    }
    started.onBlock(
        Events.block(30),
        List.of(
            new LawEvent.VoucherRedeemed(
                Events.at(30), Events.CONSUMER.address(), 1, Wei.tokens(1), Wei.tokens(1))));
    assertEquals(claim(second), transactions.next(), "and nothing in between");
  }

  @Test
  void whatATabDoesNotCoverIsNotClaimed() throws Exception {
    jobs.put(voucher(Wei.tokens(3)));
    MarketAgent started = start(tab(5, Wei.tokens(2)));
    started.onBlock(Events.block(6), List.of());
    SignedVoucher covered = voucher(Wei.tokens(4));
    started.vouchers().accept(covered);
    started.onBlock(Events.block(7), List.of(tab(7, Wei.tokens(2))));
    assertEquals(claim(covered), transactions.next());
  }

  private BlobId keep(byte[] bytes) throws IOException {
    BlobId id = BlobId.of(bytes);
    blobs.put(
        id,
        bytes.length,
        new Holding(BlobFetcher.SELF, Instant.now().plusSeconds(3_600), Holding.Access.SHARED),
        Long.MAX_VALUE,
        new ByteArrayInputStream(bytes));
    return id;
  }

  /// The spec of a task all of which is here.
  private Bytes32 heldSpec() throws IOException {
    return heldSpec(false);
  }

  private Bytes32 heldSpec(boolean realTime) throws IOException {
    byte[] program = {0, 'a', 's', 'm'};
    TaskSpec spec =
        TaskSpec.newBuilder()
            .setRuntime("wasm")
            .setProfile("wasm-det/1")
            .setRealTime(realTime)
            .setProgram(
                BlobRef.newBuilder()
                    .setId(ByteString.copyFrom(keep(program).bytes()))
                    .setSizeBytes(program.length))
            .build();
    return Bytes32.of(keep(Specs.encode(spec)).bytes());
  }

  /// Waits until an order stands in a way.
  private static MarketAgent.Standing standing(
      MarketAgent agent, Terms terms, Predicate<MarketAgent.Standing> wanted)
      throws InterruptedException {
    while (agent.market().order(id(terms)).isEmpty()) {
      agent.awaitChange(agent.version(), Duration.ofMillis(100));
    }
    while (true) {
      Optional<MarketAgent.Standing> standing = agent.standing(id(terms));
      if (standing.filter(wanted).isPresent()) {
        return standing.get();
      }
      agent.awaitChange(agent.version(), Duration.ofMillis(100));
    }
  }

  @Test
  void whileItsProgramIsCompiledAnOrderIsToldSoAndThenWhyItCannotRun() throws Exception {
    CompletableFuture<Check> compiled = new CompletableFuture<>();
    runtime.compiled = compiled;
    Terms terms = Events.terms(1, heldSpec(), 1_000_000_000_000L);
    MarketAgent started = start(Events.ordered(4, id(terms), terms));
    Reason compiling =
        standing(
                started,
                terms,
                at -> at.preparing().filter(r -> r.sentence().startsWith("comp")).isPresent())
            .preparing()
            .orElseThrow();
    assertEquals("PREPARING", compiling.code());
    assertTrue(
        compiling.sentence().matches("compiling its program: \\d+ s so far"), compiling.sentence());
    assertNull(transactions.sent.poll(), "no bid before the program is compiled");

    compiled.complete(
        new Check.HostFailure(FailureReason.PREPARE_TIME, "compiling took over 60 s"));
    Decision.Decline decline =
        (Decision.Decline)
            standing(started, terms, at -> at.decision() instanceof Decision.Decline).decision();
    Reason cannot = decline.reasons().getFirst();
    assertEquals("CANNOT_RUN", cannot.code());
    assertTrue(
        cannot.sentence().startsWith("compiling took over 60 s; tried again at "),
        cannot.sentence());
    assertEquals(Reason.Horizon.LATER, cannot.horizon());
  }

  @Test
  void aTaskInRealTimeIsNotBidForWhereRunsAreCompared() throws Exception {
    Terms terms = Events.terms(1, heldSpec(true), 1_000_000_000_000L, Verification.OPTIMISTIC);
    MarketAgent started = start(Events.ordered(4, id(terms), terms));
    Decision.Decline decline =
        (Decision.Decline)
            standing(started, terms, at -> at.decision() instanceof Decision.Decline).decision();
    Reason cannot = decline.reasons().getFirst();
    assertEquals("CANNOT_RUN", cannot.code());
    assertEquals(
        "a task in real time gives no two runs alike, and an order in mode OPTIMISTIC compares runs",
        cannot.sentence());
    assertEquals(Reason.Horizon.NEVER, cannot.horizon());
    assertNull(transactions.sent.poll());
  }

  @Test
  void aProgramThatNoNodeRunsIsToldFromOneThatThisNodeCouldNotPrepare() throws Exception {
    runtime.compiled =
        CompletableFuture.completedFuture(new Check.Refused(Refusal.INVALID, "it is no module"));
    Terms terms = Events.terms(1, heldSpec(), 1_000_000_000_000L);
    MarketAgent started = start(Events.ordered(4, id(terms), terms));
    Decision.Decline decline =
        (Decision.Decline)
            standing(started, terms, at -> at.decision() instanceof Decision.Decline).decision();
    assertEquals("it is no module", decline.reasons().getFirst().sentence());
    assertEquals(Reason.Horizon.NEVER, decline.reasons().getFirst().horizon());
  }

  @Test
  void aProgramThatWouldRunTooSlowlyIsNotBidFor() throws Exception {
    // What the order gives would be enough, were it not for the program's start.
    runtime.compiled =
        CompletableFuture.completedFuture(new Check.Ready(Duration.ofMinutes(10), 4, 0));
    Terms terms = Events.terms(1, heldSpec(), 1_000_000_000_000L);
    MarketAgent started = start(Events.ordered(4, id(terms), terms));
    Decision.Decline decline =
        (Decision.Decline)
            standing(started, terms, at -> at.decision() instanceof Decision.Decline).decision();
    assertEquals("DEADLINE_UNREACHABLE", decline.reasons().getFirst().code());
    assertNull(transactions.sent.poll());
  }

  @Test
  void aRunThatTheMachineSpoiltIsTriedOnceMore() throws Exception {
    Terms terms = Events.terms(1, heldSpec());
    MarketAgent started =
        start(Events.ordered(4, id(terms), terms), Events.assigned(5, id(terms), 1, 1));
    long seen = 0;
    while (started.job(id(terms), 0).filter(job -> job.phase() == Job.Phase.FAILED).isEmpty()) {
      seen = started.awaitChange(seen, Duration.ofSeconds(1));
    }
    assertEquals(2, runtime.runs.get());
    assertEquals(List.of(), started.ledger().reservations(), "its room is free again");
  }

  @Test
  void aSpecThatGaveNoResultIsNotBidForAgainUntilTheOperatorClearsIt() throws Exception {
    Bytes32 spec = heldSpec();
    Terms first = Events.terms(1, spec, 1_000_000_000_000L);
    MarketAgent started =
        start(Events.ordered(4, id(first), first), Events.assigned(5, id(first), 1, 1));
    assertEquals(law.giveUp(first, 0), transactions.next());
    Terms again = Events.terms(2, spec, 1_000_000_000_000L);
    started.onBlock(Events.block(6), List.of(Events.ordered(6, id(again), again)));
    Decision.Decline decline =
        (Decision.Decline)
            standing(started, again, at -> at.decision() instanceof Decision.Decline).decision();
    String why =
        "order %s of the same spec gave no result here: WORKER_DIED: nothing runs"
            .formatted(id(first).prefix(12));
    assertEquals(why, decline.reasons().getFirst().sentence());
    assertEquals(Reason.Horizon.NEVER, decline.reasons().getFirst().horizon());

    started.close();
    MarketAgent later = start(Events.ordered(6, id(again), again));
    standing(later, again, at -> at.decision() instanceof Decision.Decline);
    assertEquals(
        List.of("WORKER_DIED: nothing runs"),
        later.declined().all().stream().map(DeclinedSpec::why).toList());
    assertNull(transactions.sent.poll(), "nothing is bid for");

    assertTrue(later.declined().clear(spec));
    assertFalse(later.declined().clear(spec));
    later.onBlock(Events.block(7), List.of());
    assertEquals(law.bid(again, 0, 1_000_000_000_000L), transactions.next());
  }

  @Test
  void whatLiesInThisMachineAloneDeclinesASpecForAnHour() throws Exception {
    runtime.dies = FailureReason.HOST_DISK;
    Bytes32 spec = heldSpec();
    Terms terms = Events.terms(1, spec, 1_000_000_000_000L);
    MarketAgent started =
        start(Events.ordered(4, id(terms), terms), Events.assigned(5, id(terms), 1, 1));
    assertEquals(law.giveUp(terms, 0), transactions.next());
    DeclinedSpec declined = started.declined().all().getFirst();
    assertEquals(Optional.of(declined.at().plus(Declined.PAUSE)), declined.until());
    assertEquals(1, runtime.runs.get(), "a full disk is not tried twice");
  }

  @Test
  void whatWasLostWithinTheHourIsAtRisk() throws Exception {
    // A stake of 1,000: at most 100 for one consumer.
    Terms terms = Events.terms(1, heldSpec(), 90_000_000_000_000_000L);
    assertEquals(Wei.tokens(90), terms.bond(1));
    Terms lost = Events.terms(2, Bytes32.of(keep(new byte[] {7}).bytes()), 20_000_000_000_000_000L);
    MarketAgent started =
        start(
            Events.ordered(4, id(lost), lost),
            Events.assigned(4, id(lost), 1, 9),
            new LawEvent.Missed(Events.at(4), id(lost), 0, 1, 9, lost.bond(1)),
            Events.ordered(5, id(terms), terms));
    Decision.Decline decline =
        (Decision.Decline)
            standing(started, terms, at -> at.decision() instanceof Decision.Decline).decision();
    assertEquals("STAKE_AT_RISK", decline.reasons().getFirst().code());
    assertEquals(
        "the bond is 90 HKE; for one consumer the operator risks at most 98 HKE at a time and in an hour, and 20 HKE are at risk",
        decline.reasons().getFirst().sentence());
    assertNull(transactions.sent.poll());
    // An hour later that is over.
    started.onBlock(
        new BlockRef(6, Events.hash(6), Events.hash(5), Events.TIME + 4 + 3_600), List.of());
    standing(
        started,
        terms,
        at ->
            !(at.decision() instanceof Decision.Decline d
                && d.reasons().getFirst().code().equals("STAKE_AT_RISK")));
  }

  @Test
  void theResultOfAMissedSlotIsLetGoOfAtOnceAndNobodyElses() throws Exception {
    Terms terms = Events.terms(1, heldSpec());
    Job done = done(terms, Data.EMPTY);
    jobs.put(done);
    byte[] archive = {1, 2};
    BlobId id = BlobId.of(archive);
    String ours = TaskRunner.holder(id(terms), 0);
    for (String holder : List.of(ours, TaskRunner.holder(Events.hash(9), 3))) {
      blobs.put(
          id,
          archive.length,
          new Holding(holder, Instant.now().plusSeconds(3_600), Holding.Access.OWNER_ONLY),
          Long.MAX_VALUE,
          new ByteArrayInputStream(archive));
    }
    MarketAgent started =
        start(Events.ordered(4, id(terms), terms), Events.assigned(5, id(terms), 1, 1));
    transactions.next();
    assertTrue(blobs.info(id).orElseThrow().readableBy(ours));
    started.onBlock(
        Events.block(6), List.of(new LawEvent.Missed(Events.at(6), id(terms), 0, 1, 1, Wei.of(1))));
    while (blobs.info(id).orElseThrow().readableBy(ours)) {
      started.awaitChange(started.version(), Duration.ofMillis(100));
    }
    assertTrue(
        blobs.info(id).orElseThrow().readableBy(TaskRunner.holder(Events.hash(9), 3)),
        "another order's result has the same bytes");
  }

  @Test
  void onlyTheConsumersOwnReceiptIsTaken() throws Exception {
    Terms terms = Events.terms(1);
    jobs.put(done(terms, Data.EMPTY));
    MarketAgent started =
        start(Events.ordered(4, id(terms), terms), Events.assigned(5, id(terms), 1, 1));
    Data receipt = receipt(terms);
    while (started.market().order(id(terms)).isEmpty()) {
      started.awaitChange(started.version(), Duration.ofSeconds(1));
    }
    Data strangers =
        new Receipt(id(terms), 0, LEAF.root(), LEAF.fuel())
            .sign(law.domain(), Wallet.random())
            .data();
    assertFalse(started.submitReceipt(id(terms), 0, strangers));
    assertFalse(started.submitReceipt(id(terms), 0, Data.EMPTY));
    byte[] otherV = receipt.bytes();
    otherV[64] = (byte) (otherV[64] - 27);
    assertFalse(
        started.submitReceipt(id(terms), 0, Data.of(otherV)),
        "the law's recovery does not know this spelling");
    assertTrue(started.submitReceipt(id(terms), 0, receipt));
  }
}
