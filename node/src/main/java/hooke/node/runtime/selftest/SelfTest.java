package hooke.node.runtime.selftest;

import hooke.node.runtime.RunLimits;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.TaskRuntime;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Runs the agreement corpus and compares what comes out with the answers that stand in this
/// program, which every engine on every machine has to give.
///
/// The programs go through the runtime's own workers and sandbox, on this machine as it is: so what
/// a locale, a file system, a processor or an engine does to a result shows here first. It shows
/// nothing about what the corpus does not try.
public final class SelfTest {
  static final String ANSWERS = "answers";
  private static final long OUTPUT = 16L << 20;
  private static final int AT_ONCE = 2;
  private static final Duration WALL = Duration.ofMinutes(1);

  private final TaskRuntime runtime;
  private final Path directory;

  /// @param directory for its files; made and removed by each test
  public SelfTest(TaskRuntime runtime, Path directory) {
    this.runtime = runtime;
    this.directory = directory;
  }

  /// How one program of the corpus went.
  public sealed interface Verdict {
    /// Of the corpus.
    String trial();

    /// As everywhere else.
    record Agrees(String trial) implements Verdict {}

    /// A result, and not everybody's: what would lose a bond.
    record Differs(String trial, String how) implements Verdict {}

    /// No result on this machine: what would miss a deadline.
    record Fails(String trial, String why) implements Verdict {}
  }

  /// How a test went.
  ///
  /// @param took without what workers and compiled code were made ready in before
  public record Report(List<Verdict> verdicts, Duration took) {
    /// Those that must not be.
    public List<Verdict> faults() {
      return verdicts.stream().filter(each -> !(each instanceof Verdict.Agrees)).toList();
    }
  }

  /// The whole corpus; about half a minute.
  ///
  /// @param progress told of each verdict, in the corpus's order
  public Report whole(Consumer<Verdict> progress) throws IOException, InterruptedException {
    return run(Trial.all(), progress);
  }

  /// Every so-manieth program of the corpus.
  Report sample(int step) throws IOException, InterruptedException {
    List<Trial> all = Trial.all();
    return run(
        IntStream.range(0, all.size()).filter(n -> n % step == 0).mapToObj(all::get).toList(),
        ignored -> {});
  }

  /// Its heart, for every start of a node; about a second.
  public Report brief() throws IOException, InterruptedException {
    return run(Trial.brief(), ignored -> {});
  }

  /// A verdict's line for people.
  public static String words(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Agrees(String trial) -> trial + ": agrees";
      case Verdict.Differs(String trial, String how) -> trial + ": DIFFERS: " + how;
      case Verdict.Fails(String trial, String why) -> trial + ": NO RESULT: " + why;
    };
  }

  /// Two at a time: one is compiled while another runs.
  private Report run(List<Trial> trials, Consumer<Verdict> progress)
      throws IOException, InterruptedException {
    Map<String, Answer> answers = answers();
    List<Future<Verdict>> running = new ArrayList<>();
    long start = System.nanoTime();
    try (ExecutorService threads =
        Executors.newFixedThreadPool(AT_ONCE, Thread.ofVirtual().name("selftest-", 0).factory())) {
      try {
        for (Trial trial : trials) {
          Path place = directory.resolve("run" + running.size());
          running.add(threads.submit(() -> verdict(trial, answers.get(trial.name()), place)));
        }
        List<Verdict> verdicts = new ArrayList<>();
        for (Future<Verdict> each : running) {
          verdicts.add(each.get());
          progress.accept(verdicts.getLast());
        }
        return new Report(List.copyOf(verdicts), Duration.ofNanos(System.nanoTime() - start));
      } catch (ExecutionException e) {
        throw new IOException("the selftest cannot work in " + directory, e.getCause());
      } finally {
        threads.shutdownNow();
      }
    } finally {
      Files.deleteIfExists(directory);
    }
  }

  private Verdict verdict(Trial trial, @Nullable Answer expected, Path place)
      throws IOException, InterruptedException {
    return switch (attempt(trial, place)) {
      case Attempt.Gave(Answer answer) when answer.equals(expected) ->
          new Verdict.Agrees(trial.name());
      case Attempt.Gave(Answer answer) ->
          new Verdict.Differs(
              trial.name(),
              expected == null ? "nothing is known of it" : expected.differenceTo(answer));
      case Attempt.Gone(String why) -> new Verdict.Fails(trial.name(), why);
    };
  }

  /// What one run gave.
  sealed interface Attempt {
    record Gave(Answer answer) implements Attempt {}

    record Gone(String why) implements Attempt {}
  }

  /// Runs one program of the corpus.
  ///
  /// @param place a directory for its files, made and removed here
  Attempt attempt(Trial trial, Path place) throws IOException, InterruptedException {
    Files.createDirectories(place);
    try {
      Path program = Files.write(place.resolve("program.wasm"), trial.module());
      RunRequest request =
          new RunRequest(
              "selftest",
              program,
              trial.args(),
              Map.of("B", "é", "A", "1"),
              "00112233445566778899aabbccddeeff",
              null,
              trial.inputs() ? Inputs.in(place.resolve("in")) : null,
              place.resolve("run"),
              new RunLimits(trial.fuel(), (long) trial.pages() << 16, OUTPUT, WALL));
      return switch (runtime.run(request)) {
        case RunResult.Finished finished -> new Attempt.Gave(Answer.of(finished));
        case RunResult.Refused refused -> new Attempt.Gone(refused.message());
        case RunResult.HostFailure failure ->
            new Attempt.Gone(failure.reason() + ": " + failure.message());
      };
    } finally {
      remove(place);
    }
  }

  private static Map<String, Answer> answers() throws IOException {
    Map<String, Answer> answers = new TreeMap<>();
    try (InputStream in = resource(ANSWERS)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.lines().toList()) {
        int end = line.indexOf(' ');
        answers.put(line.substring(0, end), Answer.parse(line.substring(end + 1)));
      }
    }
    return answers;
  }

  static InputStream resource(String name) throws IOException {
    InputStream found = SelfTest.class.getResourceAsStream(name);
    if (found == null) {
      throw new FileNotFoundException("this program lacks its own " + name);
    }
    return found;
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
