package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.scheduler.capacity.CapacityLedger;
import hooke.scheduler.capacity.Change;
import hooke.scheduler.capacity.Reservation;
import hooke.scheduler.model.TaskKey;
import java.util.List;
import java.util.Optional;

/// The node's one capacity ledger: the agent's thread takes steps, anybody reads the newest.
final class Reservations {
  private volatile CapacityLedger ledger;

  Reservations(CapacityLedger ledger) {
    this.ledger = ledger;
  }

  CapacityLedger ledger() {
    return ledger;
  }

  Optional<Reservation> find(TaskKey task) {
    return ledger.find(task);
  }

  /// Those of any slot of an order.
  List<Reservation> of(Bytes32 order) {
    String id = order.toString();
    return ledger.reservations().stream().filter(held -> held.key().order().equals(id)).toList();
  }

  /// Takes a step; a refused or stale one changes nothing.
  void take(Change change) {
    if (change instanceof Change.Applied applied) {
      ledger = applied.ledger();
    }
  }

  void replace(CapacityLedger next) {
    ledger = next;
  }
}
