package hooke.scheduler.bidding;

import hooke.scheduler.capacity.CapacityLedger;
import hooke.scheduler.capacity.Reservation;
import hooke.scheduler.model.TaskKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/// Which slots to bid for now, and what keeps the node from the others.
///
/// @param bids in the order in which they should be sent; each has room in `ledger`
/// @param others the answer for every slot that gets no bid now: a wait or a decline
/// @param ledger the old one with the new reservations. Take it before the first bid is sent
/// @param lookAgainAt when the first wait is over; other slots change only with the node or chain
public record BidPlan(
    List<Planned> bids,
    SortedMap<TaskKey, Decision> others,
    CapacityLedger ledger,
    Optional<Instant> lookAgainAt) {

  /// One bid, with the room that is kept for it.
  public record Planned(Decision.Bid bid, Reservation reservation) {

    /// The slot.
    public TaskKey key() {
      return reservation.key();
    }
  }
}
