package hooke.chain;

import org.jspecify.annotations.Nullable;

/// A broken promise of the door: says what happened and what to do; the [Code] says whose fault it
/// is and whether trying again can help. Expected answers (an order that is not there) are values,
/// not exceptions.
public class ChainException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Code code;

  public ChainException(Code code, String message) {
    this(code, message, null);
  }

  public ChainException(Code code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public Code code() {
    return code;
  }

  /// The text, never absent.
  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? code.name() : message;
  }

  /// Who has to act.
  public enum Band {
    /// The one who asked: other arguments, another wallet.
    CALLER,
    /// Something outside is missing or full: a chain, a disk, a tool.
    RESOURCES,
    /// Hooke: a defect.
    OURS
  }

  /// Every way the door can fail.
  public enum Code {
    REVERTED(Band.CALLER, false),
    WRONG_CHAIN(Band.CALLER, false),
    NO_GAS_MONEY(Band.CALLER, false),
    WRONG_PASSWORD(Band.CALLER, false),
    WALLET_INVALID(Band.CALLER, false),
    WALLET_EXISTS(Band.CALLER, false),
    CHAIN_UNREACHABLE(Band.RESOURCES, true),
    RPC_REFUSED(Band.RESOURCES, true),
    NOT_MINED(Band.RESOURCES, true),
    NONCE_TAKEN(Band.RESOURCES, true),
    LANE_FULL(Band.RESOURCES, true),
    CLOSED(Band.RESOURCES, true),
    STORE_FAILED(Band.RESOURCES, false),
    TOOL_MISSING(Band.RESOURCES, false),
    START_FAILED(Band.RESOURCES, true),
    LAW_MISMATCH(Band.OURS, false);

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
