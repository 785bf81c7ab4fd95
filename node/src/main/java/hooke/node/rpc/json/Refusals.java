package hooke.node.rpc.json;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import hooke.node.rpc.ErrorCode;
import hooke.node.rpc.RpcException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Every refusal that is not gRPC's: a `google.rpc.Status` in JSON with a reason of [ErrorCode],
/// also where the server itself refuses, before any method is found.
public final class Refusals implements ServerErrorHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

  /// An escaped backslash, or an escape that JSON does not need.
  private static final Pattern ESCAPE = Pattern.compile("\\\\\\\\|\\\\u00(27|3d|3c|3e|26)");

  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer()
          .omittingInsignificantWhitespace()
          .usingTypeRegistry(TypeRegistry.newBuilder().add(ErrorInfo.getDescriptor()).build());

  /// The answer to a caller whose request is refused.
  public static AggregatedHttpResponse of(RpcException refused) {
    return of(refused.toStatus());
  }

  static AggregatedHttpResponse of(StatusRuntimeException refused) {
    Status status = StatusProto.fromThrowable(refused);
    List<Any> details = status == null ? List.of() : status.getDetailsList();
    for (Any detail : details) {
      if (detail.is(ErrorInfo.class)) {
        try {
          return answer(
              Objects.requireNonNull(status),
              httpStatus(detail.unpack(ErrorInfo.class).getReason()));
        } catch (InvalidProtocolBufferException e) {
          throw new IllegalStateException("a detail that this house packed", e);
        }
      }
    }
    LOG.error("a call ended without a reason", refused);
    return of(new RpcException(ErrorCode.INTERNAL, "the node failed; its log says why"));
  }

  private static HttpStatus httpStatus(String reason) {
    return HttpStatus.valueOf(ErrorCode.valueOf(reason).httpStatus());
  }

  private static AggregatedHttpResponse answer(Status status, HttpStatus http) {
    try {
      return AggregatedHttpResponse.of(
          ResponseHeaders.builder(http).contentType(MediaType.JSON_UTF_8).build(),
          HttpData.ofUtf8(readable(PRINTER.print(status))));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the printer knows every detail of this house", e);
    }
  }

  /// The printer escapes what HTML would mind; a refusal is read in a terminal.
  private static String readable(String json) {
    return ESCAPE
        .matcher(json)
        .replaceAll(found ->
            found.group(1) == null
                ? Matcher.quoteReplacement(found.group())
                : Character.toString(Integer.parseInt(found.group(1), 16)));
  }

  @Override
  public @Nullable HttpResponse onServiceException(ServiceRequestContext context, Throwable cause) {
    return switch (cause) {
      case RpcException refused -> of(refused).toHttpResponse();
      case StatusRuntimeException refused -> of(refused).toHttpResponse();
      case RequestTimeoutException _ ->
          of(new RpcException(
                  ErrorCode.CALL_TOO_SLOW, "the node did not get an answer ready in time"))
              .toHttpResponse();
      default -> null; // The server finds the HTTP status, and asks for its body below.
    };
  }

  @Override
  public AggregatedHttpResponse renderStatus(
      @Nullable ServiceRequestContext context,
      ServiceConfig config,
      @Nullable RequestHeaders headers,
      HttpStatus http,
      @Nullable String description,
      @Nullable Throwable cause) {
    RpcException refused =
        switch (http.code()) {
          case 404 -> unknownPath(headers == null ? "" : headers.path());
          case 405 ->
              new RpcException(
                  ErrorCode.METHOD_NOT_ALLOWED,
                  "this path takes no " + (headers == null ? "such method" : headers.method()));
          case 413 -> new RpcException(ErrorCode.REQUEST_TOO_LARGE, "a request has at most 2 MiB");
          case 503 -> new RpcException(ErrorCode.STOPPING, "the node is stopping");
          default ->
              http.isServerError()
                  ? new RpcException(ErrorCode.INTERNAL, "the node failed; its log says why")
                  : new RpcException(
                      ErrorCode.INVALID_ARGUMENT,
                      "this is no request that HTTP knows: "
                          + (description == null ? http.reasonPhrase() : description));
        };
    if (http.isServerError() && cause != null) {
      LOG.error("a call failed inside this node", cause);
    }
    Status status = StatusProto.fromThrowable(refused.toStatus());
    return answer(status == null ? Status.getDefaultInstance() : status, http);
  }

  static RpcException unknownPath(String path) {
    return new RpcException(
        ErrorCode.PATH_NOT_FOUND,
        "there is nothing at %s; proto/ lists the paths (google.api.http)"
            .formatted(Fields.quoted(path.replaceFirst("\\?.*", ""))),
        Map.of());
  }
}
