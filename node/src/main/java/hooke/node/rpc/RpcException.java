package hooke.node.rpc;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Map;

/// A call is refused. What the caller sees of it is one sentence, a code of [ErrorCode] and the
/// values that matter (AIP-193).
public final class RpcException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// `ErrorInfo.domain` of every refusal.
  public static final String DOMAIN = "hooke.v1";

  private final ErrorCode code;
  private final transient Map<String, String> metadata;
  private final String sentence;

  public RpcException(ErrorCode code, String sentence) {
    this(code, sentence, Map.of());
  }

  /// @param metadata values for programs, by lower_snake name
  public RpcException(ErrorCode code, String sentence, Map<String, String> metadata) {
    super(sentence);
    this.code = code;
    this.sentence = sentence;
    this.metadata = Map.copyOf(metadata);
  }

  public ErrorCode code() {
    return code;
  }

  /// As it goes over the wire.
  public StatusRuntimeException toStatus() {
    ErrorInfo info =
        ErrorInfo.newBuilder()
            .setDomain(DOMAIN)
            .setReason(code.name())
            .putAllMetadata(metadata)
            .build();
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(code.status().value())
            .setMessage(sentence)
            .addDetails(Any.pack(info))
            .build());
  }
}
