package hooke.chain.contract;

/// Why an order closed. The order is the law's.
public enum CloseReason {
  /// With a result.
  SETTLED,
  /// The consumer burned the pay.
  REFUSED,
  /// The reveals did not agree.
  NO_QUORUM,
  /// A quorum had become impossible.
  TOO_FEW_COMMITS,
  /// No slot was left and none had delivered.
  UNFILLED,
  /// OPTIMISTIC: a challenge won.
  DISPROVED
}
