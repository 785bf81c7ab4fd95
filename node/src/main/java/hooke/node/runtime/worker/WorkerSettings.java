package hooke.node.runtime.worker;

import java.nio.file.Path;
import java.time.Duration;

/// How workers are kept.
///
/// @param home directory for workers' own directories and the cache of compiled modules
/// @param warm workers kept ready for tasks of up to `warmMemoryBytes`
/// @param most workers at once; further runs wait
/// @param warmMemoryBytes memory of tasks that a warm worker takes; larger ones get a worker of
///   their own
/// @param jobs a worker is replaced after this many
/// @param prepareLimit longest time for reading and compiling a program
/// @param cacheBytes of compiled modules on disk
/// @param sandbox in front of each worker
public record WorkerSettings(
    Path home,
    int warm,
    int most,
    long warmMemoryBytes,
    int jobs,
    Duration prepareLimit,
    long cacheBytes,
    Sandbox sandbox) {

  /// The usual settings.
  ///
  /// @param home as above
  /// @param warm as above
  public static WorkerSettings of(Path home, int warm) {
    return new WorkerSettings(
        home,
        warm,
        Math.max(4, warm * 2),
        256L << 20,
        100,
        Duration.ofSeconds(60),
        1L << 30,
        Sandbox.detect());
  }
}
