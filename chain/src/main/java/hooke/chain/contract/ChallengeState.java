package hooke.chain.contract;

/// Where a challenge stands. The order is the law's.
public enum ChallengeState {
  NONE,
  /// The leaf is to be published.
  ASKED,
  /// A jury reruns the task.
  JUDGING,
  /// The leaf was right.
  FAILED,
  /// The leaf was wrong, or never published.
  UPHELD,
  /// No jury could tell.
  VOIDED
}
