package hooke.node.runtime;

import hooke.node.runtime.wasm.Refusal;
import java.time.Duration;

/// Whether a program could be run here.
public sealed interface Check permits Check.Ready, Check.Refused, Check.HostFailure {

  /// It can.
  ///
  /// @param start the longest time, on a whole core, that a run takes here beside what its fuel
  ///   says: loading the code, and running what is new to the engine
  /// @param slowdown how many times slower than usual it may burn fuel here, from 1
  /// @param memoryBytes what its memory starts with
  record Ready(Duration start, int slowdown, long memoryBytes) implements Check {}

  /// It cannot, on any node: a fact about the program and the order.
  record Refused(Refusal reason, String message) implements Check {}

  /// This node could not tell.
  record HostFailure(FailureReason reason, String message) implements Check {}
}
