package hooke.node.runtime;

import hooke.node.runtime.wasm.Refusal;

/// Whether a program could be run here.
public sealed interface Check permits Check.Runnable, Check.Refused, Check.HostFailure {

  /// It can.
  record Runnable() implements Check {}

  /// It cannot, on any node: a fact about the program and the order.
  record Refused(Refusal reason, String message) implements Check {}

  /// This node could not tell.
  record HostFailure(FailureReason reason, String message) implements Check {}
}
