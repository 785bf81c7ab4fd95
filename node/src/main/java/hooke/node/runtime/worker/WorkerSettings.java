package hooke.node.runtime.worker;

import hooke.node.runtime.sandbox.Sandbox;
import java.nio.file.Path;
import java.time.Duration;

/// How workers are kept.
///
/// @param home directory for workers' own directories and the cache of compiled modules
/// @param image directory for what workers' JVMs are started from; nodes of one user may share it
/// @param pool how many there are
/// @param warmSize tasks that a warm worker takes; larger ones get a worker of their own
/// @param compiling what reading and compiling a program may take, and what is kept of it
/// @param sandbox around each worker
/// @param engine what runs programs
public record WorkerSettings(
    Path home,
    Path image,
    Pool pool,
    WorkerSize warmSize,
    Compiling compiling,
    Sandbox sandbox,
    EngineChoice engine) {

  /// Names another directory for `image` than one in `home`, for several nodes of one user on one
  /// machine, which need it made only once.
  public static final String IMAGE_PROPERTY = "hooke.worker-image";

  /// How many workers there are.
  ///
  /// @param warm workers kept ready
  /// @param runs at once; further ones wait
  /// @param checks programs checked at once, on top of the runs, so that a flood of programs that
  ///   are slow to compile keeps no paid work waiting
  /// @param jobs a worker is replaced after this many
  public record Pool(int warm, int runs, int checks, int jobs) {}

  /// How programs are made ready to run.
  ///
  /// @param limit longest time for reading and compiling a program, whatever its size
  /// @param limitPerMib more of it, for each MiB of the program's file
  /// @param cacheBytes of compiled modules on disk
  public record Compiling(Duration limit, Duration limitPerMib, long cacheBytes) {
    /// Longest time for reading and compiling a program of so many bytes.
    Duration limit(long programBytes) {
      return limit.plus(limitPerMib.multipliedBy(programBytes >> 20));
    }
  }

  /// The usual settings, with the best sandbox there is and Endive.
  ///
  /// @param home as above
  /// @param warm workers kept ready
  public static WorkerSettings of(Path home, int warm) {
    return new WorkerSettings(
        home,
        image(home),
        new Pool(warm, Math.max(4, warm * 2), 2, 100),
        new WorkerSize(256L << 20, 64L << 20, 8L << 20),
        new Compiling(Duration.ofSeconds(60), Duration.ofSeconds(15), 1L << 30),
        Sandbox.detect(),
        new EngineChoice.Endive());
  }

  private static Path image(Path home) {
    String elsewhere = System.getProperty(IMAGE_PROPERTY, "");
    return elsewhere.isEmpty() ? home.resolve("image") : Path.of(elsewhere);
  }

  /// The same with another number of workers.
  WorkerSettings with(Pool other) {
    return new WorkerSettings(home, image, other, warmSize, compiling, sandbox, engine);
  }

  /// The same with warm workers of another size.
  WorkerSettings with(WorkerSize other) {
    return new WorkerSettings(home, image, pool, other, compiling, sandbox, engine);
  }

  /// The same with other limits for compiling.
  WorkerSettings with(Compiling other) {
    return new WorkerSettings(home, image, pool, warmSize, other, sandbox, engine);
  }

  /// The same with another sandbox.
  public WorkerSettings with(Sandbox other) {
    return new WorkerSettings(home, image, pool, warmSize, compiling, other, engine);
  }

  /// The same with another engine.
  public WorkerSettings with(EngineChoice other) {
    return new WorkerSettings(home, image, pool, warmSize, compiling, sandbox, other);
  }

  /// The same for workers that only validate: one is kept ready, and each serves one program.
  WorkerSettings forValidating() {
    return with(new Pool(1, pool.runs(), pool.checks(), 1));
  }
}
