package hooke.node.runtime.sandbox;

import hooke.node.runtime.Isolation;
import java.io.IOException;

/// Puts something between a worker process and the host.
public interface Sandbox {

  /// The best one that works on this machine. Tries it out, which takes a moment the first time.
  static Sandbox detect() {
    return Detected.BEST;
  }

  /// What it holds.
  Isolation isolation();

  /// Starts a process. Its standard streams are pipes; its environment is empty but for the locale.
  Confined start(Launch launch) throws IOException;
}
