package hooke.node.runtime.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hooke.node.runtime.RunLimits;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.sandbox.Sandbox;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What is left of workers when their node is killed.
@Timeout(300)
class NodeDeathTest {
  @TempDir Path home;

  /// A node's process: starts a run that never ends, and says when it is under way.
  static final class Doomed {
    private Doomed() {}

    public static void main(String[] args) throws Exception {
      Path home = Path.of(args[0]);
      WasmRuntime runtime = new WasmRuntime(WorkerSettings.of(home, 1));
      Thread.ofPlatform().start(() -> spin(runtime, home));
      while (runtime.busyPids().isEmpty()) {
        Thread.onSpinWait();
      }
      System.out.println("busy " + runtime.busyPids().getFirst());
    }

    private static void spin(WasmRuntime runtime, Path home) {
      RunLimits limits = new RunLimits(Long.MAX_VALUE / 2, 16 << 20, 1 << 20, Duration.ofHours(1));
      RunRequest request =
          new RunRequest(
              "me",
              Path.of("../examples/exitcode.wasm"),
              List.of("spin"),
              Map.of(),
              "00",
              null,
              null,
              home.resolveSibling("run"),
              limits);
      try {
        runtime.run(request);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void nothingOutlivesAKilledNode() throws Exception {
    Sandbox sandbox = Sandbox.detect();
    assumeTrue(sandbox.isolation().holds(), "not tried: " + sandbox.isolation().description());
    Path workers = home.resolve("workers");
    Process node =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-D" + WorkerSettings.IMAGE_PROPERTY + "=" + home.resolve("image"),
                "-cp",
                System.getProperty("java.class.path"),
                Doomed.class.getName(),
                workers.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<ProcessHandle> left;
    try (BufferedReader said = node.inputReader(StandardCharsets.UTF_8)) {
      String line = said.readLine();
      assertTrue(line != null && line.startsWith("busy"), "the node says " + line);
      within(() -> node.descendants().anyMatch(NodeDeathTest::trains), "it makes no archive");
      left = node.descendants().toList();
      // So that it does not end before anybody looks, by being ready.
      String training =
          Long.toString(
              left.stream().filter(NodeDeathTest::trains).findFirst().orElseThrow().pid());
      assertEquals(0, new ProcessBuilder("kill", "-STOP", training).start().waitFor());
    } finally {
      node.destroyForcibly().waitFor();
    }
    within(() -> left.stream().noneMatch(ProcessHandle::isAlive), "workers live on");
    String groups = "hooke-" + node.pid() + "-";
    assertTrue(folders(workers) > 0);
    try (WasmRuntime next = new WasmRuntime(WorkerSettings.of(workers, 0))) {
      assertEquals(0, folders(workers), "the next start leaves their directories");
      assertTrue(next.isolation().holds());
    }
    hooke.node.runtime.sandbox.Leftovers.sweep();
    assertEquals(List.of(), hooke.node.runtime.sandbox.Leftovers.groups(groups));
  }

  /// The JVM that the archive of workers' classes is made from, which is no worker and runs longer.
  private static boolean trains(ProcessHandle process) {
    String[] arguments = process.info().arguments().orElse(new String[0]);
    String command = process.info().command().orElse("");
    return command.endsWith("/java") && List.of(arguments).contains(Practice.class.getName());
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long folders(Path workers) throws IOException {
    try (Stream<Path> all = Files.list(workers)) {
      return all.filter(path -> path.getFileName().toString().matches("worker\\d+")).count();
    }
  }

  private static void within(BooleanSupplier condition, String otherwise) {
    long until = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < until, otherwise);
      pause();
    }
  }
}
