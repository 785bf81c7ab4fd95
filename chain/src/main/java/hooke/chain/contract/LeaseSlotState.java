package hooke.chain.contract;

/// Life of a slot of a lease order. The order is the law's.
public enum LeaseSlotState {
  /// Nobody's, and takes no bids.
  VACANT,
  /// Takes bids.
  OPEN,
  /// Somebody serves and is paid by the second.
  LEASED,
  /// The same, but it must appear in time and earns nothing until it does.
  SUMMONED
}
