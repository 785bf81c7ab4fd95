package hooke.chain.contract;

/// Life of an order. The order is the law's.
public enum OrderState {
  NONE,
  LIVE,
  /// No slot can be paid or opened any more; settled slots may still hold pay.
  CLOSED
}
