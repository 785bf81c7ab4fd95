package hooke.node.runtime.worker;

import hooke.node.runtime.sandbox.Sandbox;
import java.nio.file.Path;
import java.time.Duration;

/// How workers are kept.
///
/// @param home directory for workers' own directories and the cache of compiled modules
/// @param image directory for what workers' JVMs are started from; nodes of one user may share it
/// @param warm workers kept ready for tasks of up to `warmMemoryBytes` and `warmOutputBytes`
/// @param most runs at once; further ones wait
/// @param checks programs checked at once, on top of the runs, so that a flood of programs that are
///   slow to compile keeps no paid work waiting
/// @param warmMemoryBytes memory of tasks that a warm worker takes; larger ones get a worker of
///   their own
/// @param warmOutputBytes the same of what they leave
/// @param warmProgramBytes the same of the program's file
/// @param jobs a worker is replaced after this many
/// @param prepareLimit longest time for reading and compiling a program, whatever its size
/// @param prepareLimitPerMib more of it, for each MiB of the program's file
/// @param cacheBytes of compiled modules on disk
/// @param sandbox around each worker
/// @param engine what runs programs
public record WorkerSettings(
    Path home,
    Path image,
    int warm,
    int most,
    int checks,
    long warmMemoryBytes,
    long warmOutputBytes,
    long warmProgramBytes,
    int jobs,
    Duration prepareLimit,
    Duration prepareLimitPerMib,
    long cacheBytes,
    Sandbox sandbox,
    EngineChoice engine) {

  /// Names another directory for `image` than one in `home`, for several nodes of one user on one
  /// machine, which need it made only once.
  public static final String IMAGE_PROPERTY = "hooke.worker-image";

  /// The usual settings, with the best sandbox there is and Endive.
  ///
  /// @param home as above
  /// @param warm as above
  public static WorkerSettings of(Path home, int warm) {
    return new WorkerSettings(
        home,
        image(home),
        warm,
        Math.max(4, warm * 2),
        2,
        256L << 20,
        64L << 20,
        8L << 20,
        100,
        Duration.ofSeconds(60),
        Duration.ofSeconds(15),
        1L << 30,
        Sandbox.detect(),
        new EngineChoice.Endive());
  }

  private static Path image(Path home) {
    String elsewhere = System.getProperty(IMAGE_PROPERTY, "");
    return elsewhere.isEmpty() ? home.resolve("image") : Path.of(elsewhere);
  }

  /// Longest time for reading and compiling a program of so many bytes.
  Duration prepareLimit(long programBytes) {
    return prepareLimit.plus(prepareLimitPerMib.multipliedBy(programBytes >> 20));
  }

  /// The same with another sandbox.
  public WorkerSettings with(Sandbox other) {
    return new WorkerSettings(
        home,
        image,
        warm,
        most,
        checks,
        warmMemoryBytes,
        warmOutputBytes,
        warmProgramBytes,
        jobs,
        prepareLimit,
        prepareLimitPerMib,
        cacheBytes,
        other,
        engine);
  }

  /// The same with another engine.
  public WorkerSettings with(EngineChoice other) {
    return new WorkerSettings(
        home,
        image,
        warm,
        most,
        checks,
        warmMemoryBytes,
        warmOutputBytes,
        warmProgramBytes,
        jobs,
        prepareLimit,
        prepareLimitPerMib,
        cacheBytes,
        sandbox,
        other);
  }

  /// The same for workers that only validate: one is kept ready, and each serves one program.
  WorkerSettings forValidating() {
    return new WorkerSettings(
        home,
        image,
        1,
        most,
        checks,
        warmMemoryBytes,
        warmOutputBytes,
        warmProgramBytes,
        1,
        prepareLimit,
        prepareLimitPerMib,
        cacheBytes,
        sandbox,
        engine);
  }
}
