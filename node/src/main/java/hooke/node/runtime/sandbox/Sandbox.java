package hooke.node.runtime.sandbox;

import hooke.node.runtime.Isolation;
import java.io.IOException;
import java.util.Optional;

/// Puts something between a worker process and the host.
public interface Sandbox {

  /// The best one that works on this machine for JVMs. Tries it out, which takes a moment the first
  /// time.
  static Sandbox detect() {
    return Detected.BEST;
  }

  /// What it holds.
  Isolation isolation();

  /// Why a program does not run in it, in words for a person who could change it; empty when it
  /// does. Tries it out.
  Optional<String> refuses(Program program);

  /// Starts a process. Its standard streams are pipes; its environment is empty but for the locale.
  Confined start(Launch launch) throws IOException;
}
