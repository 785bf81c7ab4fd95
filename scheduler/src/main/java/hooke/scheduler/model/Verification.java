package hooke.scheduler.model;

/// How a result comes to be believed; the names of the law's `Verification`.
public enum Verification {
  /// The consumer signs a receipt or lets the window pass.
  ATTENDED,
  /// One provider, open to challenge.
  OPTIMISTIC,
  /// Several operators must agree.
  QUORUM
}
