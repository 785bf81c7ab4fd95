package hooke.devnet.scenario;

import com.google.protobuf.ByteString;
import hooke.chain.eip712.Domain;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetNode;
import hooke.node.Node;
import hooke.node.market.Behaviour;
import hooke.node.market.NodeView;
import hooke.node.rpc.AccessCheck;
import hooke.node.rpc.MarketApi;
import hooke.node.rpc.RemoteBlobs;
import hooke.node.rpc.RpcServer;
import hooke.node.rpc.TaskApi;
import hooke.v1.CheckBlobsRequest;
import hooke.v1.CheckBlobsResponse;
import hooke.v1.DownloadBlobRequest;
import hooke.v1.DownloadBlobResponse;
import hooke.v1.DownloadResultRequest;
import hooke.v1.DownloadResultResponse;
import hooke.v1.GetTaskRequest;
import hooke.v1.GetTaskResponse;
import hooke.v1.ReadLogsRequest;
import hooke.v1.ReadLogsResponse;
import hooke.v1.SubmitReceiptRequest;
import hooke.v1.SubmitReceiptResponse;
import hooke.v1.TaskServiceGrpc;
import hooke.v1.UploadBlobRequest;
import hooke.v1.UploadBlobResponse;
import hooke.v1.WatchTaskRequest;
import hooke.v1.WatchTaskResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// A registered node that works like any other, behind an API that hands out other bytes than it
/// holds: of blobs as of results.
final class HostileNode implements AutoCloseable {
  /// What becomes of the bytes on their way out.
  enum Trick {
    NONE,
    OTHER_BYTES,
    CUT_SHORT,
    TOO_LONG;

    private ByteString on(ByteString bytes) {
      return switch (this) {
        case NONE -> bytes;
        case OTHER_BYTES -> {
          byte[] other = bytes.toByteArray();
          other[other.length / 2] = (byte) (other[other.length / 2] ^ 1);
          yield ByteString.copyFrom(other);
        }
        case CUT_SHORT -> bytes.substring(0, bytes.size() / 2);
        case TOO_LONG -> bytes.concat(bytes);
      };
    }
  }

  private final DevnetNode registered;
  private final RemoteBlobs source;
  private final Node node;
  private final RpcServer server;
  private final AtomicInteger transfers = new AtomicInteger();
  private volatile List<Trick> tricks = List.of(Trick.NONE);

  HostileNode(Devnet world) throws IOException, InterruptedException {
    registered = world.register();
    Domain domain = world.law().domain();
    var directory = registered.directory();
    var config = directory.config();
    Clock clock = Clock.systemUTC();
    source = new RemoteBlobs(world.network(), directory.key(), clock);
    node = Node.start(config, directory.key(), source, Behaviour.HONEST, clock);
    var agent = node.agent();
    server =
        RpcServer.start(
            config.listenHost(),
            config.listenPort(),
            directory.tls(),
            new AccessCheck(
                domain,
                () -> agent.self().map(NodeView::id).orElse(0),
                AccessCheck.Contracts.NONE,
                clock),
            disk -> {
              throw disk;
            },
            List.of(
                new MarketApi(agent),
                new Tampering(new TaskApi(config, agent, node.blobs(), node.law(), clock))));
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    long seen = 0;
    while (agent.self().isEmpty() || agent.head().isEmpty()) {
      if (System.nanoTime() > until) {
        throw new AssertionError("the hostile node does not see itself registered");
      }
      seen = agent.awaitChange(seen, Devnet.PATIENCE);
    }
  }

  int operatorId() {
    return registered.operatorId();
  }

  int id() {
    return registered.id();
  }

  /// From the next transfer on: one trick each, in turn.
  void play(Trick... next) {
    transfers.set(0);
    tricks = List.of(next);
  }

  private Trick nextTrick() {
    List<Trick> now = tricks;
    return now.get(transfers.getAndIncrement() % now.size());
  }

  @Override
  public void close() {
    source.close();
    server.close();
    node.close();
  }

  private final class Tampering extends TaskServiceGrpc.TaskServiceImplBase {
    private final TaskApi honest;

    Tampering(TaskApi honest) {
      this.honest = honest;
    }

    @Override
    public StreamObserver<UploadBlobRequest> uploadBlob(StreamObserver<UploadBlobResponse> to) {
      return honest.uploadBlob(to);
    }

    @Override
    public void checkBlobs(CheckBlobsRequest request, StreamObserver<CheckBlobsResponse> to) {
      honest.checkBlobs(request, to);
    }

    @Override
    public void downloadBlob(DownloadBlobRequest request, StreamObserver<DownloadBlobResponse> to) {
      Trick trick = nextTrick();
      honest.downloadBlob(
          request,
          new Changing<>(to) {
            @Override
            DownloadBlobResponse changed(DownloadBlobResponse answer) {
              return answer.getChunk().isEmpty()
                  ? answer
                  : answer.toBuilder().setChunk(trick.on(answer.getChunk())).build();
            }
          });
    }

    @Override
    public void downloadResult(
        DownloadResultRequest request, StreamObserver<DownloadResultResponse> to) {
      Trick trick = nextTrick();
      honest.downloadResult(
          request,
          new Changing<>(to) {
            @Override
            DownloadResultResponse changed(DownloadResultResponse answer) {
              return answer.getChunk().isEmpty()
                  ? answer
                  : answer.toBuilder().setChunk(trick.on(answer.getChunk())).build();
            }
          });
    }

    @Override
    public void getTask(GetTaskRequest request, StreamObserver<GetTaskResponse> to) {
      honest.getTask(request, to);
    }

    @Override
    public void watchTask(WatchTaskRequest request, StreamObserver<WatchTaskResponse> to) {
      honest.watchTask(request, to);
    }

    @Override
    public void readLogs(ReadLogsRequest request, StreamObserver<ReadLogsResponse> to) {
      honest.readLogs(request, to);
    }

    @Override
    public void submitReceipt(
        SubmitReceiptRequest request, StreamObserver<SubmitReceiptResponse> to) {
      honest.submitReceipt(request, to);
    }
  }

  /// Passes a server's answers on, changed.
  private abstract static class Changing<A> extends io.grpc.stub.ServerCallStreamObserver<A> {
    private final io.grpc.stub.ServerCallStreamObserver<A> to;

    Changing(StreamObserver<A> to) {
      this.to = (io.grpc.stub.ServerCallStreamObserver<A>) to;
    }

    abstract A changed(A answer);

    @Override
    public void onNext(A answer) {
      to.onNext(changed(answer));
    }

    @Override
    public void onError(Throwable thrown) {
      to.onError(thrown);
    }

    @Override
    public void onCompleted() {
      to.onCompleted();
    }

    @Override
    public boolean isCancelled() {
      return to.isCancelled();
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {
      to.setOnCancelHandler(handler);
    }

    @Override
    public void setCompression(String compression) {
      to.setCompression(compression);
    }

    @Override
    public boolean isReady() {
      return to.isReady();
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {
      to.setOnReadyHandler(handler);
    }

    @Override
    public void disableAutoInboundFlowControl() {
      to.disableAutoRequest();
    }

    @Override
    public void request(int count) {
      to.request(count);
    }

    @Override
    public void setMessageCompression(boolean enable) {
      to.setMessageCompression(enable);
    }
  }
}
