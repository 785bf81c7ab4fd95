package hooke.node.runtime.worker;

import hooke.node.runtime.Isolation;
import java.nio.file.Path;
import java.util.List;

/// Puts something between a worker process and the host.
public interface Sandbox {

  /// The best one that works on this machine.
  static Sandbox detect() {
    return new PlainJvm();
  }

  /// What it holds.
  Isolation isolation();

  /// The command line to start instead of `java`.
  ///
  /// @param java the worker's command line
  /// @param home the worker's own directory, its working directory
  /// @param writable directories in which jobs' directories lie
  List<String> wrap(List<String> java, Path home, List<Path> writable);

  /// No sandbox: a JVM with a small heap, an empty environment and a working directory of its own.
  /// What holds is Wasm's own isolation as the engine implements it; a bug there is a way to the
  /// node's user account. For devnets and one's own programs.
  record PlainJvm() implements Sandbox {
    @Override
    public Isolation isolation() {
      return new Isolation(
          false,
          "no sandbox: workers are plain JVMs with a limited heap and a clean environment, no namespaces, no seccomp");
    }

    @Override
    public List<String> wrap(List<String> java, Path home, List<Path> writable) {
      return java;
    }
  }
}
