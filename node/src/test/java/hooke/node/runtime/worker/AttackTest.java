package hooke.node.runtime.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hooke.node.runtime.FailureReason;
import hooke.node.runtime.Isolation;
import hooke.node.runtime.Outcome;
import hooke.node.runtime.RunLimits;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.sandbox.Confined;
import hooke.node.runtime.sandbox.Launch;
import hooke.node.runtime.sandbox.Program;
import hooke.node.runtime.sandbox.Sandbox;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Attacks from inside a worker whose engine was broken ([BrokenEngine]), behind the real sandbox.
/// While each one runs, somebody else's task runs on the same node, and must not notice.
@Timeout(120)
class AttackTest {
  private static final RunLimits LIMITS =
      new RunLimits(1L << 40, 16 << 20, 1 << 20, Duration.ofSeconds(60));
  private static final long PART = 1 << 12;

  @TempDir static Path home;
  private static Path secret;
  private static WorkerSettings settings;
  private static WasmRuntime runtime;
  private static final AtomicInteger RUNS = new AtomicInteger();
  private static final ExecutorService OTHERS = Executors.newVirtualThreadPerTaskExecutor();

  private Future<RunResult> innocent;

  /// The best sandbox, around a worker with a broken engine.
  private record Broken(Sandbox sandbox) implements Sandbox {
    @Override
    public Isolation isolation() {
      return sandbox.isolation();
    }

    @Override
    public Optional<String> refuses(Program program) {
      return sandbox.refuses(program);
    }

    @Override
    public Confined start(Launch launch) throws IOException {
      List<String> arguments = new ArrayList<>(launch.arguments());
      arguments.replaceAll(
          word -> word.equals(WorkerMain.class.getName()) ? BrokenEngine.class.getName() : word);
      List<Path> readable = new ArrayList<>(launch.readable());
      Path tests = classes();
      readable.add(tests);
      int path = arguments.indexOf("-cp") + 1;
      arguments.set(path, arguments.get(path) + File.pathSeparator + tests);
      return sandbox.start(
          new Launch(
              launch.program(),
              arguments,
              launch.home(),
              readable,
              launch.writable(),
              launch.fileBytes(),
              launch.memoryBytes(),
              launch.stackBytes(),
              launch.threads()));
    }

