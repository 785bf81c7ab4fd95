package hooke.node.rpc;

import hooke.v1.UploadBlobRequest;
import hooke.v1.UploadBlobResponse;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One upload for a thread that blocks: [#send] waits until the node takes more, and says when the
/// node has answered already and needs no more. Closing before the end abandons the upload.
final class OutgoingUpload
    implements ClientResponseObserver<UploadBlobRequest, UploadBlobResponse>, AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final String endpoint;
  private final Duration most;
  private final long deadline;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private @Nullable ClientCallStreamObserver<UploadBlobRequest> call;
  private @Nullable UploadBlobResponse answer;
  private @Nullable Throwable failure;
  private boolean over;

  /// @param most how long all of it may take, however it trickles
  OutgoingUpload(String endpoint, Duration most, Consumer<OutgoingUpload> start) {
    this.endpoint = endpoint;
    this.most = most;
    deadline = System.nanoTime() + most.toNanos();
    start.accept(this);
  }

  /// Sends one message when the node takes it.
  ///
  /// @return false if the node has answered and wants no more
  boolean send(UploadBlobRequest message) throws IOException {
    ClientCallStreamObserver<UploadBlobRequest> open = started();
    lock.lock();
    try {
      await(() -> over || open.isReady());
      if (over) {
        return false;
      }
    } finally {
      lock.unlock();
    }
    open.onNext(message);
    return true;
  }

  /// Ends the upload and waits for the answer.
  UploadBlobResponse finish() throws IOException {
    boolean halfClose;
    lock.lock();
    try {
      halfClose = !over;
    } finally {
      lock.unlock();
    }
    if (halfClose) {
      started().onCompleted();
    }
    lock.lock();
    try {
      await(() -> over);
      if (answer != null) {
        return answer;
      }
      throw RpcFailure.of(
          endpoint,
          failure != null ? failure : new IOException("the node ended the upload without answer"));
    } finally {
      lock.unlock();
    }
  }

  @FunctionalInterface
  private interface Reached {
    boolean now();
  }

  private void await(Reached condition) throws IOException {
    long patience = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (!condition.now()) {
        long now = System.nanoTime();
        if (now - deadline >= 0) {
          throw late("%s did not take the upload within %d seconds", most);
        }
        if (now - patience >= 0) {
          throw late("%s took nothing for %d seconds", PATIENCE);
        }
        changed.awaitNanos(Math.min(deadline - now, patience - now));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted during the upload", e);
    }
  }

  private RpcFailure late(String words, Duration time) {
    return new RpcFailure(
        RpcFailure.TIMEOUT, words.formatted(endpoint, time.toSeconds()), Map.of(), null);
  }

  private ClientCallStreamObserver<UploadBlobRequest> started() {
    if (call == null) {
      throw new IllegalStateException("the upload was not started");
    }
    return call;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<UploadBlobRequest> requests) {
    call = requests;
    requests.setOnReadyHandler(() -> change(() -> {}));
  }

  @Override
  public void onNext(UploadBlobResponse value) {
    change(() -> answer = value);
  }

  @Override
  public void onError(Throwable thrown) {
    change(() -> {
      failure = thrown;
      over = true;
    });
  }

  @Override
  public void onCompleted() {
    change(() -> over = true);
  }

  private void change(Runnable to) {
    lock.lock();
    try {
      to.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    if (!over && call != null) {
      call.cancel("the upload was abandoned", null);
    }
  }
}
