package hooke.node.runtime;

import hooke.node.runtime.wasm.Refusal;
import java.nio.file.Path;
import java.time.Duration;

/// How a run ended. Only [Finished] is a result that can be delivered.
public sealed interface RunResult
    permits RunResult.Finished, RunResult.Refused, RunResult.HostFailure {

  /// The program ended in a way that every honest node agrees on; so are `left`, `stdout` and
  /// `stderr`, also after a trap.
  ///
  /// @param outcome how
  /// @param exitCode unsigned 32 bits in an int; 0 unless exited
  /// @param fuelUsed at most the limit
  /// @param left a [TreeListing] of the files it left: `out` and what is in it, and `work` where it
  ///   left something in its working directory
  /// @param stdout file
  /// @param stderr file
  /// @param message for the log: why it trapped; may differ between nodes, empty for an exit
  /// @param prepared time spent reading and compiling, not billed
  /// @param ran time from its first instruction to its last
  /// @param memoryBytes what its memory started with
  record Finished(
      Outcome outcome,
      int exitCode,
      long fuelUsed,
      Path left,
      Path stdout,
      Path stderr,
      String message,
      Duration prepared,
      Duration ran,
      long memoryBytes)
      implements RunResult {}

  /// No node can run it: a fact about the program and the order.
  record Refused(Refusal reason, String message) implements RunResult {}

  /// This node failed. Never a result.
  record HostFailure(FailureReason reason, String message) implements RunResult {}
}
