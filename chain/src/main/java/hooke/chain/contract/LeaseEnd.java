package hooke.chain.contract;

/// How a slot's lease ended. The order is the law's.
public enum LeaseEnd {
  /// By consumer or controller; the bond is free.
  CLOSED,
  /// After notice; the bond is free.
  LEFT,
  /// Without notice; the bond is burned.
  ABANDONED,
  /// It was summoned and did not appear; the bond is burned.
  DEFAULTED,
  /// A replica did not prove possession; the bond is burned.
  EVICTED,
  /// With its order; the bond is free.
  ORDER_OVER
}
