package hooke.node.runtime;

import java.nio.file.Path;
import java.util.Optional;

/// Runs tasks of one kind. Safe for many threads; each call blocks its thread (use a virtual one).
public interface TaskRuntime extends AutoCloseable {

  /// The name a task's spec gives, for example `wasm`.
  String name();

  /// The metering profile it implements, for example `wasm-det/1`. A node bids only on profiles
  /// that it has.
  String profile();

  /// What runs programs here, by name and version. For people: results do not depend on it.
  String engine();

  /// What stands between a program and this machine.
  Isolation isolation();

  /// Why nothing new may be promised with it: its answers were seen to differ from everybody
  /// else's, or to be none. Empty while it is trusted.
  default Optional<String> unfit() {
    return Optional.empty();
  }

  /// Reads, checks and prepares a program without running it. A node calls this before it bids:
  /// afterwards [#run(RunRequest)] answers [RunResult.Refused] for nothing this let pass.
  ///
  /// @param client on whose behalf, as in [RunRequest]
  /// @param program file, up to the profile's cap
  /// @param memoryBytes what the order gives
  Check check(String client, Path program, long memoryBytes) throws InterruptedException;

  /// Runs a program to its end. To give up, interrupt the thread: the worker is killed.
  RunResult run(RunRequest request) throws InterruptedException;

  /// Stops everything that runs.
  @Override
  void close();
}
