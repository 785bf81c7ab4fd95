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
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private @Nullable ClientCallStreamObserver<UploadBlobRequest> call;
  private @Nullable UploadBlobResponse answer;
  private @Nullable Throwable failure;
  private boolean over;

  OutgoingUpload(String endpoint, Consumer<OutgoingUpload> start) {
    this.endpoint = endpoint;
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
    long left = PATIENCE.toNanos();
    try {
      while (!condition.now()) {
        if (left <= 0) {
          throw new RpcFailure(
              RpcFailure.TIMEOUT,
              "%s took nothing for %d seconds".formatted(endpoint, PATIENCE.toSeconds()),
              Map.of(),
              null);
        }
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted during the upload", e);
    }
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
