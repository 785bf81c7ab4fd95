package hooke.node.runtime.wasm;

/// Thrown inside this package to leave the reader; becomes [Inspection.Refused] at its edge.
final class BadModule extends RuntimeException {
  private final Refusal reason;
  private final String text;

  BadModule(Refusal reason, String text) {
    super(text, null, false, false);
    this.reason = reason;
    this.text = text;
  }

  Refusal reason() {
    return reason;
  }

  String text() {
    return text;
  }
}
