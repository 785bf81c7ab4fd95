package hooke.node.rpc;

import io.grpc.BindableService;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Server reflection under the name that it had before v1, for tools that know no other. The
/// messages of both are the same on the wire, so v1's method answers; the server takes one
/// reflection service of its own only.
final class OlderReflection implements BindableService {
  private static final MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> NEWER =
      ServerReflectionGrpc.getServerReflectionInfoMethod();

  @SuppressWarnings("deprecation") // It is what this class is for.
  private static final ServiceDescriptor OLDER =
      io.grpc.reflection.v1alpha.ServerReflectionGrpc.getServiceDescriptor();

  private volatile @Nullable ServerServiceDefinition answering;

  /// Names the service that answers; before that no call may come.
  ///
  /// @param services of the server, v1's reflection among them
  void answerBy(List<ServerServiceDefinition> services) {
    answering =
        services.stream()
            .filter(each -> each.getServiceDescriptor().getName().equals(NEWER.getServiceName()))
            .findFirst()
            .orElseThrow();
  }

  @Override
  public ServerServiceDefinition bindService() {
    MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> method =
        NEWER.toBuilder()
            .setFullMethodName(
                MethodDescriptor.generateFullMethodName(
                    OLDER.getName(), String.valueOf(NEWER.getBareMethodName())))
            .build();
    return ServerServiceDefinition.builder(
            ServiceDescriptor.newBuilder(OLDER.getName())
                .setSchemaDescriptor(OLDER.getSchemaDescriptor())
                .addMethod(method)
                .build())
        .addMethod(method, this::start)
        .build();
  }

  @SuppressWarnings("unchecked") // The method is NEWER, which has these types.
  private ServerCall.Listener<ServerReflectionRequest> start(
      ServerCall<ServerReflectionRequest, ServerReflectionResponse> call, Metadata headers) {
    ServerServiceDefinition service = answering;
    if (service == null) {
      throw new IllegalStateException("a call came before the server was put together");
    }
    return ((ServerMethodDefinition<ServerReflectionRequest, ServerReflectionResponse>)
            service.getMethod(NEWER.getFullMethodName()))
        .getServerCallHandler()
        .startCall(call, headers);
  }
}
