package hooke.storage;

/// The disk or the database failed: ours to fix, never the caller's. After a failed write what is
/// durable is unknown, so the process should end and start again; a retry in place cannot help.
public final class StorageFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// A failure of the store below.
  public StorageFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
