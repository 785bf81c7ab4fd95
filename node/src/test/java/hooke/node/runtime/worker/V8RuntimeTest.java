package hooke.node.runtime.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import hooke.node.runtime.FailureReason;
import hooke.node.runtime.Isolation;
import hooke.node.runtime.RunLimits;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.sandbox.Confined;
import hooke.node.runtime.sandbox.Launch;
import hooke.node.runtime.sandbox.PlainProcess;
import hooke.node.runtime.sandbox.Program;
import hooke.node.runtime.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// The same claims with programs running in V8, in the sandbox where there is one; and what is V8's
/// own.
final class V8RuntimeTest extends WasmRuntimeTest {
  private static final EngineChoice V8 = new EngineChoice.V8(AnyNodeJs.FOUND);

  @Override
  WorkerSettings settings(Path directory) {
    return WorkerSettings.of(directory, 1).with(V8);
  }

  /// A host that gives Node.js less memory than it promised, as a machine that is full.
  private record Starved(Sandbox around, long kib) implements Sandbox {
    @Override
    public Isolation isolation() {
      return around.isolation();
    }

    @Override
    public Optional<String> refuses(Program program) {
      return Optional.empty();
    }

    @Override
    public Confined start(Launch launch) throws IOException {
      if (launch.program().calls() != Program.Calls.NODE_JS) {
        return around.start(launch);
      }
      List<String> arguments =
          new ArrayList<>(List.of("-c", "ulimit -d " + kib + "; exec \"$0\" \"$@\""));
      arguments.add(launch.program().executable().toString());
      arguments.addAll(launch.arguments());
      Program shell =
          new Program(
              Path.of("/bin/sh"),
              List.of(),
              List.of(),
              List.of(),
              Program.Calls.NODE_JS,
              List.of());
      return around.start(
          new Launch(
              shell,
              arguments,
              launch.home(),
              launch.readable(),
              launch.writable(),
              launch.fileBytes(),
              launch.memoryBytes(),
              launch.stackBytes(),
              launch.threads()));
    }
  }

  /// V8 itself tells the program that its memory cannot grow, which is the order's to say.
  @Test
  @EnabledOnOs(OS.LINUX)
  void aHostShortOfMemoryGivesNoResult(@TempDir Path directory) throws Exception {
    WorkerSettings starved =
        settings(directory.resolve("workers"))
            .with(new Starved(new PlainProcess("a test"), 1_800_000));
    try (WasmRuntime runtime = new WasmRuntime(starved)) {
      RunResult result =
          runtime.run(
              new RunRequest(
                  "me",
                  Path.of("../examples/exitcode.wasm"),
                  List.of("allocate", "1000000000"),
                  Map.of(),
                  "00",
                  null,
                  null,
                  directory.resolve("run"),
                  new RunLimits(1L << 40, 1_500 << 20, 1 << 20, Duration.ofMinutes(1))));
      assertEquals(
          FailureReason.HOST_MEMORY,
          assertInstanceOf(RunResult.HostFailure.class, result, result::toString).reason());
    }
  }
}
