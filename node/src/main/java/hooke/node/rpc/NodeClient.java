package hooke.node.rpc;

import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.grpc.GrpcClientBuilder;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.common.util.TlsEngineType;
import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.eip712.Domain;
import hooke.chain.eip712.SignedVoucher;
import hooke.chain.wallet.Signer;
import hooke.node.config.PeerEndpoint;
import hooke.node.config.Reach;
import hooke.node.spec.Escaped;
import hooke.storage.BlobId;
import hooke.v1.ArrayResult;
import hooke.v1.CheckBlobsRequest;
import hooke.v1.ClearDeclinedSpecsRequest;
import hooke.v1.DeclinedSpec;
import hooke.v1.DownloadBlobRequest;
import hooke.v1.DownloadBlobResponse;
import hooke.v1.DownloadResultRequest;
import hooke.v1.DownloadResultResponse;
import hooke.v1.GetNodeRequest;
import hooke.v1.GetTaskRequest;
import hooke.v1.HeldBlob;
import hooke.v1.ListDeclinedSpecsRequest;
import hooke.v1.LogChunk;
import hooke.v1.MarketServiceGrpc;
import hooke.v1.Node;
import hooke.v1.NodeServiceGrpc;
import hooke.v1.QuoteOrderRequest;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.ReadLogsRequest;
import hooke.v1.ReadLogsResponse;
import hooke.v1.Result;
import hooke.v1.SubmitReceiptRequest;
import hooke.v1.Task;
import hooke.v1.TaskServiceGrpc;
import hooke.v1.TaskSpec;
import hooke.v1.Terms;
import hooke.v1.UploadBlobRequest;
import hooke.v1.UploadBlobResponse;
import hooke.v1.UploadHeader;
import hooke.v1.Voucher;
import hooke.v1.WatchTaskRequest;
import hooke.v1.WatchTaskResponse;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// Speaks to one node in the name of one account: takes only the server whose key is pinned, shows
/// a TLS key of its own that lives as long as this client, and signs the tokens that are bound to
/// it.
///
/// Calls block and fail with [RpcFailure]. Any thread. Close it to end the connections.
public final class NodeClient implements AutoCloseable {
  /// Longest wait for the answer to a single call.
  public static final Duration DEADLINE = Duration.ofSeconds(30);

  /// Longest silence in a download.
  static final Duration SILENCE = Duration.ofSeconds(60);

  /// A watched task may be silent for as long as it runs: the connection's pings notice a dead
  /// node.
  private static final Duration QUIET = Duration.ofDays(30);

  /// Messages of a download that may hold nothing: the header, or the whole of an empty blob.
  private static final int MAX_EMPTY = 16;

  /// Bytes of a single answer that is a node's word about itself or an order.
  private static final int MAX_WORDS = 128 << 10;

  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration IDLE = Duration.ofSeconds(60);
  private static final Duration PING = Duration.ofSeconds(20);
  private static final int UPLOAD_CHUNK = 1 << 18;

  /// An upload may take so long, and a second more for each so many bytes: what nodes give it.
  private static final Duration UPLOAD = Duration.ofSeconds(60);

  private static final long UPLOAD_BYTES_PER_SECOND = 64 << 10;
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final String endpoint;
  private final ClientFactory connections;
  private final Tokens tokens;
  private final NodeServiceGrpc.NodeServiceBlockingStub nodes;
  private final MarketServiceGrpc.MarketServiceBlockingStub market;
  private final TaskServiceGrpc.TaskServiceBlockingStub tasks;
  private final TaskServiceGrpc.TaskServiceStub streams;

