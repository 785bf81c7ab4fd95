package hooke.node.cli;

/// A command cannot go on: what happened, and what to do next.
public final class CliException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ExitCode exit;
  private final String hint;

  public CliException(ExitCode exit, String message, String hint) {
    super(message);
    this.exit = exit;
    this.hint = hint;
  }

  public ExitCode exit() {
    return exit;
  }

  public String hint() {
    return hint;
  }
}
