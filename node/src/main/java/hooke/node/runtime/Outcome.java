package hooke.node.runtime;

/// How a program ended, as far as everybody who runs it agrees. The number is what a result leaf
/// carries.
public enum Outcome {
  EXITED(0),
  TRAPPED(1),
  OUT_OF_FUEL(2),
  OUTPUT_LIMIT(3);

  private final int code;

  Outcome(int code) {
    this.code = code;
  }

  /// The number in result leaves; never changes.
  public int code() {
    return code;
  }
}