    private static Path classes() {
      try {
        return Path.of(
            AttackTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      } catch (URISyntaxException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @BeforeAll
  static void start() throws Exception {
    Sandbox sandbox = Sandbox.detect();
    assumeTrue(
        sandbox.isolation().holds(), "no attack is tried: " + sandbox.isolation().description());
    assumeTrue(
        System.getProperty("os.arch").equals("amd64"), "system calls are numbered for x86-64 here");
    secret =
        Files.writeString(
            Files.createDirectory(home.resolve("keys")).resolve("node.json"), "secret");
    settings =
        WorkerSettings.of(home.resolve("workers"), 1)
            .with(new WorkerSize(LIMITS.memoryBytes(), LIMITS.outputBytes(), 8 << 20))
            .with(new Broken(sandbox));
    runtime = new WasmRuntime(settings);
  }

  @AfterAll
  static void stop() {
    OTHERS.close();
    if (runtime != null) {
      runtime.close();
    }
  }

  @BeforeEach
  void somebodyElsesTaskStarts() throws Exception {
    Path text = Files.writeString(home.resolve("text" + RUNS.get()), "the quick brown fox");
    innocent =
        OTHERS.submit(() ->
            runtime.run(request("alice", Path.of("../examples/sha256sum.wasm"), text, LIMITS)));
  }

  @AfterEach
  void somebodyElsesTaskIsUntouched() throws Exception {
    RunResult.Finished finished = assertInstanceOf(RunResult.Finished.class, innocent.get());
    byte[] sum =
        MessageDigest.getInstance("SHA-256")
            .digest("the quick brown fox".getBytes(StandardCharsets.UTF_8));
    assertTrue(Files.readString(finished.stdout()).contains(HexFormat.of().formatHex(sum)));
  }

  private static RunRequest request(
      String client, Path program, @Nullable Path stdin, RunLimits limits) {
    return request(client, program, List.of(), stdin, limits);
  }

  private static RunRequest request(
      String client, Path program, List<String> arguments, @Nullable Path stdin, RunLimits limits) {
    return new RunRequest(
        client,
        program,
        arguments,
        Map.of(),
        "00",
        stdin,
        null,
        home.resolve("run" + RUNS.getAndIncrement()),
        limits);
  }

  /// Runs an attack as a client of its own.
  private static RunResult attack(String name, RunLimits limits) throws Exception {
    int number = RUNS.getAndIncrement();
    Path program =
        Files.write(
            home.resolve("attack" + number + ".wasm"), Smallest.named(BrokenEngine.ATTACK + name));
    return runtime.run(request("mallory" + number, program, null, limits));
  }

  /// What an attack says that the worker survives.
  private static String said(String name) throws Exception {
    RunResult result = attack(name, LIMITS);
    RunResult.Finished finished =
        assertInstanceOf(RunResult.Finished.class, result, result::toString);
    assertEquals(Outcome.TRAPPED, finished.outcome());
    return finished.message();
  }

  private static RunResult.HostFailure dies(String name) throws Exception {
    RunResult result = attack(name, LIMITS);
    return assertInstanceOf(RunResult.HostFailure.class, result, result::toString);
  }

  @Test
  void noFileButItsOwnIsReached() throws Exception {
    Path blobs = Files.createDirectories(home.resolve("data/blobs"));
    Files.writeString(blobs.resolve("CURRENT"), "MANIFEST");
    String paths =
        secret
            + "|"
            + secret.getParent()
            + "|"
            + blobs
            + "|"
            + home
            + "|"
            + Path.of("").toAbsolutePath();
    assertEquals("", said("files " + paths));
    assertEquals("secret", Files.readString(secret));
  }

  @Test
  void thereIsNoNetwork() throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      // The JDK's classes come as far as a call that ends the process, or are told that there are
      // no sockets.
      switch (attack("network " + listener.getLocalPort(), LIMITS)) {
        case RunResult.Finished finished -> assertEquals("", finished.message());
        case RunResult.HostFailure failure ->
            assertTrue(failure.message().contains("system call"), failure.message());
        case RunResult other -> throw new AssertionError(other);
      }
      listener.setSoTimeout(1);
      org.junit.jupiter.api.Assertions.assertThrows(
          java.net.SocketTimeoutException.class, listener::accept);
    }
  }

  @Test
  void itIsNobodyAndMayNothing() throws Exception {
    String powers = said("powers");
    assertTrue(
        powers.matches(
            "uid (\\d{5,}); capabilities 0 \\[0, 0, 0, 0, 0, 0]; setuid\\(0\\) -\\d+; no new"
                + " privileges 1; seccomp 2; raised limits \\[-1, -1, -1]"),
        powers);
    assertNotEquals("0", powers.split("\\D+", -1)[1]);
  }

  @Test
  void noDescriptorOfTheNodesIsInherited() throws Exception {
    assertEquals("", said("descriptors"));
  }

  @Test
  void signalsReachNobodyElse() throws Exception {
    // ESRCH: there is no such process; EPERM: it is another's. Where the node is not root's, the
    // first process of the sandbox is the worker's own user's, and deaf to signals from within.
    String said = said("signals " + ProcessHandle.current().pid());
    assertTrue(said.matches("the node -3, the first (-1|-3|0)"), said);
  }

  /// fork, kill(-1, SIGKILL), ptrace, process_vm_readv, connect, unshare, mount, memfd_create,
  /// io_uring_setup, bpf.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "call 57",
        "call 62 -1 9",
        "call 101 0 1",
        "call 310 1",
        "call 42 0",
        "call 272 0x10000000",
        "call 165 /a /b /c",
        "call 319 /a",
        "call 425 8",
        "call 321 0"
      })
  void aCallThatNoJvmMakesEndsIt(String attack) throws Exception {
    RunResult.HostFailure failure = dies(attack);
    assertEquals(FailureReason.WORKER_DIED, failure.reason(), failure::message);
    assertTrue(failure.message().contains("system call"), failure.message());
  }

