package hooke.node.rpc.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import hooke.node.rpc.ErrorCode;
import hooke.node.rpc.RpcException;
import io.grpc.BindableService;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Answers every path below [#PREFIX]: the HTTP and JSON form of all methods that have one. The
/// interceptor stands before them as it does for gRPC.
public final class JsonApi implements HttpService {
  /// What every path of the API begins with.
  public static final String PREFIX = "/v1/";

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().omittingInsignificantWhitespace();

  private record Route(Binding binding, ServerMethodDefinition<?, ?> method) {
    boolean at(String path) {
      return binding.path().matcher(path).matches();
    }
  }

  private final List<Route> routes = new ArrayList<>();

  /// Finds the methods that have an HTTP form.
  ///
  /// @throws IllegalStateException if a method's HTTP form is of a kind that nobody here can read
  public JsonApi(List<BindableService> services, ServerInterceptor before) {
    for (BindableService service : services) {
      for (ServerMethodDefinition<?, ?> method :
          ServerInterceptors.intercept(service, before).getMethods()) {
        if (method.getMethodDescriptor().getSchemaDescriptor()
            instanceof ProtoMethodDescriptorSupplier described) {
          Binding.of(described.getMethodDescriptor())
              .ifPresent(binding -> routes.add(new Route(binding, method)));
        }
      }
    }
  }

  @Override
  public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
    String path = context.path();
    List<Route> here = routes.stream().filter(route -> route.at(path)).toList();
    if (here.isEmpty()) {
      throw Refusals.unknownPath(path);
    }
    Optional<Route> found =
        here.stream().filter(route -> route.binding().verb() == request.method()).findFirst();
    if (found.isEmpty()) {
      String verbs =
          here.stream()
              .map(route -> route.binding().verb().name())
              .collect(Collectors.joining(", "));
      context.mutateAdditionalResponseHeaders(headers -> headers.set(HttpHeaderNames.ALLOW, verbs));
      throw new RpcException(
          ErrorCode.METHOD_NOT_ALLOWED,
          "this path takes %s, not %s".formatted(verbs, request.method()));
    }
    if (found.get().binding().whole()) {
      refuseOtherTypes(request.contentType());
    }
    return HttpResponse.of(
        request
            .aggregate()
            .thenComposeAsync(
                whole -> answer(context, found.get(), whole), context.blockingTaskExecutor()));
  }

  private static void refuseOtherTypes(@Nullable MediaType type) {
    boolean json = type != null && type.is(MediaType.JSON) && UTF_8.equals(type.charset(UTF_8));
    if (!json) {
      throw new RpcException(
          ErrorCode.CONTENT_TYPE_UNSUPPORTED,
          "a body here is JSON: say content-type: application/json"
              + (type == null ? "" : ", not " + Fields.quoted(type.toString())));
    }
  }

  private static CompletableFuture<HttpResponse> answer(
      ServiceRequestContext context, Route route, AggregatedHttpRequest request) {
    return answer(context, route.binding(), route.method(), request);
  }

  private static <Q, A> CompletableFuture<HttpResponse> answer(
      ServiceRequestContext context,
      Binding binding,
      ServerMethodDefinition<Q, A> method,
      AggregatedHttpRequest request) {
    String query = context.query();
    Message.Builder read = prototype(method.getMethodDescriptor()).newBuilderForType();
    binding.read(context.path(), query == null ? "" : query, request.content().array(), read);
    Metadata headers = new Metadata();
    for (String value : request.headers().getAll(HttpHeaderNames.AUTHORIZATION)) {
      headers.put(AUTHORIZATION, value);
    }
    @SuppressWarnings("unchecked") // The prototype is the method's own request.
    Q message = (Q) read.build();
    return UnaryCall.call(method, headers, message, context.whenRequestCancelling())
        .thenApply(JsonApi::written);
  }

  private static Message prototype(MethodDescriptor<?, ?> method) {
    if (method.getRequestMarshaller() instanceof MethodDescriptor.PrototypeMarshaller<?> known
        && known.getMessagePrototype() instanceof Message prototype) {
      return prototype;
    }
    throw new IllegalStateException(method.getFullMethodName() + " is no method of protobuf's");
  }

  private static HttpResponse written(Object answer) {
    try {
      return HttpResponse.of(
          HttpStatus.OK,
          MediaType.JSON_UTF_8,
          HttpData.ofUtf8(PRINTER.print((MessageOrBuilder) answer)));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("an answer of this house has a JSON form", e);
    }
  }
}
