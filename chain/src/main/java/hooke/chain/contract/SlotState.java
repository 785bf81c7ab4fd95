package hooke.chain.contract;

/// Where a slot of an order stands. The order is the law's.
public enum SlotState {
  OPEN,
  ASSIGNED,
  DELIVERED,
  COMMITTED,
  REVEALED,
  /// Paid, with a part held until receipt, release or forfeit.
  SETTLED,
  /// Paid in full; nothing is held.
  RELEASED,
  REFUSED,
  OUTVOTED,
  UNREVEALED,
  VOID,
  CLOSED,
  FORFEITED,
  /// OPTIMISTIC: a challenge won; pay and bond are lost.
  DISPROVED;

  /// Whether the slot can still move money.
  public boolean live() {
    return switch (this) {
      case OPEN, ASSIGNED, DELIVERED, COMMITTED, REVEALED, SETTLED -> true;
      case RELEASED, REFUSED, OUTVOTED, UNREVEALED, VOID, CLOSED, FORFEITED, DISPROVED -> false;
    };
  }
}