  /// Connects at the first call.
  ///
  /// @param nodeId the node's number on chain, from 1
  /// @param endpoint `host:port` or `https://host:port`, as anybody may have registered it
  /// @param tlsKeyHash the node's TLS key as registered on chain
  /// @param domain of the chain and contract both sides work on
  /// @param signer the account that asks
  /// @param reach which addresses are connected to
  /// @throws RpcFailure for what is no endpoint, or one that is never connected to
  public NodeClient(
      int nodeId,
      String endpoint,
      Bytes32 tlsKeyHash,
      Domain domain,
      Signer signer,
      Clock clock,
      Reach reach) {
    PeerEndpoint address = address(endpoint, reach);
    this.endpoint = address.toString();
    TlsIdentity identity = TlsIdentity.create("hooke client");
    this.tokens = new Tokens(domain, nodeId, identity.keyHash(), signer, clock);
    this.connections =
        ClientFactory.builder()
            .connectTimeout(CONNECT)
            .addressResolverGroupFactory(loops -> new CheckedResolvers(reach, CONNECT))
            .idleTimeout(IDLE)
            .pingInterval(PING)
            .tlsEngineType(TlsEngineType.JDK)
            .tlsCustomizer(tls ->
                tls.keyManager(identity.key(), identity.certificate())
                    .trustManager(new PinnedKey(tlsKeyHash)))
            .build();
    Supplier<GrpcClientBuilder> client =
        () ->
            GrpcClients.builder("gproto+h2://" + this.endpoint + "/")
                .factory(connections)
                .maxResponseLength(0)
                .responseTimeout(Duration.ZERO)
                .writeTimeout(CONNECT)
                .maxResponseMessageLength(RpcServer.MAX_MESSAGE);
    Supplier<GrpcClientBuilder> words =
        () -> client.get().maxResponseMessageLength(MAX_WORDS).maxResponseLength(2L * MAX_WORDS);
    this.nodes = words.get().build(NodeServiceGrpc.NodeServiceBlockingStub.class);
    this.market = words.get().build(MarketServiceGrpc.MarketServiceBlockingStub.class);
    this.tasks = client.get().build(TaskServiceGrpc.TaskServiceBlockingStub.class);
    this.streams = client.get().build(TaskServiceGrpc.TaskServiceStub.class);
  }

  /// Name of a task: `tasks/{order}-{slot}`.
  public static String taskName(Bytes32 order, int slot) {
    return "tasks/" + order + "-" + slot;
  }

  /// `host:port` of the node.
  public String endpoint() {
    return endpoint;
  }

  private static PeerEndpoint address(String endpoint, Reach reach) {
    PeerEndpoint address =
        PeerEndpoint.parse(endpoint)
            .orElseThrow(() ->
                unreachable("its endpoint '%s' is no host:port".formatted(Escaped.name(endpoint))));
    if (address.isIpv6() && Reach.literal(address.host()).isEmpty()) {
      throw unreachable("its endpoint '%s' is no address".formatted(address));
    }
    Reach.literal(address.host())
        .flatMap(reach::objection)
        .ifPresent(why -> {
          throw unreachable(address + " is not connected to: " + why);
        });
    return address;
  }

  private static RpcFailure unreachable(String why) {
    return new RpcFailure(RpcFailure.UNREACHABLE, why, java.util.Map.of(), null);
  }

  public Node node(Duration deadline) {
    return call(
        () -> within(nodes, deadline).getNode(GetNodeRequest.getDefaultInstance()).getNode());
  }

  /// Specs that gave no result at the node; for its own key and its operator alone.
  public List<DeclinedSpec> declined() {
    return call(() ->
        with("node", within(nodes, DEADLINE))
            .listDeclinedSpecs(ListDeclinedSpecsRequest.getDefaultInstance())
            .getSpecsList());
  }

  /// Lets specs be bid for again there; every one if none is named.
  ///
  /// @return how many were declined before
  public int clearDeclined(List<BlobId> specs) {
    ClearDeclinedSpecsRequest request =
        ClearDeclinedSpecsRequest.newBuilder()
            .addAllSpecs(specs.stream().map(BlobId::toString).toList())
            .build();
    return call(
        () -> with("node", within(nodes, DEADLINE)).clearDeclinedSpecs(request).getCleared());
  }

  public QuoteOrderResponse quote(TaskSpec spec, Terms terms, Duration deadline) {
    return call(() ->
        within(market, deadline)
            .quoteOrder(QuoteOrderRequest.newBuilder().setSpec(spec).setTerms(terms).build()));
  }

  /// What the node does about an order that was placed.
  public QuoteOrderResponse quote(Bytes32 order, Duration deadline) {
    return call(() ->
        within(market, deadline)
            .quoteOrder(QuoteOrderRequest.newBuilder().setOrder("orders/" + order).build()));
  }

  /// Which of these blobs the node holds and lets this account read.
  public List<HeldBlob> check(List<BlobId> ids) {
    CheckBlobsRequest request =
        CheckBlobsRequest.newBuilder()
            .addAllBlobs(ids.stream().map(BlobId::toString).toList())
            .build();
    return call(() -> with("blob", within(tasks, DEADLINE)).checkBlobs(request).getHeldList());
  }

