package hooke.devnet;

/// A devnet command that cannot do what it was asked for: what is wrong, and what would help.
public final class DevnetException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Code code;

  public DevnetException(String message, Code code) {
    super(message);
    this.code = code;
  }

  /// The text, never absent.
  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? code.name() : message;
  }

  public Code code() {
    return code;
  }

  /// Whose fault, as the command line's exit codes see it.
  public enum Code {
    /// The arguments do not fit the devnet there is.
    USAGE,
    /// Something needed is not installed or did not start.
    UNAVAILABLE,
    /// Another program has a port that the devnet needs.
    PORT_TAKEN,
    /// The world that the files tell of is gone.
    WRONG_WORLD,
    /// Another command is at it.
    BUSY
  }
}
