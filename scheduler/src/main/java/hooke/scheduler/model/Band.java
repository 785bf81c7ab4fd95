package hooke.scheduler.model;

/// A priority band: work of an earlier constant goes before all work of a later one.
public enum Band {
  /// Ahead of the rest; the operator's own choice, for instance his own orders.
  URGENT,
  /// What the market brings.
  NORMAL,
  /// Runs in what is left over.
  SPOT
}
