package hooke.node.runtime.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hooke.node.runtime.Check;
import hooke.node.runtime.FailureReason;
import hooke.node.runtime.Outcome;
import hooke.node.runtime.RunLimits;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.TreeListing;
import hooke.node.runtime.sandbox.Sandbox;
import hooke.node.runtime.wasm.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Programs, as anybody may send them, that try to reach, hold or cost more than they may: through
/// the real runtime in the real sandbox. Each gets an answer that says what it is, and the next
/// task runs.
@Timeout(180)
class HostileProgramTest {
  /// Enough for an honest program of these fuels many times over.
  private static final Duration WALL = Duration.ofSeconds(90);

  private static final long FUEL = 20_000_000;
  private static final RunLimits LIMITS = new RunLimits(FUEL, 32 << 20, 1 << 20, WALL);

  @TempDir static Path home;
  private static WasmRuntime runtime;
  private static Path hostile;
  private static int runs;

  @BeforeAll
  static void start() throws IOException {
    Sandbox sandbox = Sandbox.detect();
    assumeTrue(
        sandbox.isolation().holds(), "no attack is tried: " + sandbox.isolation().description());
    runtime =
        new WasmRuntime(
            WorkerSettings.of(home.resolve("workers"), 1)
                .with(new WorkerSize(LIMITS.memoryBytes(), LIMITS.outputBytes(), 8 << 20))
                // A bomb may use all of it, and there are many.
                .with(new WorkerSettings.Compiling(Duration.ofSeconds(20), Duration.ZERO, 1 << 30))
                .with(sandbox));
    try (InputStream program = HostileProgramTest.class.getResourceAsStream("hostile.wasm")) {
      hostile = home.resolve("hostile.wasm");
      Files.copy(program, hostile);
    }
  }

  @AfterAll
  static void stop() {
    if (runtime != null) {
      runtime.close();
    }
  }

  private static RunResult run(
      Path program, @Nullable Path inputs, RunLimits limits, String... args)
      throws InterruptedException {
    return runtime.run(
        new RunRequest(
            "mallory",
            program,
            List.of(args),
            Map.of(),
            "00",
            null,
            inputs,
            home.resolve("run" + runs++),
            limits));
  }

  private static RunResult.Finished finished(RunResult result) {
    return assertInstanceOf(RunResult.Finished.class, result, result::toString);
  }

  private static void theNextTaskRuns() throws InterruptedException {
    assertEquals(
        7, finished(run(Path.of("../examples/exitcode.wasm"), null, LIMITS, "7")).exitCode());
  }

  /// Ways to work for long in the host's own code: all of it is paid in fuel, so it ends.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "write-vectors",
        "read-vectors",
        "empty-vectors",
        "random",
        "list",
        "move",
        "listings",
        "path",
        "resize"
      })
  void workInTheHostIsPaidInFuel(String how) throws Exception {
    RunResult.Finished end = finished(run(hostile, null, LIMITS, how));
    assertTrue(
        EnumSet.of(Outcome.OUT_OF_FUEL, Outcome.OUTPUT_LIMIT).contains(end.outcome()),
        end::toString);
    theNextTaskRuns();
  }

  @Test
  void sleepingForEverEnds() throws Exception {
    assertEquals(Outcome.TRAPPED, finished(run(hostile, null, LIMITS, "poll")).outcome());
  }

  /// Output without end, millions of files, a file with a hole larger than any disk, and files that
  /// are deleted but open.
  @ParameterizedTest
  @ValueSource(strings = {"files", "sparse", "allocate-sparse", "deleted"})
  void whatIsKeptEndsAtTheOutputLimit(String how) throws Exception {
    RunLimits limits = new RunLimits(1L << 36, 32 << 20, 1 << 20, WALL);
    RunResult.Finished end = finished(run(hostile, null, limits, how));
    assertEquals(Outcome.OUTPUT_LIMIT, end.outcome(), end::toString);
    int left = TreeListing.read(end.left()).size();
    assertTrue(left <= (1 << 20) / 512 + 2, () -> "left " + left + " files");
    theNextTaskRuns();
  }

  @Test
  void noPathLeadsOutOfItsTree() throws Exception {
    RunResult.Finished end =
        finished(run(Path.of("../examples/exitcode.wasm"), null, LIMITS, "escape"));
    assertEquals(0, end.exitCode(), () -> "ways out: " + end);
  }

  private static Path bomb(String name) throws IOException {
    return Files.write(home.resolve("bomb" + runs++ + ".wasm"), Bombs.of(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "deeper blocks",
        "50,000 locals",
        "four billion locals",
        "four billion functions",
        "a table of four billion",
        "a memory of 4 GiB",
        "a number that never ends",
        "a body longer than its section",
        "a hundred tables",
        "a br_table of a million",
        "types of a thousand",
        "300 parameters"
      })
  void aBombIsRefusedBeforeItIsCompiled(String bomb) throws Exception {
    Check.Refused refused =
        assertInstanceOf(
            Check.Refused.class, runtime.check("mallory", bomb(bomb), LIMITS.memoryBytes()));
    assertTrue(
        EnumSet.of(Refusal.TOO_LARGE, Refusal.MALFORMED, Refusal.TRUNCATED)
            .contains(refused.reason()),
        refused::toString);
  }

  /// Within the caps: it is compiled, or given up at a limit, and then the node does not bid. What
  /// is compiled also runs: a node that bids for it has promised that.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "deep blocks",
        "a br_table of 65,000",
        "9,999 locals",
        "a function over the JVM's limit",
        "10,000 functions",
        "10,000 types of 240",
        "30 MiB of custom section"
      })
  void aBombWithinTheCapsIsAnswered(String bomb) throws Exception {
    Set<FailureReason> limits =
        EnumSet.of(
            FailureReason.PREPARE_TIME,
            FailureReason.HOST_MEMORY,
            FailureReason.HOST_ENGINE,
            FailureReason.WORKER_DIED);
    Path program = bomb(bomb);
    switch (runtime.check("mallory", program, LIMITS.memoryBytes())) {
      case Check.Ready _ -> finished(run(program, null, LIMITS));
      case Check.Refused refused -> fail(refused.toString());
      case Check.HostFailure failure ->
          assertTrue(limits.contains(failure.reason()), failure::toString);
    }
    theNextTaskRuns();
  }
}
