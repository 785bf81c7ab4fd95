package hooke.node.runtime.worker;

import java.nio.file.Path;
import java.util.List;

/// Puts something between a worker process and the host.
public interface Sandbox {

  /// One line for the node's log and `doctor`: what holds and what does not.
  String description();

  /// Whether strangers' programs may be run behind it on a machine that matters.
  boolean isolates();

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
    public String description() {
      return "plain JVM workers: limited heap, clean environment, no namespaces, no seccomp; not for strangers' work";
    }

    @Override
    public boolean isolates() {
      return false;
    }

    @Override
    public List<String> wrap(List<String> java, Path home, List<Path> writable) {
      return java;
    }
  }
}
