package hooke.node.runtime.wasi;

/// How a host function ends the program. Control flow through an engine, so no stack trace.
public abstract sealed class Halt extends RuntimeException {
  private Halt(String message) {
    super(message, null, false, false);
  }

  /// `proc_exit`.
  public static final class Exited extends Halt {
    private final int code;

    /// @param code all 32 bits, as the program gave them
    public Exited(int code) {
      super("exit " + Integer.toUnsignedString(code));
      this.code = code;
    }

    public int code() {
      return code;
    }
  }

  /// The program broke a rule a host function checks.
  public static final class Trapped extends Halt {
    public Trapped(String message) {
      super(message);
    }
  }

  /// A host call cost more fuel than there was.
  public static final class OutOfFuel extends Halt {
    public OutOfFuel() {
      super("out of fuel");
    }
  }

  /// The program wanted to keep more than the order or the profile allows.
  public static final class OutputLimit extends Halt {
    public OutputLimit(String limit) {
      super("output over its limit of " + limit);
    }
  }

  /// The host's disk failed: no result.
  public static final class HostDisk extends Halt {
    public HostDisk(String message) {
      super(message);
    }
  }
}
