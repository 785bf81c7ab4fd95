package hooke.node.runtime;

/// Why a host gave no result. None of these says anything about the program that another node could
/// verify.
public enum FailureReason {
  /// It ran longer than the order allows.
  WALL_TIME,
  /// It took too long to compile.
  PREPARE_TIME,
  /// The worker process ended or broke the protocol.
  WORKER_DIED,
  /// The worker's heap was too small.
  HOST_MEMORY,
  /// The worker's stack was too small.
  HOST_STACK,
  /// Disk full, inputs unreadable, and the like.
  HOST_DISK,
  /// The engine failed.
  HOST_ENGINE,
  /// The runtime is closed.
  CLOSED
}
