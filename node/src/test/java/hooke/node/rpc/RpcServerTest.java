package hooke.node.rpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.Tab;
import hooke.chain.eip712.Domain;
import hooke.chain.eip712.SignedVoucher;
import hooke.chain.eip712.Voucher;
import hooke.chain.wallet.Wallet;
import hooke.node.config.Reach;
import hooke.node.market.JobStore;
import hooke.node.market.RocksJobStore;
import hooke.node.market.Vouchers;
import hooke.node.spec.UploadPrice;
import hooke.storage.BlobId;
import hooke.storage.BlobInfo;
import hooke.storage.BlobStore;
import hooke.storage.Holding;
import hooke.storage.StorageFailure;
import hooke.v1.CheckBlobsRequest;
import hooke.v1.CheckBlobsResponse;
import hooke.v1.DownloadBlobRequest;
import hooke.v1.DownloadBlobResponse;
import hooke.v1.GetNodeRequest;
import hooke.v1.GetNodeResponse;
import hooke.v1.MarketServiceGrpc;
import hooke.v1.Node;
import hooke.v1.NodeServiceGrpc;
import hooke.v1.QuoteOrderRequest;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.TaskServiceGrpc;
import hooke.v1.TaskSpec;
import hooke.v1.Terms;
import hooke.v1.UploadBlobRequest;
import hooke.v1.UploadBlobResponse;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real server on the loopback with a real blob store; the chain is a table of balances.
@SuppressWarnings("NullAway.Init")
final class RpcServerTest {
  private static final int NODE = 7;
  private static final Domain DOMAIN = Domain.hooke(31_337, Wallet.random().address());

  private static final Clock CLOCK = Clock.systemUTC();
  private static final Map<Address, Wei> BALANCES = new ConcurrentHashMap<>();
  private static final Map<Address, Tab> TABS = new ConcurrentHashMap<>();
  private static final int OPERATOR = 3;

  /// Run when the node has looked at a tab.
  private static volatile Runnable onTab = () -> {};

  /// A token-wei for a byte and an hour.
  private static final Wei GIB_HOUR = Wei.of(1 << 30);

  private static final TlsIdentity IDENTITY = TlsIdentity.create("test");

  private static final List<StorageFailure> FAILED = new CopyOnWriteArrayList<>();

  @TempDir private static Path directory;

  private static BlobStore store;
  private static JobStore jobs;
  private static RpcServer server;

  private final Wallet consumer = Wallet.random();

  @BeforeAll
  static void start() throws IOException {
    store = BlobStore.open(directory.resolve("blobs"), 64 << 20);
    jobs = RocksJobStore.open(directory.resolve("jobs"));
    BlobApi blobs =
        new BlobApi(
            store,
            new BlobApi.Quota(
                account -> BALANCES.getOrDefault(account, Wei.ZERO),
                1 << 20,
                4 << 20,
                Duration.ofDays(30)),
            new PaidUploads(
                new Vouchers(jobs),
                () -> OPERATOR,
                (account, operator) -> {
                  Tab seen = TABS.getOrDefault(account, new Tab(Wei.ZERO, Wei.ZERO, 0));
                  onTab.run();
                  return seen;
                },
                DOMAIN,
                new UploadPrice(GIB_HOUR)),
            CLOCK);
    server =
        RpcServer.start(
            "127.0.0.1",
            0,
            IDENTITY,
            new AccessCheck(DOMAIN, () -> NODE, AccessCheck.Contracts.NONE, CLOCK),
            FAILED::add,
            List.of(new Describes(), new Blobs(blobs), new Broken()));
  }

  @BeforeEach
  void fund() {
    BALANCES.put(consumer.address(), Wei.tokens(2));
  }

  @AfterAll
  static void stop() {
    server.close();
    store.close();
    jobs.close();
  }

  private static final class Describes extends NodeServiceGrpc.NodeServiceImplBase {
    @Override
    public void getNode(GetNodeRequest request, StreamObserver<GetNodeResponse> to) {
      Answers.one(
          to,
          () ->
              GetNodeResponse.newBuilder()
                  .setNode(Node.newBuilder().setName("nodes/7").setSyncedBlock(12))
                  .build());
    }
  }

  private static final class Broken extends MarketServiceGrpc.MarketServiceImplBase {
    @Override
    public void quoteOrder(QuoteOrderRequest request, StreamObserver<QuoteOrderResponse> to) {
      Answers.one(
          to,
          () -> {
            throw new StorageFailure("the disk is gone", new IOException("EIO"));
          });
    }
  }

