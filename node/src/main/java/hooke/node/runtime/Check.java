package hooke.node.runtime;

import hooke.node.runtime.wasm.Refusal;

/// Whether a program could be run here.
public sealed interface Check permits Check.Ready, Check.Refused, Check.HostFailure {

  /// It can.
  record Ready() implements Check {}

  /// It cannot, on any node: a fact about the program and the order.
  record Refused(Refusal reason, String message) implements Check {}

  /// This node could not tell.
  record HostFailure(FailureReason reason, String message) implements Check {}
}