  @Test
  void theJdkStartsNoProcess() throws Exception {
    assertTrue(said("processes").contains("Cannot run program"));
  }

  @Test
  void threadsEndAtTheirLimit() throws Exception {
    RunResult result = attack("threads", LIMITS);
    switch (result) {
      case RunResult.Finished finished -> {
        int started = Integer.parseInt(finished.message().replaceAll("\\D", ""));
        assertTrue(started < 64, finished.message());
      }
      case RunResult.HostFailure failure ->
          assertEquals(FailureReason.HOST_MEMORY, failure.reason(), failure::message);
      default -> throw new AssertionError(result);
    }
  }

  @Test
  void theHeapEndsAtItsLimit() throws Exception {
    assertEquals(FailureReason.HOST_MEMORY, dies("heap").reason());
  }

  /// MAP_PRIVATE and MAP_SHARED, both of them MAP_ANONYMOUS and MAP_POPULATE: the second is no
  /// "data" to the kernel.
  @ParameterizedTest
  @ValueSource(strings = {"0x8022", "0x8021"})
  void memoryPastTheJvmEndsAtItsLimit(String flags) throws Exception {
    String isolation = settings.sandbox().isolation().description();
    assumeTrue(
        flags.equals("0x8022") || isolation.contains("(memory"),
        "only a memory control group counts shared memory; here: " + isolation);
    RunResult result = attack("mapped " + flags, LIMITS);
    switch (result) {
      case RunResult.Finished finished ->
          assertTrue(
              finished.message().matches("mapped \\d{1,4} MiB, then error \\d+"),
              finished.message());
      case RunResult.HostFailure failure ->
          assertEquals(FailureReason.HOST_MEMORY, failure.reason(), failure::message);
      default -> throw new AssertionError(result);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"disk", "sparse"})
  void theDiskEndsAtTheOutputLimit(String attack) throws Exception {
    String said = said(attack);
    if (attack.equals("disk")) {
      long written = Long.parseLong(said.replaceAll("^wrote (\\d+) bytes.*", "$1"));
      assertTrue(written <= LIMITS.outputBytes() + PART, said);
    } else {
      assertFalse(said.contains("made"), said);
    }
  }

