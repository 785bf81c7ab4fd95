package hooke.node.runtime.sandbox;

import hooke.node.runtime.Isolation;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// No sandbox: a process with limits of its own making, an empty environment and a working
/// directory of its own. What holds is Wasm's own isolation as the engine implements it; a bug
/// there is a way to the node's user account. For devnets and one's own programs.
///
/// @param why there is none
public record PlainProcess(String why) implements Sandbox {
  @Override
  public Isolation isolation() {
    return new Isolation(
        false,
        "no sandbox ("
            + why
            + "): workers are plain processes with a limited heap and a clean environment, no namespaces, no seccomp");
  }

  @Override
  public Optional<String> refuses(Program program) {
    return Optional.empty();
  }

  @Override
  public Confined start(Launch launch) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(launch.command()).directory(launch.home().toFile());
    clean(builder.environment());
    return new Plain(builder.start());
  }

  /// Leaves a locale and a time zone only, the same everywhere: paths are UTF-8, whatever the
  /// node's own locale is.
  static void clean(Map<String, String> environment) {
    environment.clear();
    environment.put("LC_ALL", "C.UTF-8");
    environment.put("TZ", "UTC");
  }

  private record Plain(Process process) implements Confined {
    @Override
    public Verdict verdict() {
      return Verdict.NOTHING;
    }

    @Override
    public void close() {
      kill(process);
    }
  }

  /// Kills and waits, also when the waiting thread is interrupted.
  static void kill(Process process) {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
