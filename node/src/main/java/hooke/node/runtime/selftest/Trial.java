package hooke.node.runtime.selftest;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/// One run of the corpus.
///
/// @param name in the file of answers
/// @param module the program
/// @param pages of memory, 64 KiB each
/// @param inputs whether [Inputs] stand under `/in`
record Trial(String name, byte[] module, List<String> args, long fuel, int pages, boolean inputs) {

  private static final long MUCH = 300_000_000L;
  private static final int PAGES = 256;

  /// Programs that generators made: of every instruction's edges, of arithmetic and control flow by
  /// chance, of host calls by chance. Each is a name, its fuel, pages, whether it has inputs, and
  /// its bytes, the first and the last as [DataInputStream] has them.
  static final String GENERATED = "generated.gz";

  /// The whole corpus.
  static List<Trial> all() throws IOException {
    List<Trial> all = new ArrayList<>();
    all.add(run("portrait"));
    all.add(run("names", "list", "/in"));
    all.add(run("names", "copy", "/in", "/out"));
    all.add(run("names", "args", "é", "e\u0301", "名", "\ud83d\ude00", "", "a b\n"));
    all.add(run("wordcount", "/in"));
    all.add(run("sha256sum", "/in/é", "/in/plain"));
    all.add(run("primes", "50000"));
    all.add(run("mandelbrot", "48"));
    for (String how :
        List.of("200", "4294967295", "trap", "divide", "segfault", "recurse", "flood", "spin")) {
      all.add(run("exitcode", how));
    }
    all.add(run("exitcode", "files", "300"));
    all.add(run("exitcode", "escape"));
    all.add(run("exitcode", "clock"));
    all.addAll(generated());
    return all;
  }

  /// What each start of a node tries: one program that shows all that a task can see, and one of
  /// arithmetic.
  static List<Trial> brief() throws IOException {
    return List.of(run("portrait"), generated().getLast());
  }

  private static Trial run(String program, String... args) throws IOException {
    List<String> words = new ArrayList<>(List.of(program));
    for (String arg : args) {
      // Names of trials are plain words.
      words.add(arg.replaceAll("[^A-Za-z0-9]+", "_"));
    }
    try (InputStream in = SelfTest.resource(program + ".wasm")) {
      return new Trial(
          String.join("-", words), in.readAllBytes(), List.of(args), MUCH, PAGES, true);
    }
  }

  static List<Trial> generated() throws IOException {
    try (DataInputStream in =
        new DataInputStream(new GZIPInputStream(SelfTest.resource(GENERATED), 1 << 16))) {
      List<Trial> trials = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        String name = in.readUTF();
        long fuel = in.readLong();
        int pages = in.readInt();
        boolean inputs = in.readBoolean();
        byte[] module = new byte[in.readInt()];
        in.readFully(module);
        trials.add(new Trial(name, module, List.of(), fuel, pages, inputs));
      }
      return trials;
    }
  }

  /// Writes generated programs as [#all] reads them.
  static void write(List<Trial> generated, OutputStream to) throws IOException {
    try (DataOutputStream out = new DataOutputStream(new GZIPOutputStream(to, 1 << 16))) {
      out.writeInt(generated.size());
      for (Trial trial : generated) {
        out.writeUTF(trial.name());
        out.writeLong(trial.fuel());
        out.writeInt(trial.pages());
        out.writeBoolean(trial.inputs());
        out.writeInt(trial.module().length);
        out.write(trial.module());
      }
    }
  }
}
