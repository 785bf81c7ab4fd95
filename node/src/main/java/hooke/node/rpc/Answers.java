package hooke.node.rpc;

import hooke.chain.ChainUnreachable;
import hooke.storage.StorageFailure;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the body of a method and turns what it throws into the answer the caller gets.
final class Answers {
  private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

  private Answers() {}

  /// One answer, on the calling thread.
  static <A> void one(StreamObserver<A> to, Callable<A> body) {
    try {
      A answer = body.call();
      to.onNext(answer);
      to.onCompleted();
    } catch (Exception e) {
      fail(to, e);
    }
  }

  /// The body of a streaming method.
  @FunctionalInterface
  interface Streaming<A> {
    void run(ReplyStream<A> to) throws Exception;
  }

  /// Many answers, on a virtual thread of their own that is interrupted when the caller goes away.
  static <A> void stream(String name, StreamObserver<A> to, Streaming<A> body) {
    ReplyStream<A> replies = new ReplyStream<>((ServerCallStreamObserver<A>) to);
    Thread worker =
        Thread.ofVirtual()
            .name(name)
            .unstarted(() -> {
              try {
                body.run(replies);
                to.onCompleted();
              } catch (ReplyStream.CallerGone e) {
                LOG.debug("{}: the caller went away", name);
              } catch (Exception e) {
                fail(to, e);
              }
            });
    replies.interruptOnCancel(worker);
    worker.start();
  }

  /// Ends a call with an error.
  static void fail(StreamObserver<?> to, Exception thrown) {
    if (to instanceof ServerCallStreamObserver<?> call && call.isCancelled()) {
      return;
    }
    to.onError(status(thrown));
  }

  private static StatusRuntimeException status(Exception thrown) {
    return switch (thrown) {
      case RpcException refused -> refused.toStatus();
      case StatusRuntimeException already -> already;
      case ChainUnreachable chain ->
          new RpcException(
                  ErrorCode.CHAIN_UNREACHABLE, "this node cannot reach its chain at the moment")
              .toStatus();
      case InterruptedException stopped -> {
        Thread.currentThread().interrupt();
        yield new RpcException(ErrorCode.STOPPING, "the node is stopping").toStatus();
      }
      default -> {
        // The caller learns nothing of our insides; the operator learns all.
        if (thrown instanceof StorageFailure disk) {
          LOG.error("a call met a failing disk: {}", disk.getMessage());
        } else {
          LOG.error("a call failed inside this node", thrown);
        }
        StatusRuntimeException told =
            new RpcException(ErrorCode.INTERNAL, "the node failed; its log says why").toStatus();
        // The cause stays in this process: AccessInterceptor looks at it.
        yield new StatusRuntimeException(told.getStatus().withCause(thrown), told.getTrailers());
      }
    };
  }
}
