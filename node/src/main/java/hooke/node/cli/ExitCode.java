package hooke.node.cli;

/// What the process answers to its caller, after sysexits.h where that has a word. `task run`,
/// `wait` and `result` answer with the program's own exit code when it ran, see [#of(int)].
public enum ExitCode {
  OK(0),
  USAGE(64),
  BAD_INPUT(65),
  NO_INPUT(66),
  UNAVAILABLE(69),
  INTERNAL(70),
  CANNOT_CREATE(73),
  DISK_FAILED(74),
  TEMPORARY(75),
  NOT_PERMITTED(77),
  CONFIG(78),
  /// No bids, prices below floors, refused, no quorum.
  MARKET_SAID_NO(79),
  NOT_ENOUGH_FUNDS(80),
  /// The program trapped, ran out of fuel or over its output limit.
  PROGRAM_FAILED(81),
  INTERRUPTED(130);

  /// For every exit code of a program above it.
  public static final int TOO_LARGE = 255;

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }

  /// What a shell is told of a program's exit code. A shell has eight bits for it and takes 256 for
  /// success, so what does not fit is [#TOO_LARGE]; the words beside say the code itself.
  ///
  /// @param code unsigned 32 bits in an int
  public static int of(int code) {
    return code < 0 || code > TOO_LARGE ? TOO_LARGE : code;
  }
}
