package hooke.node.rpc.json;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A call with one message each way that did not come over gRPC: the method and its interceptors
/// see no difference.
final class UnaryCall<Q, A> extends ServerCall<Q, A> {
  private final MethodDescriptor<Q, A> method;
  private final CompletableFuture<A> answer = new CompletableFuture<>();
  private volatile @Nullable A message;
  private volatile boolean cancelled;

  private UnaryCall(MethodDescriptor<Q, A> method) {
    this.method = method;
  }

  /// Runs the method on this thread, as far as it does not answer from another.
  ///
  /// @param gone completes when the caller has gone away or its time is over
  /// @return the answer, or [StatusRuntimeException] with the method's status and trailers
  static <Q, A> CompletableFuture<A> call(
      ServerMethodDefinition<Q, A> method, Metadata headers, Q request, CompletableFuture<?> gone) {
    UnaryCall<Q, A> call = new UnaryCall<>(method.getMethodDescriptor());
    try {
      Listener<Q> listener = method.getServerCallHandler().startCall(call, headers);
      CompletableFuture<Void> _ = gone.thenRun(() -> call.cancel(listener));
      CompletableFuture<A> _ = call.answer.whenComplete((_, _) -> listener.onComplete());
      if (!call.answer.isDone()) {
        listener.onReady();
        listener.onMessage(request);
        listener.onHalfClose();
      }
    } catch (RuntimeException e) {
      call.answer.completeExceptionally(e);
    }
    return call.answer;
  }

  private void cancel(Listener<Q> listener) {
    if (!answer.isDone()) {
      cancelled = true;
      listener.onCancel();
    }
  }

  @Override
  public void request(int messages) {
    // The one message comes anyway.
  }

  @Override
  public void sendHeaders(Metadata headers) {
    // An answer in JSON has no place for them, and no method sends any.
  }

  @Override
  public void sendMessage(A sent) {
    message = sent;
  }

  @Override
  public void close(Status status, Metadata trailers) {
    A sent = message;
    if (status.isOk() && sent != null) {
      answer.complete(sent);
    } else {
      answer.completeExceptionally(
          new StatusRuntimeException(
              status.isOk() ? Status.INTERNAL.withDescription("no answer came") : status,
              trailers));
    }
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }

  @Override
  public MethodDescriptor<Q, A> getMethodDescriptor() {
    return method;
  }
}
