package hooke.node.cli;

/// What the process answers to its caller, after sysexits.h where that has a word. `task run`,
/// `wait` and `result` answer with the program's own exit code when it ran.
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

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }
}