  /// Uploads a blob of exactly `size` bytes. What the node holds already is not sent again, and the
  /// stream may not be read to its end then.
  ///
  /// @throws IOException if `content` cannot be read
  public UploadBlobResponse upload(BlobId id, long size, InputStream content, Instant keepUntil)
      throws IOException {
    return upload(id, size, content, keepUntil, Optional.empty());
  }

  /// The same.
  ///
  /// @param voucher pays for it
  public UploadBlobResponse upload(
      BlobId id, long size, InputStream content, Instant keepUntil, Optional<SignedVoucher> voucher)
      throws IOException {
    UploadHeader.Builder header =
        UploadHeader.newBuilder()
            .setBlob(id.toString())
            .setSizeBytes(size)
            .setExpireTime(Times.of(keepUntil));
    voucher.ifPresent(signed ->
        header.setVoucher(
            Voucher.newBuilder()
                .setTotalWei(signed.voucher().total().value().toString())
                .setSignature(ByteString.copyFrom(signed.signature().bytes()))));
    return upload(header.build(), content);
  }

  private UploadBlobResponse upload(UploadHeader header, InputStream content) throws IOException {
    try (OutgoingUpload upload =
        new OutgoingUpload(
            endpoint,
            UPLOAD.plusSeconds(header.getSizeBytes() / UPLOAD_BYTES_PER_SECOND),
            observer -> with("blob", streams).uploadBlob(observer))) {
      upload.send(UploadBlobRequest.newBuilder().setHeader(header).build());
      byte[] buffer = new byte[UPLOAD_CHUNK];
      for (int n; (n = content.readNBytes(buffer, 0, buffer.length)) > 0; ) {
        if (!upload.send(
            UploadBlobRequest.newBuilder().setChunk(ByteString.copyFrom(buffer, 0, n)).build())) {
          break;
        }
      }
      return upload.finish();
    }
  }

  /// Opens a blob from an offset on. The bytes are the node's word: whoever reads them checks the
  /// id. Closing the stream ends the download.
  ///
  /// Reading fails with an IOException if the download breaks off.
  public InputStream openBlob(BlobId id, long offset) {
    DownloadBlobRequest request =
        DownloadBlobRequest.newBuilder().setBlob(id.toString()).setOffsetBytes(offset).build();
    IncomingStream<DownloadBlobRequest, DownloadBlobResponse> stream =
        new IncomingStream<>(
            endpoint, observer -> with("blob", streams).downloadBlob(request, observer));
    return new Download<>(stream, DownloadBlobResponse::getChunk);
  }

  public Task task(String name) {
    GetTaskRequest request = GetTaskRequest.newBuilder().setName(name).build();
    return call(() -> with("task", within(tasks, DEADLINE)).getTask(request).getTask());
  }

  /// Follows a task until its stream ends; interrupting the thread ends it too.
  public void watch(String name, boolean logs, Consumer<Task> changes, Consumer<LogChunk> output)
      throws InterruptedException {
    WatchTaskRequest request = WatchTaskRequest.newBuilder().setName(name).setNoLogs(!logs).build();
    try (IncomingStream<WatchTaskRequest, WatchTaskResponse> stream =
        new IncomingStream<>(
            endpoint, observer -> with("task", streams).watchTask(request, observer))) {
      for (Optional<WatchTaskResponse> event = stream.next(QUIET);
          event.isPresent();
          event = stream.next(QUIET)) {
        switch (event.get().getEventCase()) {
          case TASK -> changes.accept(event.get().getTask());
          case LOG -> output.accept(event.get().getLog());
          case EVENT_NOT_SET -> {
            // A later version's event: nothing for us.
          }
        }
      }
    }
  }

  public ReadLogsResponse logs(String name, LogChunk.Stream stream, long offset) {
    return logs(name, OptionalInt.empty(), stream, offset);
  }

  /// A piece of a task's output.
  ///
  /// @param index of an array: which task's, by its index in the order; else empty
  public ReadLogsResponse logs(
      String name, OptionalInt index, LogChunk.Stream stream, long offset) {
    ReadLogsRequest.Builder request =
        ReadLogsRequest.newBuilder().setName(name).setStream(stream).setOffsetBytes(offset);
    index.ifPresent(request::setIndex);
    return call(() -> with("task", within(tasks, DEADLINE)).readLogs(request.build()));
  }

