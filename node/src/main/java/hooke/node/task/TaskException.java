package hooke.node.task;

import org.jspecify.annotations.Nullable;

/// A task could not be bought, followed or fetched. The message says what happened and what it
/// means; [#hint] what to do next. Nothing is left half done behind it.
public final class TaskException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Code code;
  private final String hint;

  public TaskException(Code code, String message, String hint) {
    this(code, message, hint, null);
  }

  public TaskException(Code code, String message, String hint, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.hint = hint;
  }

  public Code code() {
    return code;
  }

  /// What to do next; may be empty.
  public String hint() {
    return hint;
  }

  /// The text, never absent.
  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? code.name() : message;
  }

  /// Whose fault it is.
  public enum Band {
    /// The one who asked: another file, another price, another wallet.
    CALLER,
    /// Something outside is missing, slow or unwilling.
    RESOURCES,
    /// A provider or Hooke broke a promise.
    OURS
  }

  /// Every way a task can fail its consumer.
  public enum Code {
    /// A file, option or field that cannot be used.
    BAD_INPUT(Band.CALLER, false),
    /// A named file that is not there.
    NO_INPUT(Band.CALLER, false),
    /// The program is not one a task can run.
    BAD_PROGRAM(Band.CALLER, false),
    /// A file changed between hashing and upload.
    INPUT_CHANGED(Band.CALLER, true),
    /// The target of a result cannot be written.
    OUTPUT_BLOCKED(Band.CALLER, false),
    /// The wallet's vault account cannot cover the order.
    NO_FUNDS(Band.CALLER, false),
    /// No such order, or an ambiguous prefix of one.
    UNKNOWN_ORDER(Band.CALLER, false),
    /// The order belongs to another account.
    NOT_OWNER(Band.CALLER, false),
    /// The order's state does not allow it.
    WRONG_STATE(Band.CALLER, false),
    /// Nobody would bid, or nobody did.
    NO_OFFER(Band.RESOURCES, true),
    /// Fewer than two usable origins, or a node that cannot be reached.
    UNREACHABLE(Band.RESOURCES, true),
    /// It took longer than allowed.
    TIMEOUT(Band.RESOURCES, true),
    /// The order is over without a paid result.
    NO_RESULT(Band.RESOURCES, true),
    /// What a provider served is not what the chain says.
    BAD_RESULT(Band.OURS, true);

    private final Band band;
    private final boolean retryable;

    Code(Band band, boolean retryable) {
      this.band = band;
      this.retryable = retryable;
    }

    public Band band() {
      return band;
    }

    public boolean retryable() {
      return retryable;
    }
  }
}
