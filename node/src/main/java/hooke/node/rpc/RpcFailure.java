package hooke.node.rpc;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.linecorp.armeria.client.SessionProtocolNegotiationException;
import hooke.node.spec.Escaped;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A call to a node failed. [#reason] is the node's own (a name of [ErrorCode], or one that this
/// version does not know), or one of the constants here when no answer came.
public final class RpcFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// No connection, or it broke.
  public static final String UNREACHABLE = "UNREACHABLE";

  /// No answer in time.
  public static final String TIMEOUT = "TIMEOUT";

  /// An answer that is none of Hooke's.
  public static final String UNEXPECTED = "UNEXPECTED";

  /// Characters of a sentence, which may be a stranger's.
  private static final int MAX_SENTENCE = 1_000;

  private final String reason;
  private final String sentence;
  private final transient Map<String, String> metadata;

  RpcFailure(
      String reason, String sentence, Map<String, String> metadata, @Nullable Throwable cause) {
    super(Escaped.text(sentence, MAX_SENTENCE), cause);
    this.reason = Escaped.name(reason);
    this.sentence = Escaped.text(sentence, MAX_SENTENCE);
    this.metadata = Map.copyOf(metadata);
  }

  public String reason() {
    return reason;
  }

  public boolean is(ErrorCode code) {
    return reason.equals(code.name());
  }

  /// Whether no answer came at all.
  public boolean unreachable() {
    return reason.equals(UNREACHABLE) || reason.equals(TIMEOUT);
  }

  /// Values for programs, by lower_snake name.
  public Map<String, String> metadata() {
    return metadata;
  }

  /// One sentence on one line, whatever the node put into it; names the endpoint where it did not
  /// answer.
  @Override
  public String getMessage() {
    return sentence;
  }

  static RpcFailure of(String endpoint, Throwable thrown) {
    if (thrown instanceof RpcFailure failure) {
      return failure;
    }
    Status status = Status.fromThrowable(thrown);
    if (thrown instanceof StatusRuntimeException answered) {
      com.google.rpc.Status details = details(answered);
      if (details != null) {
        for (Any detail : details.getDetailsList()) {
          if (detail.is(ErrorInfo.class)) {
            return answered(details.getMessage(), detail, thrown);
          }
        }
      }
    }
    String why = why(status);
    return switch (status.getCode()) {
      case UNAVAILABLE ->
          new RpcFailure(UNREACHABLE, endpoint + " cannot be reached: " + why, Map.of(), thrown);
      // A node says nothing with this code; a connection that ends under a call leaves it.
      case CANCELLED ->
          new RpcFailure(UNREACHABLE, "the connection to " + endpoint + " broke", Map.of(), thrown);
      case DEADLINE_EXCEEDED ->
          new RpcFailure(TIMEOUT, endpoint + " did not answer in time", Map.of(), thrown);
      default ->
          new RpcFailure(
              UNEXPECTED,
              "%s answered %s: %s".formatted(endpoint, status.getCode(), why),
              Map.of(),
              thrown);
    };
  }

  /// What a node says beside its status; null for nothing, or for what is no message.
  private static com.google.rpc.@Nullable Status details(StatusRuntimeException answered) {
    try {
      return StatusProto.fromThrowable(answered);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static RpcFailure answered(String message, Any detail, Throwable thrown) {
    try {
      ErrorInfo info = detail.unpack(ErrorInfo.class);
      return new RpcFailure(info.getReason(), message, info.getMetadataMap(), thrown);
    } catch (InvalidProtocolBufferException e) {
      return new RpcFailure(UNEXPECTED, message, Map.of(), e);
    }
  }

  private static String why(Status status) {
    Throwable cause = status.getCause();
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof SessionProtocolNegotiationException) {
      return "it takes connections and says nothing";
    }
    if (cause != null && cause.getMessage() != null) {
      // "finishConnect(..) failed with error(-111): Connection refused": the end is for people.
      return cause
          .getMessage()
          .replaceFirst("^\\w+\\(\\.\\.\\) failed with error\\(-?\\d+\\): ", "");
    }
    String description = status.getDescription();
    return description == null ? "no reason was given" : description;
  }
}
