package hooke.devnet.scenario;

import com.google.protobuf.ByteString;
import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Terms;
import hooke.chain.eip712.Domain;
import hooke.chain.tx.Transactions;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetNode;
import hooke.node.market.OrderView;
import hooke.node.rpc.AccessCheck;
import hooke.node.rpc.RpcServer;
import hooke.node.runtime.Outcome;
import hooke.node.spec.ResultLeaf;
import hooke.storage.BlobHasher;
import hooke.v1.DownloadBlobRequest;
import hooke.v1.DownloadBlobResponse;
import hooke.v1.DownloadResultRequest;
import hooke.v1.DownloadResultResponse;
import hooke.v1.GetTaskRequest;
import hooke.v1.GetTaskResponse;
import hooke.v1.MarketServiceGrpc;
import hooke.v1.Offer;
import hooke.v1.QuoteOrderRequest;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.Result;
import hooke.v1.SubmitReceiptRequest;
import hooke.v1.SubmitReceiptResponse;
import hooke.v1.Task;
import hooke.v1.TaskServiceGrpc;
import hooke.v1.UploadBlobRequest;
import hooke.v1.UploadBlobResponse;
import hooke.v1.WatchTaskRequest;
import hooke.v1.WatchTaskResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A registered and staked provider that runs nothing: it answers and delivers what a [Script]
/// says. What a script leaves alone is as an honest node would have it.
final class RogueNode implements AutoCloseable {
  /// What it does. Every method may be called by several threads.
  interface Script {
    /// What it says to a quote; the default would take the order at once for what it pays first.
    default QuoteOrderResponse quote(QuoteOrderRequest request) {
      return QuoteOrderResponse.newBuilder()
          .setOffer(
              Offer.newBuilder()
                  .setFloorPrice(1)
                  .setPrice(Math.max(1, request.getTerms().getStartPrice())))
          .build();
    }

    /// The archive it hands over as its result.
    default byte[] archive() {
      return new byte[0];
    }

    /// The size that its leaf claims.
    default long size() {
      return archive().length;
    }

    /// Answers a download of its result.
    default void download(Result result, Sink<DownloadResultResponse> to) throws Exception {
      to.send(DownloadResultResponse.newBuilder().setResult(result).build());
      for (int at = 0; at < archive().length; at += 1 << 16) {
        to.send(
            DownloadResultResponse.newBuilder()
                .setChunk(
                    ByteString.copyFrom(archive(), at, Math.min(1 << 16, archive().length - at)))
                .build());
      }
    }

    /// What it tells whoever follows a task, once it has delivered.
    default void watch(Task delivered, Sink<WatchTaskResponse> to) throws Exception {
      to.send(WatchTaskResponse.newBuilder().setTask(delivered).build());
      to.untilCancelled();
    }

    /// The bytes of a blob as it hands them back.
    default byte[] served(byte[] blob) {
      return blob;
    }

    /// Answers an upload; null where it keeps the blob.
    default @Nullable RuntimeException refusal(UploadBlobRequest header) {
      return null;
    }
  }

  /// Where answers go. Blocks while nobody takes them.
  static final class Sink<A> {
    private final ServerCallStreamObserver<A> to;

    Sink(StreamObserver<A> to) {
      this.to = (ServerCallStreamObserver<A>) to;
    }

    void send(A answer) throws InterruptedException {
      while (!to.isReady() && !to.isCancelled()) {
        Thread.sleep(5);
      }
      if (to.isCancelled()) {
        throw new InterruptedException("nobody listens any more");
      }
      to.onNext(answer);
    }

    void untilCancelled() throws InterruptedException {
      while (!to.isCancelled()) {
        Thread.sleep(20);
      }
    }
  }

  private final Devnet world;
  private final DevnetNode registered;
  private final RpcServer server;
  private final Transactions transactions;
  private final Thread trading;
  private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
  final List<SubmitReceiptRequest> receipts = new CopyOnWriteArrayList<>();
  final List<UploadBlobRequest> vouchers = new CopyOnWriteArrayList<>();
  final AtomicInteger sent = new AtomicInteger();
  private volatile Script script = new Script() {};

  RogueNode(Devnet world) throws IOException, InterruptedException {
    this.world = world;
    registered = world.register();
    transactions = new Transactions(world.client());
    Domain domain = world.law().domain();
    var directory = registered.directory();
    server =
        RpcServer.start(
            directory.config().listenHost(),
            directory.config().listenPort(),
            directory.tls(),
            new AccessCheck(domain, registered::id, AccessCheck.Contracts.NONE, Clock.systemUTC()),
            disk -> {
              throw disk;
            },
            List.of(new Market(), new Tasks()));
    trading = Thread.ofPlatform().daemon().name("rogue").start(this::trade);
  }

  void play(Script next) {
    script = next;
    receipts.clear();
    vouchers.clear();
    sent.set(0);
  }

  int id() {
    return registered.id();
  }

  int operatorId() {
    return registered.operatorId();
  }

  DevnetNode registered() {
    return registered;
  }

