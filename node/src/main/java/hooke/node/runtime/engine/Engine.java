package hooke.node.runtime.engine;

import hooke.node.runtime.wasi.Wasi;

/// Something that runs metered modules ([hooke.node.runtime.wasm.Metering]).
///
/// All engines must agree on outcome, exit code, fuel and every byte written, for every program;
/// only [Ending#message()] is free.
public interface Engine {
  /// For logs.
  String name();

  /// Checks types and makes the module ready to run. May take seconds for a large one.
  ///
  /// @param code of the same module by an engine of the same name, or where to leave it
  /// @throws InvalidModuleException when the module does not pass Wasm's validation
  Prepared prepare(byte[] metered, CompiledCode code);

  /// A module that is ready. Runs as often as wanted, one run at a time.
  interface Prepared {
    /// Runs the program to its end in the calling thread, whose stack must be
    /// [Execution#STACK_BYTES].
    ///
    /// @param memoryPages the memory may not grow beyond
    Ending run(Wasi wasi, long fuel, int memoryPages);
  }

  /// The module breaks Wasm's rules: a fact about its bytes, the same on every engine.
  final class InvalidModuleException extends RuntimeException {
    public InvalidModuleException(String message) {
      super(message);
    }
  }
}
