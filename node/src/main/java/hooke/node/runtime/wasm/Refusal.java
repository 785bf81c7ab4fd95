package hooke.node.runtime.wasm;

/// Why a program is refused. The names are stable: they reach users as error codes.
public enum Refusal {
  /// The file does not start as a Wasm module does.
  NOT_WASM,
  /// The file ends in the middle of the module.
  TRUNCATED,
  /// The bytes break the format.
  MALFORMED,
  /// The module does not pass Wasm's type check.
  INVALID,
  /// It needs a feature that profile `wasm-det/1` leaves out (SIMD, threads, exceptions, 64-bit
  /// memory and so on).
  UNSUPPORTED_FEATURE,
  /// It imports something a task cannot have.
  UNKNOWN_IMPORT,
  /// It has no `_start` function: a library, not a program.
  NO_START,
  /// It has no memory named `memory`, through which WASI passes everything.
  NO_MEMORY,
  /// It is larger than a cap allows, or wants more memory than the order gives.
  TOO_LARGE
}
