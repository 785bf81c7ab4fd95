package hooke.node.rpc;

import io.grpc.Status;

/// Every way a call can be refused: the `reason` of its `google.rpc.ErrorInfo`. One table says
/// whose fault it is, whether the same call can succeed later, and which gRPC code carries it.
public enum ErrorCode {
  TOKEN_MISSING(Band.CALLER, false, Status.Code.UNAUTHENTICATED),
  TOKEN_MALFORMED(Band.CALLER, false, Status.Code.UNAUTHENTICATED),
  TOKEN_EXPIRED(Band.CALLER, true, Status.Code.UNAUTHENTICATED),
  TOKEN_TOO_LONG_LIVED(Band.CALLER, false, Status.Code.UNAUTHENTICATED),
  TOKEN_FORGED(Band.CALLER, false, Status.Code.UNAUTHENTICATED),
  TOKEN_WRONG_NODE(Band.CALLER, false, Status.Code.PERMISSION_DENIED),
  TOKEN_WRONG_CHAIN(Band.CALLER, false, Status.Code.PERMISSION_DENIED),
  TOKEN_WRONG_GROUP(Band.CALLER, false, Status.Code.PERMISSION_DENIED),
  TOKEN_WRONG_KEY(Band.CALLER, false, Status.Code.PERMISSION_DENIED),
  NOT_OWNER(Band.CALLER, false, Status.Code.PERMISSION_DENIED),
  INVALID_ARGUMENT(Band.CALLER, false, Status.Code.INVALID_ARGUMENT),
  PATH_NOT_FOUND(Band.CALLER, false, Status.Code.NOT_FOUND),
  METHOD_NOT_ALLOWED(Band.CALLER, false, Status.Code.UNIMPLEMENTED, 405),
  CONTENT_TYPE_UNSUPPORTED(Band.CALLER, false, Status.Code.INVALID_ARGUMENT, 415),
  REQUEST_TOO_LARGE(Band.CALLER, false, Status.Code.RESOURCE_EXHAUSTED, 413),
  TLS_REQUIRED(Band.CALLER, false, Status.Code.FAILED_PRECONDITION),
  SPEC_INVALID(Band.CALLER, false, Status.Code.INVALID_ARGUMENT),
  BLOB_HASH_MISMATCH(Band.CALLER, false, Status.Code.INVALID_ARGUMENT),
  BLOB_SIZE_MISMATCH(Band.CALLER, false, Status.Code.INVALID_ARGUMENT),
  BLOB_TOO_LARGE(Band.CALLER, false, Status.Code.INVALID_ARGUMENT),
  UPLOAD_OUT_OF_ORDER(Band.CALLER, false, Status.Code.INVALID_ARGUMENT),
  RECEIPT_INVALID(Band.CALLER, false, Status.Code.INVALID_ARGUMENT),
  VOUCHER_INVALID(Band.CALLER, false, Status.Code.INVALID_ARGUMENT),
  VOUCHER_TOO_SMALL(Band.CALLER, false, Status.Code.FAILED_PRECONDITION),
  TAB_TOO_SMALL(Band.CALLER, true, Status.Code.FAILED_PRECONDITION),
  PAID_UPLOAD_UNDERWAY(Band.CALLER, true, Status.Code.ABORTED),
  OFFSET_OUT_OF_RANGE(Band.CALLER, false, Status.Code.OUT_OF_RANGE),
  BLOB_NOT_FOUND(Band.CALLER, false, Status.Code.NOT_FOUND),
  TASK_NOT_FOUND(Band.CALLER, true, Status.Code.NOT_FOUND),
  ORDER_NOT_FOUND(Band.CALLER, true, Status.Code.NOT_FOUND),
  LEASE_NOT_FOUND(Band.CALLER, true, Status.Code.NOT_FOUND),
  VOLUME_NOT_FOUND(Band.CALLER, true, Status.Code.NOT_FOUND),
  MANDATE_NOT_FOUND(Band.CALLER, true, Status.Code.NOT_FOUND),
  PROVIDER_NOT_FOUND(Band.CALLER, false, Status.Code.NOT_FOUND),
  RESULT_GONE(Band.CALLER, false, Status.Code.NOT_FOUND),
  RESULT_NOT_READY(Band.CALLER, true, Status.Code.FAILED_PRECONDITION),
  UPLOAD_ALLOWANCE_EXCEEDED(Band.RESOURCES, false, Status.Code.RESOURCE_EXHAUSTED),
  STORAGE_FULL(Band.RESOURCES, true, Status.Code.RESOURCE_EXHAUSTED),
  WATCH_TOO_SLOW(Band.RESOURCES, true, Status.Code.RESOURCE_EXHAUSTED),
  TOO_MANY_CALLS(Band.RESOURCES, true, Status.Code.RESOURCE_EXHAUSTED),
  NOT_READY(Band.RESOURCES, true, Status.Code.UNAVAILABLE),
  CHAIN_UNREACHABLE(Band.RESOURCES, true, Status.Code.UNAVAILABLE),
  STREAM_STALLED(Band.RESOURCES, true, Status.Code.DEADLINE_EXCEEDED),
  CALL_TOO_SLOW(Band.RESOURCES, true, Status.Code.DEADLINE_EXCEEDED),
  STOPPING(Band.RESOURCES, true, Status.Code.UNAVAILABLE),
  INTERNAL(Band.OURS, true, Status.Code.INTERNAL);

  /// Whose move it is.
  public enum Band {
    /// The caller's: another call is needed.
    CALLER,
    /// Something is short, slow or away.
    RESOURCES,
    /// The node's: a defect or a failing disk.
    OURS
  }

  private final Band band;
  private final boolean retryable;
  private final Status.Code status;
  private final int httpStatus;

  ErrorCode(Band band, boolean retryable, Status.Code status) {
    this(band, retryable, status, http(status));
  }

  ErrorCode(Band band, boolean retryable, Status.Code status, int httpStatus) {
    this.band = band;
    this.retryable = retryable;
    this.status = status;
    this.httpStatus = httpStatus;
  }

  /// As google/rpc/code.proto maps them.
  private static int http(Status.Code status) {
    return switch (status) {
      case OK -> 200;
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
      case UNAUTHENTICATED -> 401;
      case PERMISSION_DENIED -> 403;
      case NOT_FOUND -> 404;
      case ALREADY_EXISTS, ABORTED -> 409;
      case RESOURCE_EXHAUSTED -> 429;
      case CANCELLED -> 499;
      case UNKNOWN, INTERNAL, DATA_LOSS -> 500;
      case UNIMPLEMENTED -> 501;
      case UNAVAILABLE -> 503;
      case DEADLINE_EXCEEDED -> 504;
    };
  }

  public Band band() {
    return band;
  }

  /// Whether the same call may succeed later.
  public boolean retryable() {
    return retryable;
  }

  public Status.Code status() {
    return status;
  }

  /// The status of an answer in JSON.
  public int httpStatus() {
    return httpStatus;
  }
}
