package hooke.scheduler.capacity;

import hooke.scheduler.model.TaskKey;

/// Room kept for one attempt at one task.
///
/// @param fence the attempt's number: larger than any before it in this ledger. A worker's report
///   that carries another fence is about an attempt that no longer counts
/// @param window when its CPU, memory and worker are planned to be used at the latest; may move
///   earlier as others finish
public record Reservation(Claim claim, long fence, Hold hold, Window window) {

  /// The task.
  public TaskKey key() {
    return claim.key();
  }

  /// Whether a worker has it.
  public boolean isRunning() {
    return hold instanceof Hold.Running;
  }

  /// Whether, at the worst rate, the run would end after [Hold#finishBy].
  public boolean isLate() {
    return window.end().isAfter(hold.finishBy());
  }

  Reservation at(Window moved) {
    return window.equals(moved) ? this : new Reservation(claim, fence, hold, moved);
  }

  Reservation held(Hold firmer) {
    return new Reservation(claim, fence, firmer, window);
  }
}
