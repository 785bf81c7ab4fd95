package hooke.node.runtime.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.node.runtime.Check;
import hooke.node.runtime.FailureReason;
import hooke.node.runtime.Outcome;
import hooke.node.runtime.RunLimits;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.Trees;
import hooke.node.runtime.wasm.Refusal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WasmRuntimeTest {
  private static final RunLimits LIMITS =
      new RunLimits(Long.MAX_VALUE / 2, 32 << 20, 1 << 20, Duration.ofSeconds(30));

  private Path home;
  private WasmRuntime runtime;
  private int runs;

  /// What the claims are made of.
  WorkerSettings settings(Path directory) {
    return WorkerSettings.of(directory, 1);
  }

  @BeforeAll
  void start(@TempDir Path directory) {
    home = directory;
    runtime = new WasmRuntime(settings(home.resolve("workers")));
  }

  @AfterAll
  void stop() {
    runtime.close();
  }

  private static Path example(String name) {
    return Path.of("../examples", name + ".wasm");
  }

  private RunRequest request(RunLimits limits, Path program, String... args) {
    return new RunRequest(
        "me",
        program,
        List.of(args),
        Map.of(),
        "00",
        null,
        null,
        home.resolve("run" + runs++),
        limits);
  }

  private RunResult run(RunLimits limits, String... args) throws InterruptedException {
    return runtime.run(request(limits, example("exitcode"), args));
  }

  private static RunResult.Finished finished(RunResult result) {
    return assertInstanceOf(RunResult.Finished.class, result);
  }

  private static FailureReason failure(RunResult result) {
    return assertInstanceOf(RunResult.HostFailure.class, result).reason();
  }

  @Test
  void outcomesComeBack() throws Exception {
    assertEquals(200, finished(run(LIMITS, "200")).exitCode());
    assertEquals(Outcome.TRAPPED, finished(run(LIMITS, "trap")).outcome());
    assertEquals(Outcome.OUTPUT_LIMIT, finished(run(LIMITS, "flood")).outcome());
    RunLimits little = new RunLimits(1_000_000, 32 << 20, 1 << 20, Duration.ofSeconds(30));
    assertEquals(Outcome.OUT_OF_FUEL, finished(run(little, "spin")).outcome());
    RunResult.Finished files = finished(run(LIMITS, "files", "50"));
    assertEquals("file 7\n", Trees.text(files.left(), "out/files/000007"));
  }

  @Test
  void theDepthOfCallsEndsBeforeTheHostsStack() throws Exception {
    RunResult.Finished deep = finished(run(LIMITS, "recurse"));
    assertEquals(Outcome.TRAPPED, deep.outcome());
    assertTrue(deep.message().contains("too deeply"), deep.message());
  }

  @Test
  void clocksStartWhereTheRequestSays() throws Exception {
    RunRequest request =
        new RunRequest(
            "me",
            example("exitcode"),
            "task",
            List.of("clock"),
            Map.of(),
            "00",
            Instant.ofEpochSecond(1_800_000_000),
            false,
            null,
            null,
            home.resolve("run" + runs++),
            LIMITS);
    String stdout = Files.readString(finished(runtime.run(request)).stdout());
    assertTrue(stdout.startsWith("now 1800000000 "), stdout);
  }

  @Test
  void wallTimeIsNeverAResult() throws Exception {
    RunLimits brief = new RunLimits(Long.MAX_VALUE / 2, 32 << 20, 1 << 20, Duration.ofMillis(300));
    assertEquals(FailureReason.WALL_TIME, failure(run(brief, "spin")));
    assertEquals(0, finished(run(LIMITS, "0")).exitCode());
  }

  @Test
  void aKilledWorkerIsReplaced() throws Exception {
    CompletableFuture<RunResult> running =
        CompletableFuture.supplyAsync(() -> {
          try {
            return run(LIMITS, "spin");
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (runtime.busyPids().isEmpty() && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    runtime
        .busyPids()
        .forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
    assertEquals(FailureReason.WORKER_DIED, failure(running.get()));
    assertEquals(7, finished(run(LIMITS, "7")).exitCode());
  }

  @Test
  void badProgramsAreRefusedBeforeAnyoneBids() throws Exception {
    byte[] whole = Files.readAllBytes(example("primes"));
    Path cut = Files.write(home.resolve("cut.wasm"), Arrays.copyOf(whole, whole.length / 2));
    Check.Refused refused =
        assertInstanceOf(Check.Refused.class, runtime.check("me", cut, 32 << 20));
    assertEquals(Refusal.TRUNCATED, refused.reason());
    assertInstanceOf(Check.Ready.class, runtime.check("me", example("primes"), 32 << 20));
    Check.Refused small =
        assertInstanceOf(Check.Refused.class, runtime.check("me", example("primes"), 1 << 10));
    assertEquals(Refusal.TOO_LARGE, small.reason());
  }

  @Test
  void aProgramThatIsIllTypedIsRefused() throws Exception {
    // The smallest program, calling proc_exit without its argument.
    byte[] broken = Smallest.PROGRAM.clone();
    broken[broken.length - 5] = 0x01;
    broken[broken.length - 4] = 0x01;
    Path file = Files.write(home.resolve("broken.wasm"), broken);
    Check.Refused refused =
        assertInstanceOf(Check.Refused.class, runtime.check("me", file, 32 << 20));
    assertEquals(Refusal.INVALID, refused.reason());
  }
}
