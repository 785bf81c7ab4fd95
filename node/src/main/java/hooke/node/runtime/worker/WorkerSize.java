package hooke.node.runtime.worker;

import hooke.node.runtime.wasm.ModuleCaps;

/// The most that a job of a worker may ask for.
///
/// @param memoryBytes no more than a program of the profile can ever have, whatever was asked for
/// @param outputBytes streams and files that it leaves
/// @param programBytes size of the program's file
public record WorkerSize(long memoryBytes, long outputBytes, long programBytes) {
  private static final long MOST_MEMORY = (long) ModuleCaps.WASM_DET_1.memoryPages() << 16;

  /// More would be no limit, and a number that sums of it overflow.
  private static final long MOST_OUTPUT = 1L << 50;

  public WorkerSize {
    memoryBytes = Math.min(memoryBytes, MOST_MEMORY);
    outputBytes = Math.min(outputBytes, MOST_OUTPUT);
  }

  WorkerSize max(WorkerSize other) {
    return new WorkerSize(
        Math.max(memoryBytes, other.memoryBytes),
        Math.max(outputBytes, other.outputBytes),
        Math.max(programBytes, other.programBytes));
  }
}
