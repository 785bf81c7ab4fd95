package hooke.node.runtime.selftest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import hooke.node.runtime.Check;
import hooke.node.runtime.Isolation;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.TaskRuntime;
import hooke.node.runtime.engine.HostCalls;
import hooke.node.runtime.wasm.Corpus;
import hooke.node.runtime.worker.AnyNodeJs;
import hooke.node.runtime.worker.EngineChoice;
import hooke.node.runtime.worker.WasmRuntime;
import hooke.node.runtime.worker.WorkerSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The answers that stand in the program are those of both engines, in a sandbox where there is
/// one.
///
/// After a change of the profile, of the generators or of an example the test itself writes them
/// anew, by Endive, when it is run twice with the property `hooke.selftest.write` naming the
/// directory of these resources (programs, then answers); V8 has to agree without it.
final class SelfTestTest {
  private static final @Nullable String WRITE = System.getProperty("hooke.selftest.write");
  private static final long SEED = 1;
  private static final int RANDOM = 24;
  private static final int CALLS = 24;
  private static final int SHARE = 5;

  /// Of the corpus a part, so that it is tried at every build.
  private static final int STEP = 3;

  private static final int CALLS_EACH = 60;

  @TempDir private Path folder;

  /// Programs of the generators that the tests of the engines use.
  private static List<Trial> made() {
    List<Trial> made = new ArrayList<>();
    for (int n = 0; n < CALLS; n++) {
      byte[] module = HostCalls.program(n, CALLS_EACH);
      made.add(new Trial("calls-" + n, module, List.of(), 1 << 26, 4, true));
    }
    // A part of what tests try without a sandbox: a provider waits for it.
    List<Corpus.Program> all = Corpus.all(SEED, RANDOM);
    for (int n = 0; n < all.size(); n += n < all.size() - RANDOM ? SHARE : 1) {
      Corpus.Program program = all.get(n);
      String name = program.name().replaceAll("[^A-Za-z0-9.]+", "_") + "-" + made.size();
      made.add(
          new Trial(
              name, program.module(), List.of(), program.fuel(), program.memoryPages(), false));
    }
    return made;
  }

  private static WasmRuntime runtime(Path home, EngineChoice engine) throws IOException {
    return new WasmRuntime(WorkerSettings.of(Files.createDirectories(home), 1).with(engine));
  }

  @Test
  void theProgramsAreThoseOfTheGenerators() throws IOException {
    if (WRITE != null) {
      try (OutputStream out = Files.newOutputStream(Path.of(WRITE, Trial.GENERATED))) {
        Trial.write(made(), out);
      }
      return;
    }
    List<Trial> kept = Trial.generated();
    List<Trial> made = made();
    assertEquals(made.size(), kept.size());
    for (int n = 0; n < made.size(); n++) {
      assertEquals(made.get(n).name(), kept.get(n).name());
      assertArrayEquals(made.get(n).module(), kept.get(n).module(), made.get(n).name());
    }
  }

  @Test
  void endiveGivesTheAnswers() throws Exception {
    agrees(new EngineChoice.Endive(), STEP);
  }

  @Test
  void v8GivesTheAnswers() throws Exception {
    agrees(new EngineChoice.V8(AnyNodeJs.FOUND), STEP);
  }

  private void agrees(EngineChoice engine, int step) throws Exception {
    try (WasmRuntime runtime = runtime(Files.createTempDirectory(folder, "workers"), engine)) {
      SelfTest test = new SelfTest(runtime, folder.resolve("runs"));
      if (WRITE != null && engine instanceof EngineChoice.Endive) {
        List<String> answers = new ArrayList<>();
        for (Trial trial : Trial.all()) {
          SelfTest.Attempt.Gave gave =
              assertInstanceOf(
                  SelfTest.Attempt.Gave.class,
                  test.attempt(trial, folder.resolve("one")),
                  trial.name());
          answers.add(trial.name() + " " + gave.answer());
        }
        Files.write(Path.of(WRITE, SelfTest.ANSWERS), answers);
        return;
      }
      SelfTest.Report report = step == 1 ? test.whole(ignored -> {}) : test.sample(step);
      assertEquals(List.of(), report.faults().stream().map(SelfTest::words).toList());
      assertEquals(Math.ceilDiv(Trial.all().size(), step), report.verdicts().size());
    }
  }

  @Test
  @Tag("long")
  void bothGiveAllAnswers() throws Exception {
    agrees(new EngineChoice.Endive(), 1);
    agrees(new EngineChoice.V8(AnyNodeJs.FOUND), 1);
  }

  /// What is not everybody's answer is named, and so is no answer.
  @Test
  void aMachineWithOtherAnswersIsFoundOut() throws Exception {
    try (WasmRuntime sound = runtime(folder.resolve("workers"), new EngineChoice.Endive())) {
      SelfTest liar =
          new SelfTest(
              new Changed(sound) {
                @Override
                RunResult changed(RunResult.Finished result) throws IOException {
                  Files.write(result.stdout(), new byte[] {0});
                  return result;
                }
              },
              folder.resolve("runs"));
      assertEquals(2, liar.brief().faults().size());
      assertInstanceOf(SelfTest.Verdict.Differs.class, liar.brief().faults().getFirst());
      SelfTest weak =
          new SelfTest(
              new Changed(sound) {
                @Override
                RunResult changed(RunResult.Finished result) {
                  return new RunResult.HostFailure(
                      hooke.node.runtime.FailureReason.HOST_DISK, "the disk is full");
                }
              },
              folder.resolve("runs"));
      assertInstanceOf(SelfTest.Verdict.Fails.class, weak.brief().faults().getFirst());
    }
  }

  /// A runtime whose results become others.
  private abstract static class Changed implements TaskRuntime {
    private final TaskRuntime around;

    Changed(TaskRuntime around) {
      this.around = around;
    }

    abstract RunResult changed(RunResult.Finished result) throws IOException;

    @Override
    public String name() {
      return around.name();
    }

    @Override
    public String profile() {
      return around.profile();
    }

    @Override
    public String engine() {
      return around.engine();
    }

    @Override
    public Isolation isolation() {
      return around.isolation();
    }

    @Override
    public Check check(String client, Path program, long memoryBytes) throws InterruptedException {
      return around.check(client, program, memoryBytes);
    }

    @Override
    public RunResult run(RunRequest request) throws InterruptedException {
      try {
        return around.run(request) instanceof RunResult.Finished finished
            ? changed(finished)
            : new RunResult.HostFailure(hooke.node.runtime.FailureReason.CLOSED, "it did not run");
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    @Override
    public void close() {}
  }
}
