package hooke.scheduler.capacity;

import hooke.scheduler.model.TaskKey;
import java.util.Optional;

/// The answer to a wish to change the ledger. Only [Applied] carries a new ledger; otherwise the
/// old one stands.
public sealed interface Change {

  /// Done.
  ///
  /// @param reservation as it is now, or as it was when it was released
  record Applied(CapacityLedger ledger, Reservation reservation) implements Change {}

  /// Not possible now.
  record Refused(Refusal refusal) implements Change {}

  /// The attempt named does not count any more, or the step was done before.
  record Stale(TaskKey key, long fence, Optional<Reservation> current) implements Change {}
}
