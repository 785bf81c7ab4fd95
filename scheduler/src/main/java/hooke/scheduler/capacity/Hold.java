package hooke.scheduler.capacity;

import java.time.Instant;

/// How firmly a reservation is held.
///
/// | from | by | to |
/// | --- | --- | --- |
/// | (none) | [CapacityLedger#reserve] | `Tentative` |
/// | (none) | [CapacityLedger#adopt] | `Committed` |
/// | `Tentative` | [CapacityLedger#commit] | `Committed` |
/// | `Tentative` | [CapacityLedger#expire] | released |
/// | `Committed` | [CapacityLedger#start] | `Running` |
/// | any | [CapacityLedger#release] | released |
///
/// A released reservation is not in the ledger any more. Nothing goes back: a run that must be
/// repeated is released and adopted again, under a new fence.
public sealed interface Hold {

  /// The run must have ended by then for the result to be delivered in time.
  Instant finishBy();

  /// A bid is on its way.
  ///
  /// @param notBefore the earliest the answer can be known
  /// @param expiresAt without an answer by then, the bid counts as lost
  record Tentative(Instant notBefore, Instant finishBy, Instant expiresAt) implements Hold {}

  /// The law says the slot is ours; the run waits for its turn.
  record Committed(Instant acceptedAt, Instant finishBy) implements Hold {}

  /// A worker has it.
  record Running(Instant acceptedAt, Instant startedAt, Instant finishBy) implements Hold {}
}