  /// Words to the log without end, none at all, and the end of its answers while it lives on.
  @ParameterizedTest
  @ValueSource(strings = {"errors", "silence", "deaf"})
  void theWallTimeEndsIt(String attack) throws Exception {
    RunLimits brief = new RunLimits(1L << 40, 16 << 20, 1 << 20, Duration.ofSeconds(1));
    RunResult.HostFailure failure =
        assertInstanceOf(RunResult.HostFailure.class, attack(attack, brief));
    assertEquals(FailureReason.WALL_TIME, failure.reason());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "garbage",
        "huge",
        "negative",
        "empty",
        "unknown",
        "long-text",
        "left-over",
        "ready",
        "prepared",
        "work",
        "stream",
        "third-stream",
        "directories",
        "more-content",
        "less-content",
        "negative-size",
        "giant",
        "fuel",
        "no-fuel",
        "twice",
        "disorder",
        "below-a-file",
        "below-a-link",
        "path ../escaped",
        "path /tmp/escaped",
        "path out/a/../../escaped",
        "path out/../escaped",
        "path escaped",
        "path out",
        "path out/",
        "path out/.",
        "path out/a//b",
        "path out/nowhere/escaped",
        "path work/nowhere/escaped",
        "link /etc/passwd",
        "link ../stdout",
        "link a/../../stdout",
        "link "
      })
  void aWorkerThatLiesIsKilled(String lie) throws Exception {
    Set<String> before = names();
    RunResult.HostFailure failure = dies("raw " + lie);
    assertEquals(FailureReason.WORKER_DIED, failure.reason(), failure::message);
    assertTrue(failure.message().length() < 2_000, failure.message());
    Set<String> after = names();
    after.removeAll(before);
    after.removeIf(name -> name.matches("(run|attack|text)\\d+(\\.wasm)?"));
    assertEquals(new TreeSet<>(), after);
    assertFalse(Files.exists(Path.of("/tmp/escaped")));
  }

  /// Stopped from outside, which is what one that is kept for its client and reads nothing looks
  /// like from here.
  @Test
  void aWorkerThatReadsNoOrderIsReplaced() throws Exception {
    WorkerSettings.Compiling brief =
        new WorkerSettings.Compiling(Duration.ofSeconds(10), Duration.ZERO, 1 << 30);
    RunLimits fuel = new RunLimits(1L << 30, 16 << 20, 1 << 20, Duration.ofSeconds(60));
    Path program = Path.of("../examples/exitcode.wasm");
    // More than a pipe takes unread.
    List<String> words = new ArrayList<>(List.of("spin"));
    words.addAll(Collections.nCopies(20, "x".repeat(10_000)));
    // Compiles it, which may take longer than the others may.
    RunResult compiled = runtime.run(request("bob", program, words, null, fuel));
    assertInstanceOf(RunResult.Finished.class, compiled, compiled::toString);
    try (WasmRuntime own = new WasmRuntime(settings.with(brief))) {
      Future<RunResult> first =
          OTHERS.submit(() -> own.run(request("bob", program, words, null, fuel)));
      List<Long> busy = own.busyPids();
      while (busy.isEmpty() && !first.isDone()) {
        Thread.onSpinWait();
        busy = own.busyPids();
      }
      assertInstanceOf(RunResult.Finished.class, first.get(), () -> first.resultNow().toString());
      stop(busy.getFirst());
      RunResult second = own.run(request("bob", program, words, null, fuel));
      RunResult.HostFailure failure =
          assertInstanceOf(RunResult.HostFailure.class, second, second::toString);
      assertTrue(failure.message().contains("it took no work in time"), failure::message);
      RunResult third = own.run(request("bob", program, words, null, fuel));
      assertInstanceOf(RunResult.Finished.class, third, third::toString);
    }
  }

  /// Stops a process and all that it started, as SIGSTOP does, and returns when they have stopped:
  /// a process begins to stop when the thread that takes the signal gets a CPU, and its other
  /// threads go on until then.
  private static void stop(long pid) throws IOException, InterruptedException {
    List<Long> all = new ArrayList<>(List.of(pid));
    ProcessHandle.of(pid).orElseThrow().descendants().forEach(one -> all.add(one.pid()));
    List<String> command = new ArrayList<>(List.of("kill", "-STOP"));
    all.forEach(one -> command.add(Long.toString(one)));
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
    for (long one : all) {
      while (!hasStopped(one)) {
        Thread.onSpinWait();
      }
    }
  }

  private static boolean hasStopped(long pid) throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
      for (Path thread : threads.toList()) {
        String stat = Files.readString(thread.resolve("stat"));
        // "PID (NAME) STATE ...", and a name may hold anything.
        if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
          return false;
        }
      }
    } catch (NoSuchFileException e) {
      return false; // A thread that ended meanwhile.
    }
    return true;
  }

  private static Set<String> names() throws IOException {
    try (Stream<Path> all = Files.list(home)) {
      TreeSet<String> names = new TreeSet<>();
      all.forEach(path -> names.add(path.getFileName().toString()));
      return names;
    }
  }
}
