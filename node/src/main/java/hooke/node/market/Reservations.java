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

  /// What the results of everything reserved here may fill of the store. Any thread.
  long promisedBytes() {
    return ledger.promisedBytes();
  }

  /// The same without one slot's. Any thread.
  long promisedBeside(Bytes32 order, int slot) {
    CapacityLedger now = ledger;
    long own =
        now.find(TaskRequests.key(order, slot)).map(held -> held.claim().keptBytes()).orElse(0L);
    return Math.max(0, now.promisedBytes() - own);
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