  /// Takes what it may, and delivers at once.
  private void trade() {
    try {
      while (true) {
        for (OrderView order : world.view().market().orders()) {
          try {
            look(order);
          } catch (RuntimeException e) {
            // Taken by another, or over: the next look will tell.
          }
        }
        Thread.sleep(50);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look(OrderView order) throws InterruptedException {
    Terms terms = order.terms();
    if (order.closed() || terms.allow().isZero()) {
      return; // Without an allow list it only talks, so that others can take the order.
    }
    var key = registered.directory().key();
    var slot = order.slot(0);
    if (slot.state() == SlotState.OPEN) {
      transactions.send(world.law().bid(terms, 0, terms.startPrice()), key);
    } else if (slot.state() == SlotState.ASSIGNED && slot.nodeId() == id()) {
      ResultLeaf leaf = leaf();
      transactions.send(world.law().deliver(terms, 0, leaf.root(), leaf.fuel(), Data.EMPTY), key);
    }
  }

  private ResultLeaf leaf() {
    BlobHasher hasher = new BlobHasher();
    byte[] archive = script.archive();
    hasher.update(archive, 0, archive.length);
    return new ResultLeaf(0, Outcome.EXITED, 0, 1_000, script.size(), hasher.finish());
  }

  private Result result() {
    return Result.newBuilder().setLeaf(ByteString.copyFrom(leaf().bytes())).build();
  }

  private Task delivered(String name) {
    return Task.newBuilder()
        .setName(name)
        .setState(Task.State.DELIVERED)
        .setResult(result())
        .build();
  }

  private static String orderOf(String name) {
    return name.substring("tasks/".length(), name.lastIndexOf('-'));
  }

  private void acknowledge(OrderView order, SubmitReceiptRequest request) {
    Data receipt = Data.of(request.getReceipt().toByteArray());
    try {
      transactions.send(
          world.law().acknowledge(order.terms(), 0, receipt), registered.directory().key());
    } catch (RuntimeException e) {
      // The law has its reasons; the test looks at what became of the order.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isDelivered(String name) {
    return world
        .view()
        .market()
        .order(Bytes32.parse(orderOf(name)))
        .filter(order -> order.slot(0).root() != null)
        .isPresent();
  }

  @Override
  public void close() {
    trading.interrupt();
    server.close();
  }

  private static void fail(StreamObserver<?> to, Exception e) {
    try {
      to.onError(
          e instanceof io.grpc.StatusRuntimeException status
              ? status
              : io.grpc.Status.INTERNAL.withDescription(e.toString()).asRuntimeException());
    } catch (RuntimeException over) {
      // The call is over.
    }
  }

  private final class Market extends MarketServiceGrpc.MarketServiceImplBase {
    @Override
    public void quoteOrder(QuoteOrderRequest request, StreamObserver<QuoteOrderResponse> to) {
      try {
        to.onNext(script.quote(request));
        to.onCompleted();
      } catch (RuntimeException e) {
        fail(to, e);
      }
    }
  }

  private final class Tasks extends TaskServiceGrpc.TaskServiceImplBase {
    @Override
    public StreamObserver<UploadBlobRequest> uploadBlob(StreamObserver<UploadBlobResponse> to) {
      return new StreamObserver<>() {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private String blob = "";
        private boolean refused;

        @Override
        public void onNext(UploadBlobRequest part) {
          if (part.hasHeader()) {
            blob = part.getHeader().getBlob();
            if (part.getHeader().hasVoucher()) {
              vouchers.add(part);
            }
            RuntimeException refusal = script.refusal(part);
            if (refusal != null) {
              refused = true;
              fail(to, refusal);
            }
          } else {
            bytes.writeBytes(part.getChunk().toByteArray());
          }
        }

        @Override
        public void onError(Throwable thrown) {}

        @Override
        public void onCompleted() {
          if (!refused) {
            blobs.put(blob, bytes.toByteArray());
            to.onNext(UploadBlobResponse.getDefaultInstance());
            to.onCompleted();
          }
        }
      };
    }

    @Override
    public void downloadBlob(DownloadBlobRequest request, StreamObserver<DownloadBlobResponse> to) {
      byte[] bytes = script.served(blobs.getOrDefault(request.getBlob(), new byte[0]));
      int from = (int) Math.min(bytes.length, request.getOffsetBytes());
      to.onNext(
          DownloadBlobResponse.newBuilder()
              .setSizeBytes(bytes.length)
              .setChunk(ByteString.copyFrom(bytes, from, bytes.length - from))
              .build());
      to.onCompleted();
    }

    @Override
    public void getTask(GetTaskRequest request, StreamObserver<GetTaskResponse> to) {
      to.onNext(GetTaskResponse.newBuilder().setTask(delivered(request.getName())).build());
      to.onCompleted();
    }

    @Override
    public void watchTask(WatchTaskRequest request, StreamObserver<WatchTaskResponse> to) {
      try {
        Sink<WatchTaskResponse> sink = new Sink<>(to);
        while (!isDelivered(request.getName())) {
          Thread.sleep(20);
          if (((ServerCallStreamObserver<WatchTaskResponse>) to).isCancelled()) {
            return;
          }
        }
        script.watch(delivered(request.getName()), sink);
        to.onCompleted();
      } catch (Exception e) {
        fail(to, e);
      }
    }

    @Override
    public void downloadResult(
        DownloadResultRequest request, StreamObserver<DownloadResultResponse> to) {
      try {
        script.download(result(), new Sink<>(to));
        to.onCompleted();
      } catch (Exception e) {
        fail(to, e);
      }
    }

    @Override
    public void submitReceipt(
        SubmitReceiptRequest request, StreamObserver<SubmitReceiptResponse> to) {
      receipts.add(request);
      world
          .view()
          .market()
          .order(Bytes32.parse(orderOf(request.getName())))
          .ifPresent(order -> Thread.ofVirtual().start(() -> acknowledge(order, request)));
      to.onNext(SubmitReceiptResponse.newBuilder().setTask(delivered(request.getName())).build());
      to.onCompleted();
    }
  }
}
