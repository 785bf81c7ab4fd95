package hooke.node.rpc;

import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The answers of a streaming method for a thread that blocks: [#send] waits until the caller has
/// read enough of what was sent. Make it inside the method, before it returns; one thread sends.
final class ReplyStream<A> {
  /// A caller that reads nothing for so long loses its stream.
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ServerCallStreamObserver<A> call;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  ReplyStream(ServerCallStreamObserver<A> call) {
    this.call = call;
    call.setOnReadyHandler(this::signal);
    call.setOnCancelHandler(this::signal);
  }

  /// The caller ended the call.
  static final class CallerGone extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CallerGone() {
      super("the caller ended the call", null, false, false);
    }
  }

  void interruptOnCancel(Thread worker) {
    call.setOnCancelHandler(() -> {
      signal();
      worker.interrupt();
    });
  }

  boolean isCancelled() {
    return call.isCancelled();
  }

  /// Sends one message.
  ///
  /// @throws CallerGone if nobody is there any more
  /// @throws RpcException if the caller reads too slowly
  void send(A message) {
    long left = PATIENCE.toNanos();
    lock.lock();
    try {
      while (!call.isReady() && !call.isCancelled()) {
        if (left <= 0) {
          throw new RpcException(
              ErrorCode.WATCH_TOO_SLOW,
              "nothing was read for %d seconds".formatted(PATIENCE.toSeconds()));
        }
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CallerGone();
    } finally {
      lock.unlock();
    }
    if (call.isCancelled()) {
      throw new CallerGone();
    }
    call.onNext(message);
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
