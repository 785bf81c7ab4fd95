package hooke.node.runtime.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.node.runtime.wasm.Corpus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every engine against every other, on programs made to tell them apart.
///
/// `-Dhooke.corpus.random=10000 -Dhooke.corpus.seed=7` tries more programs made by chance, or
/// others.
class DifferentialTest {
  private static final long SEED = Long.getLong("hooke.corpus.seed", 1);
  private static final int RANDOM = Integer.getInteger("hooke.corpus.random", 60);

  private static List<EngineUnderTest> engines;

  @BeforeAll
  static void start(@TempDir Path directory) throws IOException, InterruptedException {
    engines = EngineUnderTest.all(directory);
  }

  @AfterAll
  static void stop() {
    engines.forEach(EngineUnderTest::close);
  }

  private static Job job(long fuel, int memoryPages) {
    return new Job(List.of("task"), Map.of(), "", 0, fuel, (long) memoryPages << 16, 16 << 20);
  }

  private static String digest(Map<String, String> left) {
    StringBuilder text = new StringBuilder();
    left.forEach((name, content) ->
        text.append(
            String.format(" %s: %d bytes, %08x", name, content.length(), content.hashCode())));
    return text.toString();
  }

  private static String of(EngineUnderTest.Seen seen) {
    return seen.kind() + " " + seen.exitCode() + ", fuel " + seen.fuel() + digest(seen.left());
  }

  @Test
  void enginesAgreeOnTheCorpus() throws IOException, InterruptedException {
    List<String> differences = new ArrayList<>();
    for (Corpus.Program program : Corpus.all(SEED, RANDOM)) {
      EngineUnderTest.Seen first = null;
      for (EngineUnderTest engine : engines) {
        EngineUnderTest.Seen seen =
            engine.run(program.module(), job(program.fuel(), program.memoryPages()));
        switch (seen.kind()) {
          case HOST_STACK, HOST_DISK, HOST_ENGINE ->
              differences.add(program + ": " + engine.name() + " gave up: " + of(seen));
          default -> {}
        }
        if (first == null) {
          first = seen;
        } else if (!first.equals(seen)) {
          differences.add(
              String.format(
                  "%s: %s says %s, but %s says %s",
                  program, engines.get(0).name(), of(first), engine.name(), of(seen)));
        }
      }
    }
    assertEquals(List.of(), differences, "seed " + SEED + ", random " + RANDOM);
  }

  @Test
  void whereFuelEndsTheProgramEnds() throws IOException, InterruptedException {
    // Without the one that is new each time, which takes its time.
    List<EngineUnderTest> warm =
        engines.stream().filter(engine -> !engine.name().contains("new engine")).toList();
    for (Corpus.Program program : Corpus.small()) {
      EngineUnderTest.Seen whole = engines.get(0).run(program.module(), job(program.fuel(), 4));
      assertEquals(Ending.Kind.EXITED, whole.kind(), program.name());
      assertTrue(whole.fuel() > 0);
      for (long fuel = 1; fuel <= whole.fuel(); fuel += whole.fuel() > 1_000 ? 7 : 1) {
        EngineUnderTest.Seen first = null;
        for (EngineUnderTest engine : warm) {
          EngineUnderTest.Seen seen = engine.run(program.module(), job(fuel, 4));
          first = first == null ? seen : first;
          String what = program + " with " + fuel + " of " + whole.fuel() + ": " + engine.name();
          assertEquals(first, seen, what);
          assertEquals(
              fuel < whole.fuel() ? Ending.Kind.OUT_OF_FUEL : Ending.Kind.EXITED,
              seen.kind(),
              what);
          assertEquals(fuel, seen.fuel(), what);
        }
      }
    }
  }
}
