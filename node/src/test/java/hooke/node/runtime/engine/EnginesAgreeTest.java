package hooke.node.runtime.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.node.runtime.ListedTree;
import hooke.node.runtime.TreeListing;
import hooke.node.runtime.wasm.Inspection;
import hooke.node.runtime.wasm.Metering;
import hooke.node.runtime.worker.V8Runs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnginesAgreeTest {
  private static final EndiveEngine COMPILED = EndiveEngine.compiling();
  private static final EndiveEngine INTERPRETED = EndiveEngine.interpreting();

  private static V8Runs v8;

  @TempDir Path directory;

  private int runs;

  @BeforeAll
  static void start(@TempDir Path home) throws Exception {
    v8 = V8Runs.start(home);
  }

  @AfterAll
  static void stop() {
    v8.close();
  }

  /// An engine, as far as claims about agreement see one.
  @FunctionalInterface
  private interface Runner {
    Ending run(byte[] metered, Job job, JobFiles files) throws IOException, InterruptedException;
  }

  private static Runner with(Engine engine) {
    return (metered, job, files) ->
        Execution.run(engine.prepare(metered, CompiledCode.NONE), job, files);
  }

  private static final long IN_2000 = 946_684_800_000_000_000L;
  private static final long IN_2200 = 7_258_118_400_000_000_000L;

  private record Seen(Ending.Kind kind, int exitCode, long fuel, Map<String, String> files) {}

  private Seen run(
      Runner engine,
      String line,
      long clock,
      long fuel,
      @Nullable Path stdin,
      @Nullable Path inputs)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of(line.split(" ")));
    byte[] program = Files.readAllBytes(Path.of("../examples", words.get(0) + ".wasm"));
    Job job = new Job(words, Map.of("B", "2", "A", "1"), "0123", clock, fuel, 16 << 20, 64 << 10);
    return run(engine, program, job, stdin, inputs);
  }

  private Seen run(
      Runner engine, byte[] program, Job job, @Nullable Path stdin, @Nullable Path inputs)
      throws IOException, InterruptedException {
    Inspection.Accepted accepted =
        assertInstanceOf(Inspection.Accepted.class, Inspection.of(program));
    Left left = new Left();
    JobFiles given = new JobFiles(stdin, inputs, directory.resolve("scratch" + runs++), left);
    Ending ending = engine.run(Metering.meter(accepted.module()), job, given);
    return new Seen(ending.kind(), ending.exitCode(), ending.fuelUsed(), left.all());
  }

  private Seen all(String line, long clock, long fuel, @Nullable Path stdin, @Nullable Path inputs)
      throws IOException, InterruptedException {
    Seen compiled = run(with(COMPILED), line, clock, fuel, stdin, inputs);
    assertEquals(compiled, run(with(INTERPRETED), line, clock, fuel, stdin, inputs), line);
    assertEquals(compiled, run(v8::run, line, clock, fuel, stdin, inputs), line);
    return compiled;
  }

  private Seen all(String line, long fuel, @Nullable Path stdin, @Nullable Path inputs)
      throws IOException, InterruptedException {
    return all(line, IN_2000, fuel, stdin, inputs);
  }

  private Seen all(String line) throws IOException, InterruptedException {
    return all(line, IN_2000);
  }

  private Seen all(String line, long clock) throws IOException, InterruptedException {
    Path stdin = Files.writeString(directory.resolve("stdin"), "the quick brown fox\n");
    return all(line, clock, 100_000_000, stdin, null);
  }

  @Test
  void exitCodesKeepAll32Bits() throws Exception {
    assertEquals(300, all("exitcode 300").exitCode());
    assertEquals(-1, all("exitcode 4294967295").exitCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"trap", "segfault", "divide", "recurse"})
  void trapsAreResults(String how) throws Exception {
    assertEquals(Ending.Kind.TRAPPED, all("exitcode " + how).kind());
  }

  @Test
  void endlessLoopsUseAllTheirFuelAndNoMore() throws Exception {
    Path stdin = Files.writeString(directory.resolve("stdin"), "");
    Seen seen = all("exitcode spin", 1_000_000, stdin, null);
    assertEquals(Ending.Kind.OUT_OF_FUEL, seen.kind());
    assertEquals(1_000_000, seen.fuel());
  }

  @Test
  void endlessOutputEndsAtItsLimit() throws Exception {
    Seen seen = all("exitcode flood");
    assertEquals(Ending.Kind.OUTPUT_LIMIT, seen.kind());
    assertTrue(seen.files().getOrDefault("stdout", "").length() <= 64 << 10);
    assertEquals(Ending.Kind.OUTPUT_LIMIT, all("exitcode files 200").kind());
  }

  @Test
  void memoryEndsAtItsLimit() throws Exception {
    assertEquals(0, all("exitcode allocate 1000000").exitCode());
    assertEquals(1, all("exitcode allocate 100000000").exitCode());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, IN_2000, 1_769_860_800_999_000_000L, IN_2200})
  void clocksAndRandomNumbersAreTheOrders(long clock) throws Exception {
    String stdout = all("exitcode clock", clock).files().getOrDefault("stdout", "");
    long second = clock / 1_000_000_000;
    assertTrue(stdout.startsWith("now " + second + " "), stdout);
    // Its own fuel may carry what is left of a second into the next.
    long hour = second + 3_600;
    assertTrue(
        stdout.contains("an hour later " + hour + " ")
            || stdout.contains("an hour later " + (hour + 1) + " "),
        stdout);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1_769_860_800_999_999_999L, IN_2200})
  void filesAreAsOldAsTheClock(long clock) throws Exception {
    Path stdin = Files.writeString(directory.resolve("stdin"), "");
    Path in = ListedTree.write(directory.resolve("in"), Map.of());
    byte[] program = HostCalls.attributes();
    Job job = new Job(List.of("task"), Map.of(), "", clock, 1_000_000, 1 << 20, 256 << 10);
    Seen interpreted = run(with(INTERPRETED), program, job, stdin, in);
    assertEquals(interpreted, run(v8::run, program, job, stdin, in));
    String stdout = interpreted.files().getOrDefault("stdout", "");
    ByteBuffer told = HostCalls.told(stdout.getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(clock, told.getLong(40), "accessed");
    assertEquals(clock, told.getLong(48), "modified");
    assertEquals(clock, told.getLong(56), "changed");
  }

  @Test
  void nothingBeyondTheTasksOwnFilesIsReached() throws Exception {
    Seen seen = all("exitcode escape");
    assertEquals(0, seen.exitCode(), () -> seen.files().toString());
  }

  @Test
  void nansAreCanonical() throws Exception {
    String stdout = all("exitcode nan").files().getOrDefault("stdout", "");
    assertTrue(stdout.contains("odd*0/0 7ff8000000000000"), stdout);
    assertTrue(stdout.contains("odd fff8000000001234"), stdout);
    assertTrue(stdout.contains("copysign(1,odd) bff0000000000000"), stdout);
  }

  @Test
  void argumentsEnvironmentAndInputArrive() throws Exception {
    String stdout = all("exitcode echo one two").files().getOrDefault("stdout", "");
    assertEquals("arg one\narg two\nenv A=1\nenv B=2\nthe quick brown fox\n", stdout);
  }

  @Test
  void manyFilesComeBack() throws Exception {
    Seen seen = all("exitcode files 100");
    assertEquals(101, seen.files().size(), "with the directory that they are in");
    assertEquals("file 42\n", seen.files().get("out/files/000042"));
  }

  @ParameterizedTest
  @ValueSource(longs = {7, 8})
  void directoryTreesAreCounted(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, String> in = new TreeMap<>();
    int words = 0;
    for (int i = 0; i < 12; i++) {
      String folder = "d" + random.nextInt(3) + "/ä" + random.nextInt(3);
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(200); n > 0; n--, words++) {
        text.append("word").append(random.nextInt(30)).append(random.nextBoolean() ? "\n" : "  ");
      }
      in.put(folder + "/f" + i, text.toString());
    }
    Path nothing = Files.writeString(directory.resolve("nothing"), "");
    Path inputs = ListedTree.write(directory.resolve("in"), in);
    Seen seen = all("wordcount /in", 100_000_000, nothing, inputs);
    assertEquals(0, seen.exitCode());
    String total =
        seen.files()
            .getOrDefault("stdout", "")
            .lines()
            .filter(l -> l.endsWith(" total"))
            .findFirst()
            .orElse("");
    assertEquals(Integer.toString(words), List.of(total.strip().split(" +", -1)).get(1));
  }

  @Test
  void wherePlentyOfFuelEndsLittleFuelEndsToo() throws Exception {
    Path stdin = Files.writeString(directory.resolve("stdin"), "");
    long whole = all("primes 2000", 100_000_000, stdin, null).fuel();
    assertEquals(Ending.Kind.EXITED, all("primes 2000", whole, stdin, null).kind());
    for (long fuel : new long[] {1, 500, whole / 2, whole - 1}) {
      assertEquals(Ending.Kind.OUT_OF_FUEL, all("primes 2000", fuel, stdin, null).kind());
    }
  }

  @Test
  void sumsMatchTheJdks() throws Exception {
    String stdout = all("sha256sum").files().getOrDefault("stdout", "");
    byte[] sum =
        java.security.MessageDigest.getInstance("SHA-256")
            .digest("the quick brown fox\n".getBytes(StandardCharsets.UTF_8));
    assertEquals(java.util.HexFormat.of().formatHex(sum) + "  -\n", stdout);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3, 4, 5, 6, 7})
  void hostCallsAtRandomAreAnsweredAlike(long seed) throws Exception {
    Path stdin = Files.writeString(directory.resolve("stdin"), "what is typed\n".repeat(200));
    Path in =
        ListedTree.write(
            directory.resolve("in"),
            Map.of(
                "a", "0123456789".repeat(300),
                "ä/b", "b",
                "ä/up", "-> ../a",
                "sub/deep/", "",
                "tmp", "only under /in",
                "to", "-> ä"));
    byte[] program = HostCalls.program(seed, 600);
    Job job =
        new Job(
            List.of("task", "ä"),
            Map.of("Ä", "ö"),
            "ff",
            seed * IN_2000,
            100_000_000,
            1 << 20,
            256 << 10);
    Seen interpreted = run(with(INTERPRETED), program, job, stdin, in);
    assertEquals(interpreted, run(v8::run, program, job, stdin, in));
  }

  /// In Latin-1, so that a text can hold any byte: kinds, lengths and names as a listing has them.
  static Stream<String> listingsThatAreNone() {
    String a = "\u0001\0\0\0\u0001a\0\0\0\0\0\0\0\0";
    String b = a.replace('a', 'b');
    String end = "\u0003";
    return Stream.of(
        "",
        a,
        a + a + end,
        b + a + end,
        a + end + end,
        a.replace('a', '\u00ff') + end,
        a.replace('a', '\0') + end,
        a.replace('a', '.') + end,
        a.replace('a', '/') + end,
        "\u0001\0\0\0\u0003a/b\0\0\0\0\0\0\0\0" + end,
        "\u0001\0\0\0\u0001a\u00ff\0\0\0\0\0\0\0" + end,
        "\u0001\u007f\0\0\u0001a" + end,
        "\t\0\0\0\u0001a" + end,
        "\u0002\0\0\0\u0001a\0\0\0\u0004../b" + end,
        "\u0002\0\0\0\u0001a\0\0\0\u0002/b" + end);
  }

  @ParameterizedTest
  @MethodSource("listingsThatAreNone")
  void inputsThatAreNotAsTheyWereWrittenAreNoRun(String names) throws Exception {
    Path in = Files.createDirectory(directory.resolve("in"));
    Files.writeString(in.resolve(TreeListing.NAMES), names, StandardCharsets.ISO_8859_1);
    Files.createFile(in.resolve("0"));
    byte[] program = HostCalls.attributes();
    Job job = new Job(List.of("task"), Map.of(), "", 0, 1_000_000, 1 << 20, 256 << 10);
    for (Runner engine : List.of(with(INTERPRETED), (Runner) v8::run)) {
      Seen seen = run(engine, program, job, null, in);
      assertEquals(Ending.Kind.HOST_DISK, seen.kind());
      assertEquals(Map.of(), seen.files());
    }
  }

  @Test
  void realTimeIsTheHostsInEveryEngine() throws Exception {
    byte[] program = HostCalls.attributes();
    Job job = new Job(List.of("task"), Map.of(), "", 0, true, 1_000_000, 1 << 20, 256 << 10);
    for (Runner engine : List.of(with(INTERPRETED), (Runner) v8::run)) {
      long before = System.currentTimeMillis();
      String stdout = run(engine, program, job, null, null).files().getOrDefault("stdout", "");
      long after = System.currentTimeMillis();
      long told =
          HostCalls.told(stdout.getBytes(StandardCharsets.ISO_8859_1)).getLong(48) / 1_000_000;
      assertTrue(before <= told && told <= after, before + " " + told + " " + after);
    }
  }
}
