package hooke.node.runtime.engine;

import hooke.node.runtime.wasm.Inspection;
import hooke.node.runtime.wasm.Metering;
import hooke.node.runtime.worker.V8Runs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An engine as the differential test sees it: a program and a job go in, an ending and everything
/// the program left come out. Whoever adds an engine adds it to [#all(Path)].
interface EngineUnderTest extends AutoCloseable {

  /// What a run came to. Two engines agree when these are equal.
  ///
  /// @param left streams and files by name, one character a byte
  record Seen(Ending.Kind kind, int exitCode, long fuel, Map<String, String> left) {}

  String name();

  /// Runs a program once, with no input. It may be called with the same program again.
  ///
  /// @param program as its author made it
  Seen run(byte[] program, Job job) throws IOException, InterruptedException;

  /// All engines there are.
  ///
  /// @param directory for their files
  static List<EngineUnderTest> all(Path directory) throws IOException, InterruptedException {
    return List.of(
        new Local("compiled", EndiveEngine.compiling(), directory),
        new Local("compiled, by a new engine from kept code", null, directory),
        new Local("interpreted", EndiveEngine.interpreting(), directory),
        new V8("V8", V8Runs.start(Files.createDirectory(directory.resolve("v8")))),
        new V8(
            "V8 with its baseline compiler",
            V8Runs.start(Files.createDirectory(directory.resolve("baseline")), 0)));
  }

  /// Ends what it started.
  @Override
  default void close() {}

  private static byte[] meter(byte[] program) throws IOException {
    return switch (Inspection.of(program)) {
      case Inspection.Accepted accepted -> Metering.meter(accepted.module());
      case Inspection.Refused refused -> throw new IOException(refused.message());
    };
  }

  private static Seen seen(Ending ending, Left left) {
    return new Seen(ending.kind(), ending.exitCode(), ending.fuelUsed(), left.all());
  }

  /// Node.js's, in a worker process.
  record V8(String name, V8Runs worker) implements EngineUnderTest {
    @Override
    public Seen run(byte[] program, Job job) throws IOException, InterruptedException {
      Left left = new Left();
      JobFiles files = new JobFiles(null, null, Path.of("its own"), left);
      return seen(worker.run(meter(program), job, files), left);
    }

    @Override
    public void close() {
      worker.close();
    }
  }

  /// An engine in this process.
  final class Local implements EngineUnderTest {
    private final String name;
    private final @Nullable Engine engine;
    private final Path scratch;
    private final Map<String, byte[]> kept = new HashMap<>();

    /// @param engine null for a new one each time, that is given the code an earlier one made
    Local(String name, @Nullable Engine engine, Path directory) {
      this.name = name;
      this.engine = engine;
      this.scratch = directory.resolve("scratch of " + name);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Seen run(byte[] program, Job job) throws IOException, InterruptedException {
      byte[] metered = meter(program);
      Engine.Prepared prepared;
      if (engine != null) {
        prepared = engine.prepare(metered, CompiledCode.NONE);
      } else {
        Keeping code = new Keeping(new String(metered, StandardCharsets.ISO_8859_1));
        if (code.stored() == null) {
          EndiveEngine.compiling().prepare(metered, code);
        }
        prepared = EndiveEngine.compiling().prepare(metered, code);
      }
      Files.deleteIfExists(scratch);
      Left left = new Left();
      Ending ending = Execution.run(prepared, job, new JobFiles(null, null, scratch, left));
      return seen(ending, left);
    }

    private final class Keeping implements CompiledCode {
      private final String key;

      Keeping(String key) {
        this.key = key;
      }

      @Override
      public byte @Nullable [] stored() {
        return kept.get(key);
      }

      @Override
      public void store(byte[] code) {
        kept.put(key, code);
      }
    }
  }
}