  /// A result on its way.
  ///
  /// @param result what the node says it is; unverified
  /// @param archive its bytes; unverified; close it
  public record OpenResult(Result result, InputStream archive) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      archive.close();
    }
  }

  /// The table of leaves of an array's slot on its way; as [OpenResult].
  public record OpenTable(ArrayResult result, InputStream table) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      table.close();
    }
  }

  /// Opens a task's result archive from its first byte.
  public OpenResult openResult(String name) throws InterruptedException {
    return open(
        DownloadResultRequest.newBuilder().setName(name).build(),
        DownloadResultResponse::hasResult,
        (first, bytes) -> new OpenResult(first.getResult(), bytes));
  }

  /// The same for one task of an array's slot.
  ///
  /// @param index of the task in the order
  public OpenResult openResult(String name, int index) throws InterruptedException {
    return open(
        DownloadResultRequest.newBuilder().setName(name).setIndex(index).build(),
        DownloadResultResponse::hasResult,
        (first, bytes) -> new OpenResult(first.getResult(), bytes));
  }

  /// Opens the table of leaves of an array's slot.
  public OpenTable openTable(String name) throws InterruptedException {
    return open(
        DownloadResultRequest.newBuilder().setName(name).build(),
        DownloadResultResponse::hasArrayResult,
        (first, bytes) -> new OpenTable(first.getArrayResult(), bytes));
  }

  private <T> T open(
      DownloadResultRequest request,
      Predicate<DownloadResultResponse> isHeader,
      BiFunction<DownloadResultResponse, InputStream, T> opened)
      throws InterruptedException {
    IncomingStream<DownloadResultRequest, DownloadResultResponse> stream =
        new IncomingStream<>(
            endpoint, observer -> with("task", streams).downloadResult(request, observer));
    try {
      DownloadResultResponse first =
          stream
              .next(SILENCE)
              .filter(isHeader)
              .orElseThrow(() ->
                  new RpcFailure(
                      RpcFailure.UNEXPECTED,
                      endpoint + " sent no header before the result",
                      java.util.Map.of(),
                      null));
      return opened.apply(first, new Download<>(stream, DownloadResultResponse::getChunk));
    } catch (InterruptedException | RuntimeException e) {
      stream.close();
      throw e;
    }
  }

  public Task submitReceipt(String name, Data receipt) {
    SubmitReceiptRequest request =
        SubmitReceiptRequest.newBuilder()
            .setName(name)
            .setReceipt(ByteString.copyFrom(receipt.bytes()))
            .build();
    return call(() -> with("task", within(tasks, DEADLINE)).submitReceipt(request).getTask());
  }

  private <S extends AbstractStub<S>> S within(S stub, Duration deadline) {
    return stub.withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS);
  }

  private <S extends AbstractStub<S>> S with(String group, S stub) {
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, tokens.header(group));
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private <T> T call(Supplier<T> body) {
    try {
      return body.get();
    } catch (StatusRuntimeException e) {
      throw RpcFailure.of(endpoint, e);
    }
  }

  /// Ends what is under way and closes the connections.
  @Override
  public void close() {
    connections.close();
  }

  /// A streamed download as an input stream.
  private static final class Download<Q, A> extends InputStream {
    private final IncomingStream<Q, A> stream;
    private final Function<A, ByteString> bytes;
    private ByteString chunk = ByteString.EMPTY;
    private int at;
    private int empties;

    Download(IncomingStream<Q, A> stream, Function<A, ByteString> bytes) {
      this.stream = stream;
      this.bytes = bytes;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      while (at == chunk.size()) {
        try {
          Optional<A> next = stream.next(SILENCE);
          if (next.isEmpty()) {
            return -1;
          }
          chunk = bytes.apply(next.get());
          at = 0;
          if (chunk.isEmpty() && ++empties > MAX_EMPTY) {
            throw new IOException("it sends messages without content");
          }
        } catch (RpcFailure e) {
          throw new IOException(e.getMessage(), e);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException("interrupted", e);
        }
      }
      int n = Math.min(length, chunk.size() - at);
      chunk.substring(at, at + n).copyTo(to, offset);
      at += n;
      return n;
    }

    @Override
    public void close() {
      stream.close();
    }
  }
}
