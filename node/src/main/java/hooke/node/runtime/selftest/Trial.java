package hooke.node.runtime.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// One run of the corpus.
///
/// @param name in the file of answers
/// @param program a resource beside this class, without `.wasm`
/// @param inputs whether [Inputs] stand under `/in`
record Trial(String name, String program, List<String> args, long fuel, boolean inputs) {

  private static final long MUCH = 2_000_000_000L;

  /// Programs that a generator made: of arithmetic and control flow, and of host calls.
  static final int GENERATED = 24;

  /// The whole corpus.
  static List<Trial> all() {
    List<Trial> all = new ArrayList<>(brief());
    all.add(run("names", "list", "/in"));
    all.add(run("names", "copy", "/in", "/out"));
    all.add(run("names", "args", "é", "e\u0301", "名", "\ud83d\ude00", "", "a b\n"));
    all.add(run("wordcount", "/in"));
    all.add(run("sha256sum", "/in/é", "/in/plain"));
    all.add(run("primes", "200000"));
    all.add(run("mandelbrot", "96"));
    for (String how :
        List.of("200", "4294967295", "trap", "divide", "segfault", "recurse", "flood", "spin")) {
      all.add(run("exitcode", how));
    }
    all.add(run("exitcode", "files", "300"));
    all.add(run("exitcode", "escape"));
    all.add(run("exitcode", "clock"));
    IntStream.range(0, GENERATED).mapToObj(n -> generated("arithmetic", n)).forEach(all::add);
    IntStream.range(0, GENERATED).mapToObj(n -> generated("calls", n)).forEach(all::add);
    return all;
  }

  /// What each start of a node tries: one program that shows all that a task can see, and one of
  /// arithmetic.
  static List<Trial> brief() {
    return List.of(run("portrait"), generated("arithmetic", 0));
  }

  private static Trial run(String program, String... args) {
    List<String> words = new ArrayList<>(List.of(program));
    for (String arg : args) {
      // Names of trials are plain words.
      words.add(arg.replaceAll("[^A-Za-z0-9/]+", "_"));
    }
    return new Trial(
        String.join("-", words).replace('/', '.'), program, List.of(args), MUCH, true);
  }

  private static Trial generated(String kind, int number) {
    String name = "%s%02d".formatted(kind, number);
    return new Trial(name, name, List.of(), 20_000_000, kind.equals("calls"));
  }
}
