package hooke.chain.contract;

/// Why a lease order is over. The order is the law's.
public enum LeaseOverReason {
  /// By the consumer.
  CLOSED,
  /// Out of funds.
  LAPSED,
  /// Its term is over.
  EXPIRED
}
