package hooke.node.runtime.worker;

/// The most that a job of a worker may ask for.
///
/// @param outputBytes streams and files that it leaves
/// @param programBytes size of the program's file
public record WorkerSize(long memoryBytes, long outputBytes, long programBytes) {
  WorkerSize max(WorkerSize other) {
    return new WorkerSize(
        Math.max(memoryBytes, other.memoryBytes),
        Math.max(outputBytes, other.outputBytes),
        Math.max(programBytes, other.programBytes));
  }
}
