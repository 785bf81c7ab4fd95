package hooke.node.rpc;

import com.linecorp.armeria.server.ServiceRequestContext;
import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.storage.StorageFailure;
import hooke.v1.AuthProto;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/// Stands before every method: bounds the calls under way, and lets a method with an access group
/// run only for a caller whose token [AccessCheck] accepts. The account is in [#caller] then.
/// Behind every method, reports a broken disk.
final class AccessInterceptor implements ServerInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Context.Key<Address> CALLER = Context.key("caller");

  private final AccessCheck check;
  private final Consumer<StorageFailure> failed;
  private final Semaphore calls;

  /// @param failed told when a call met a broken disk
  /// @param maxCalls calls under way at one time; more are refused
  AccessInterceptor(AccessCheck check, Consumer<StorageFailure> failed, int maxCalls) {
    this.check = check;
    this.failed = failed;
    this.calls = new Semaphore(maxCalls);
  }

  /// The account that makes the present call; only in methods with an access group.
  static Address caller() {
    Address caller = CALLER.get();
    if (caller == null) {
      throw new IllegalStateException("this method has no access group");
    }
    return caller;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    if (!calls.tryAcquire()) {
      return refuse(
          call,
          new RpcException(
              ErrorCode.TOO_MANY_CALLS, "this node answers as many calls as it can; try again"));
    }
    AtomicBoolean open = new AtomicBoolean(true);
    Runnable over =
        () -> {
          if (open.getAndSet(false)) {
            calls.release();
          }
        };
    ServerCall<Q, A> counted =
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            over.run();
            if (status.getCause() instanceof StorageFailure disk) {
              failed.accept(disk);
            }
            super.close(status, trailers);
          }
        };
    Context context = Context.current();
    String group = group(call.getMethodDescriptor());
    if (!group.isEmpty()) {
      try {
        context =
            context.withValue(CALLER, check.caller(headers.get(AUTHORIZATION), clientKey(), group));
      } catch (RpcException e) {
        return refuse(counted, e);
      }
    }
    try {
      return new Ending<>(Contexts.interceptCall(context, counted, headers, next), over);
    } catch (RuntimeException e) {
      over.run();
      throw e;
    }
  }

  private static <Q, A> ServerCall.Listener<Q> refuse(ServerCall<Q, A> call, RpcException reason) {
    StatusRuntimeException status = reason.toStatus();
    Metadata trailers = status.getTrailers();
    call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
    return new ServerCall.Listener<>() {};
  }

  private static String group(MethodDescriptor<?, ?> method) {
    return method.getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier described
        ? described.getMethodDescriptor().getOptions().getExtension(AuthProto.accessGroup)
        : "";
  }

  private static @Nullable Bytes32 clientKey() {
    SSLSession session = ServiceRequestContext.current().sslSession();
    try {
      return session == null
          ? null
          : TlsIdentity.keyHash(session.getPeerCertificates()[0].getPublicKey());
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }

  /// Gives the call's place back when it ends without a close of ours.
  private static final class Ending<Q>
      extends io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener<Q> {
    private final Runnable over;

    Ending(ServerCall.Listener<Q> listener, Runnable over) {
      super(listener);
      this.over = over;
    }

    @Override
    public void onCancel() {
      over.run();
      super.onCancel();
    }

    @Override
    public void onComplete() {
      over.run();
      super.onComplete();
    }
  }
}