  private static final class Blobs extends TaskServiceGrpc.TaskServiceImplBase {
    private final BlobApi blobs;

    Blobs(BlobApi blobs) {
      this.blobs = blobs;
    }

    @Override
    public StreamObserver<UploadBlobRequest> uploadBlob(StreamObserver<UploadBlobResponse> to) {
      return blobs.upload(AccessInterceptor.caller(), to);
    }

    @Override
    public void checkBlobs(CheckBlobsRequest request, StreamObserver<CheckBlobsResponse> to) {
      Answers.one(to, () -> blobs.check(request, AccessInterceptor.caller()));
    }

    @Override
    public void downloadBlob(DownloadBlobRequest request, StreamObserver<DownloadBlobResponse> to) {
      Address caller = AccessInterceptor.caller();
      Answers.stream("download", to, replies -> blobs.download(request, caller, replies));
    }
  }

  private NodeClient client(Wallet signer) {
    return client(NODE, IDENTITY.keyHash(), DOMAIN, signer, CLOCK);
  }

  private NodeClient client(int node, Bytes32 pin, Domain domain, Wallet signer, Clock time) {
    return new NodeClient(
        node, "127.0.0.1:" + server.port(), pin, domain, signer, time, Reach.PRIVATE);
  }

  private static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new SplittableRandom(size).nextBytes(bytes);
    return bytes;
  }

  private Instant later() {
    return CLOCK.instant().plusSeconds(600);
  }

  private static void assertRefused(
      ErrorCode code, org.junit.jupiter.api.function.Executable call) {
    assertEquals(code.name(), assertThrows(RpcFailure.class, call).reason());
  }

  @Test
  void aBlobComesBackAsItWasUploadedFromAnyOffset() throws IOException {
    byte[] content = bytes(3_000_001);
    BlobId id = BlobId.of(content);
    try (NodeClient client = client(consumer)) {
      assertTrue(client.check(List.of(id)).isEmpty());
      assertFalse(
          client
              .upload(id, content.length, new ByteArrayInputStream(content), later())
              .getAlreadyHeld());
      assertEquals(content.length, client.check(List.of(id)).getFirst().getSizeBytes());
      for (int offset : new int[] {0, 1, 65_536, 2_999_999, content.length}) {
        try (InputStream back = client.openBlob(id, offset)) {
          assertArrayEquals(
              java.util.Arrays.copyOfRange(content, offset, content.length), back.readAllBytes());
        }
      }
      assertTrue(
          client
              .upload(id, content.length, InputStream.nullInputStream(), later())
              .getAlreadyHeld());
    }
  }

  @Test
  void aBrokenDiskIsReportedToTheNodeAndNotDescribedToTheCaller() {
    try (NodeClient client = client(consumer)) {
      RpcFailure told =
          assertThrows(
              RpcFailure.class,
              () ->
                  client.quote(
                      TaskSpec.getDefaultInstance(),
                      Terms.getDefaultInstance(),
                      Duration.ofSeconds(30)));
      assertEquals(ErrorCode.INTERNAL.name(), told.reason());
      assertFalse(told.getMessage().contains("disk"), told.getMessage());
    }
    assertEquals("the disk is gone", FAILED.getLast().getMessage());
  }

  @Test
  void theEmptyBlobIsABlob() throws IOException {
    BlobId id = BlobId.of(new byte[0]);
    try (NodeClient client = client(consumer)) {
      client.upload(id, 0, InputStream.nullInputStream(), later());
      assertEquals(0, client.openBlob(id, 0).readAllBytes().length);
    }
  }

  @Test
  void anUploadEndedEarlyByTheAnswerIsNoFailure() throws IOException {
    byte[] content = bytes(9_000_000);
    BlobId id = BlobId.of(content);
    BALANCES.put(consumer.address(), Wei.tokens(9));
    try (NodeClient client = client(consumer)) {
      client.upload(id, content.length, new ByteArrayInputStream(content), later());
      assertTrue(
          client
              .upload(id, content.length, new ByteArrayInputStream(content), later())
              .getAlreadyHeld());
    }
  }

  @Test
  void wrongBytesAreRefusedAndNothingIsKept() {
    long before = store.used();
    byte[] content = bytes(5_000);
    BlobId other = BlobId.of(bytes(4_000));
    try (NodeClient client = client(consumer)) {
      assertRefused(
          ErrorCode.BLOB_HASH_MISMATCH,
          () -> client.upload(other, 5_000, new ByteArrayInputStream(content), later()));
      assertRefused(
          ErrorCode.BLOB_SIZE_MISMATCH,
          () -> client.upload(other, 6_000, new ByteArrayInputStream(content), later()));
      assertRefused(
          ErrorCode.BLOB_SIZE_MISMATCH,
          () -> client.upload(other, 4_000, new ByteArrayInputStream(content), later()));
      assertRefused(
          ErrorCode.BLOB_TOO_LARGE,
          () -> client.upload(other, 1L << 40, new ByteArrayInputStream(content), later()));
      assertEquals(before, store.used());
    }
  }

  @Test
  void theAllowanceFollowsTheBalanceAndSaysWhatToDeposit() {
    byte[] content = bytes(10_000_000);
    try (NodeClient client = client(consumer)) {
      RpcFailure refused =
          assertThrows(
              RpcFailure.class,
              () ->
                  client.upload(
                      BlobId.of(content),
                      content.length,
                      new ByteArrayInputStream(content),
                      later()));
      assertEquals("UPLOAD_ALLOWANCE_EXCEEDED", refused.reason());
      assertEquals("9437184", refused.metadata().get("limit_bytes"));
      Wei deposit = new Wei(new BigInteger(refused.metadata().getOrDefault("deposit_wei", "0")));
      BALANCES.merge(consumer.address(), deposit, Wei::plus);
      client.upload(BlobId.of(content), content.length, new ByteArrayInputStream(content), later());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    try (NodeClient stranger = client(Wallet.random())) {
      assertRefused(
          ErrorCode.UPLOAD_ALLOWANCE_EXCEEDED,
          () ->
              stranger.upload(
                  BlobId.of(new byte[1]), 1, new ByteArrayInputStream(new byte[1]), later()));
    }
  }

  private SignedVoucher voucher(Wei total) {
    Voucher voucher = new Voucher(consumer.address(), OPERATOR, total);
    return new SignedVoucher(voucher, voucher.sign(DOMAIN, consumer).data());
  }

  private static RpcFailure refused(
      ErrorCode code, org.junit.jupiter.api.function.Executable call) {
    RpcFailure refused = assertThrows(RpcFailure.class, call);
    assertEquals(code.name(), refused.reason());
    return refused;
  }

  private static Wei wei(RpcFailure refused, String name) {
    return new Wei(new BigInteger(refused.metadata().getOrDefault(name, "")));
  }

  private static void openTab(Address account, Wei balance, Wei redeemed, long closesAt) {
    TABS.put(account, new Tab(balance, redeemed, closesAt));
  }

  @Test
  void whatIsBeyondTheAllowanceIsPaidByVoucher() throws IOException {
    BALANCES.put(consumer.address(), Wei.of(1));
    byte[] content = bytes(1_500_000);
    BlobId id = BlobId.of(content);
    Instant keep = CLOCK.instant().plusSeconds(7_200);
    try (NodeClient client = client(consumer)) {
      RpcFailure asked =
          refused(
              ErrorCode.UPLOAD_ALLOWANCE_EXCEEDED,
              () -> client.upload(id, content.length, new ByteArrayInputStream(content), keep));
      Wei cost = wei(asked, "cost_wei");
      assertTrue(cost.compareTo(Wei.of(2L * content.length)) <= 0, cost::toString);
      assertTrue(cost.compareTo(Wei.of(19L * content.length / 10)) > 0, "almost two hours");
      assertEquals(cost, wei(asked, "voucher_total_wei"), "nothing was promised before");
      assertEquals("3", asked.metadata().get("operator_id"));

      ThrowingUpload pay =
          voucher ->
              client.upload(
                  id,
                  content.length,
                  new ByteArrayInputStream(content),
                  keep,
                  Optional.of(voucher));
      RpcFailure uncovered = refused(ErrorCode.TAB_TOO_SMALL, () -> pay.with(voucher(cost)));
      assertEquals(cost, wei(uncovered, "top_up_wei"));
      openTab(consumer.address(), cost, Wei.ZERO, 1);
      assertRefused(ErrorCode.TAB_TOO_SMALL, () -> pay.with(voucher(cost)));
      openTab(consumer.address(), cost, Wei.ZERO, 0);
      assertRefused(
          ErrorCode.VOUCHER_TOO_SMALL, () -> pay.with(voucher(cost.minus(Wei.of(content.length)))));
      SignedVoucher forged =
          new SignedVoucher(
              voucher(cost).voucher(),
              voucher(cost).voucher().sign(DOMAIN, Wallet.random()).data());
      assertRefused(ErrorCode.VOUCHER_INVALID, () -> pay.with(forged));
      assertTrue(client.check(List.of(id)).isEmpty(), "nothing of a failed upload is kept");

      pay.with(voucher(cost));
      assertEquals(1, client.check(List.of(id)).size());
      assertTrue(
          client.upload(id, content.length, InputStream.nullInputStream(), keep).getAlreadyHeld(),
          "what is paid for is not paid again");
      byte[] small = bytes(1_000_000);
      client.upload(BlobId.of(small), small.length, new ByteArrayInputStream(small), keep);

      Instant longer = keep.plusSeconds(3_600);
      RpcFailure more =
          refused(
              ErrorCode.UPLOAD_ALLOWANCE_EXCEEDED,
              () -> client.upload(id, content.length, InputStream.nullInputStream(), longer));
      assertEquals(Wei.of(content.length), wei(more, "cost_wei"), "the hour that comes on top");
      assertEquals(cost.plus(Wei.of(content.length)), wei(more, "voucher_total_wei"));
    }
  }

  @FunctionalInterface
  private interface ThrowingUpload {
    void with(SignedVoucher voucher) throws IOException;
  }

  @Test
  void whatIsHereAlreadyIsPaidForByItsOwnSize() throws IOException {
    BALANCES.put(consumer.address(), Wei.of(1));
    openTab(consumer.address(), Wei.tokens(1), Wei.ZERO, 0);
    byte[] content = bytes(700_000);
    BlobId id = BlobId.of(content);
    Instant keep = CLOCK.instant().plusSeconds(3_600);
    try (NodeClient client = client(consumer)) {
      client.upload(id, content.length, new ByteArrayInputStream(content), later());
      for (long told : new long[] {0, 1, content.length + 1L}) {
        assertRefused(
            ErrorCode.BLOB_SIZE_MISMATCH,
            () ->
                client.upload(
                    id,
                    told,
                    InputStream.nullInputStream(),
                    keep,
                    Optional.of(voucher(Wei.of(told)))));
      }
    }
    assertTrue(
        jobs.vouchers().stream()
            .noneMatch(held -> held.voucher().consumer().equals(consumer.address())));
  }

  @Test
  void whatCostsNothingNeedsNoVoucherAndKeepsNone() throws IOException {
    BALANCES.put(consumer.address(), Wei.ZERO);
    BlobId empty = BlobId.of(new byte[0]);
    try (NodeClient client = client(consumer)) {
      client.upload(
          empty, 0, InputStream.nullInputStream(), later(), Optional.of(voucher(Wei.of(5))));
    }
    assertTrue(
        jobs.vouchers().stream()
            .noneMatch(held -> held.voucher().consumer().equals(consumer.address())));
  }

  @Test
  void aTabThatIsTakenBackDuringTheUploadPaysForNothing() throws IOException {
    assertRefusedAtTheEnd(ErrorCode.TAB_TOO_SMALL, new Tab(Wei.ZERO, Wei.ZERO, 0));
  }

  @Test
  void whatAnotherNodeOfTheOperatorClaimedMeanwhilePaysForNothing() throws IOException {
    assertRefusedAtTheEnd(ErrorCode.VOUCHER_TOO_SMALL, new Tab(Wei.tokens(1), Wei.of(600_001), 0));
  }

  /// Uploads for a voucher whose tab changes once the node has looked at it.
  private void assertRefusedAtTheEnd(ErrorCode code, Tab then) throws IOException {
    byte[] content = bytes(600_000);
    openTab(consumer.address(), Wei.tokens(1), Wei.ZERO, 0);
    AtomicInteger looks = new AtomicInteger();
    CountDownLatch looked = new CountDownLatch(1);
    onTab =
        () -> {
          looks.incrementAndGet();
          looked.countDown();
        };
    InputStream takenBack =
        new FilterInputStream(new ByteArrayInputStream(content)) {
          @Override
          public int read(byte[] to, int offset, int length) throws IOException {
            try {
              looked.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            TABS.put(consumer.address(), then);
            return super.read(to, offset, length);
          }
        };
    try (NodeClient client = client(consumer)) {
      assertRefused(
          code,
          () ->
              client.upload(
                  BlobId.of(content),
                  content.length,
                  takenBack,
                  CLOCK.instant().plusSeconds(3_600),
                  Optional.of(voucher(Wei.of(600_000)))));
    } finally {
      onTab = () -> {};
    }
    assertEquals(2, looks.get());
    assertEquals(
        List.of(),
        store.info(BlobId.of(content)).map(BlobInfo::holdings).orElse(List.of()),
        "nobody pays for it");
  }

  @Test
  void uploadsMayFillHalfOfTheStore() {
    try (NodeClient client = client(consumer)) {
      RpcFailure tooLarge =
          refused(
              ErrorCode.BLOB_TOO_LARGE,
              () ->
                  client.upload(
                      BlobId.of(new byte[1]),
                      (32 << 20) + 1,
                      new ByteArrayInputStream(new byte[1]),
                      later()));
      assertEquals(Integer.toString(32 << 20), tooLarge.metadata().get("limit_bytes"));
    }
  }

  @Test
  void aVoucherOfAFailedUploadIsNotTaken() throws IOException {
    BALANCES.put(consumer.address(), Wei.of(1));
    byte[] content = bytes(1_200_000);
    byte[] other = bytes(1_200_001);
    openTab(consumer.address(), Wei.tokens(1), Wei.of(5), 0);
    SignedVoucher voucher = voucher(Wei.of(1_200_000L + 5));
    try (NodeClient client = client(consumer)) {
      Instant keep = CLOCK.instant().plusSeconds(3_600);
      assertRefused(
          ErrorCode.BLOB_HASH_MISMATCH,
          () ->
              client.upload(
                  BlobId.of(other),
                  content.length,
                  new ByteArrayInputStream(content),
                  keep,
                  Optional.of(voucher)));
      client.upload(
          BlobId.of(content),
          content.length,
          new ByteArrayInputStream(content),
          keep,
          Optional.of(voucher));
    }
    assertTrue(
        jobs.vouchers().contains(voucher),
        "on disk before the answer, and good for the next start");
  }

  @Test
  void oneVoucherPaysForOneUpload() throws Exception {
    openTab(consumer.address(), Wei.tokens(1), Wei.ZERO, 0);
    byte[] content = bytes(500_000);
    SignedVoucher voucher = voucher(Wei.of(500_000));
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    InputStream held =
        new FilterInputStream(new ByteArrayInputStream(content)) {
          @Override
          public int read(byte[] to, int offset, int length) throws IOException {
            try {
              goOn.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            return super.read(to, offset, length);
          }
        };
    onTab = begun::countDown;
    try (NodeClient client = client(consumer);
        ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Instant keep = later();
      Future<?> first =
          threads.submit(() ->
              client.upload(BlobId.of(content), content.length, held, keep, Optional.of(voucher)));
      begun.await();
      byte[] next = bytes(400_000);
      ThrowingUpload second =
          paid ->
              client.upload(
                  BlobId.of(next),
                  next.length,
                  new ByteArrayInputStream(next),
                  keep,
                  Optional.of(paid));
      assertRefused(ErrorCode.PAID_UPLOAD_UNDERWAY, () -> second.with(voucher));
      goOn.countDown();
      first.get();
      assertRefused(ErrorCode.VOUCHER_TOO_SMALL, () -> second.with(voucher));
    } finally {
      onTab = () -> {};
    }
  }

  @Test
  void whatIsKeptForTheOwnerAloneLooksAbsentToOthers() throws IOException {
    byte[] content = bytes(100);
    BlobId id = BlobId.of(content);
    store.put(
        id,
        100,
        new Holding("self", later(), Holding.Access.OWNER_ONLY),
        Long.MAX_VALUE,
        new ByteArrayInputStream(content));
    try (NodeClient client = client(consumer);
        InputStream blob = client.openBlob(id, 0)) {
      assertTrue(client.check(List.of(id)).isEmpty());
      IOException refused = assertThrows(IOException.class, blob::read);
      assertTrue(
          refused.getCause() instanceof RpcFailure failure && failure.is(ErrorCode.BLOB_NOT_FOUND));
    }
  }

  @Test
  void anOffsetBeyondTheEndIsRefused() throws IOException {
    try (NodeClient client = client(consumer)) {
      BlobId id = BlobId.of(new byte[10]);
      client.upload(id, 10, new ByteArrayInputStream(new byte[10]), later());
      IOException refused = assertThrows(IOException.class, () -> client.openBlob(id, 11).read());
      assertTrue(
          refused.getCause() instanceof RpcFailure failure
              && failure.is(ErrorCode.OFFSET_OUT_OF_RANGE));
    }
  }

  @Test
  void aTokenOpensOneNodeOnOneChainForAWhile() {
    List<BlobId> none = List.of();
    try (NodeClient wrong = client(8, IDENTITY.keyHash(), DOMAIN, consumer, CLOCK)) {
      assertRefused(ErrorCode.TOKEN_WRONG_NODE, () -> wrong.check(none));
    }
    Domain elsewhere = Domain.hooke(1, DOMAIN.contract());
    try (NodeClient wrong = client(NODE, IDENTITY.keyHash(), elsewhere, consumer, CLOCK)) {
      assertRefused(ErrorCode.TOKEN_WRONG_CHAIN, () -> wrong.check(none));
    }
    Instant now = CLOCK.instant();
    try (NodeClient early =
        client(NODE, IDENTITY.keyHash(), DOMAIN, consumer, at(now.minusSeconds(3_600)))) {
      assertRefused(ErrorCode.TOKEN_EXPIRED, () -> early.check(none));
    }
    try (NodeClient late =
        client(NODE, IDENTITY.keyHash(), DOMAIN, consumer, at(now.plusSeconds(3_600)))) {
      assertRefused(ErrorCode.TOKEN_TOO_LONG_LIVED, () -> late.check(none));
    }
  }

  private static Clock at(Instant instant) {
    return Clock.fixed(instant, ZoneOffset.UTC);
  }

  @Test
  void anotherTlsKeyThanTheChainsIsNotSpokenTo() {
    Bytes32 other = TlsIdentity.create("other").keyHash();
    try (NodeClient client = client(NODE, other, DOMAIN, consumer, CLOCK)) {
      RpcFailure failure = assertThrows(RpcFailure.class, () -> client.node(Duration.ofSeconds(5)));
      assertTrue(failure.unreachable(), failure::getMessage);
      assertTrue(failure.getMessage().contains(other.prefix(12)), failure::getMessage);
    }
  }

  @Test
  void aNodeThatIsNotThereIsNamed() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    try (NodeClient client =
        new NodeClient(
            NODE,
            "https://127.0.0.1:" + port,
            IDENTITY.keyHash(),
            DOMAIN,
            consumer,
            CLOCK,
            Reach.PRIVATE)) {
      RpcFailure failure = assertThrows(RpcFailure.class, () -> client.node(Duration.ofSeconds(5)));
      assertEquals(RpcFailure.UNREACHABLE, failure.reason());
      assertEquals(
          "127.0.0.1:%d cannot be reached: Connection refused".formatted(port),
          failure.getMessage());
    }
  }

  @Test
  void publicMethodsNeedNoTokenAndSpeakJson()
      throws IOException, InterruptedException, GeneralSecurityException {
    try (NodeClient client = client(consumer)) {
      assertEquals("nodes/7", client.node(Duration.ofSeconds(5)).getName());
    }
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, new TrustManager[] {new PinnedKey(IDENTITY.keyHash())}, null);
    try (HttpClient http = HttpClient.newBuilder().sslContext(tls).build()) {
      HttpResponse<String> node =
          http.send(get("/v1/node").build(), HttpResponse.BodyHandlers.ofString());
      assertEquals(200, node.statusCode());
      assertTrue(node.body().contains("\"syncedBlock\":\"12\""), node::body);
      HttpResponse<String> refused =
          http.send(
              get("/v1/blobs:check")
                  .header("content-type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString("{\"blobs\":[]}"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertEquals(401, refused.statusCode());
      assertTrue(refused.body().contains("TOKEN_MISSING"), refused::body);
    }
  }

  @Test
  void anOversizedRequestIsCutOffAndTheNodeGoesOn()
      throws IOException, InterruptedException, GeneralSecurityException {
    HttpRequest large =
        get("/v1/blobs:check")
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(" ".repeat(RpcServer.MAX_MESSAGE + 1)))
            .build();
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, new TrustManager[] {new PinnedKey(IDENTITY.keyHash())}, null);
    try (HttpClient http = HttpClient.newBuilder().sslContext(tls).build()) {
      // The refusal may come while the client still writes; it then sees the reset only.
      int status;
      try {
        status = http.send(large, HttpResponse.BodyHandlers.discarding()).statusCode();
      } catch (IOException e) {
        status = 413;
      }
      assertEquals(413, status);
    }
    try (NodeClient client = client(consumer)) {
      assertEquals("nodes/7", client.node(Duration.ofSeconds(5)).getName());
    }
  }

  private HttpRequest.Builder get(String path) {
    return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + path))
        .timeout(Duration.ofSeconds(10));
  }
}
