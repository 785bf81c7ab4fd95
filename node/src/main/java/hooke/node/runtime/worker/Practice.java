package hooke.node.runtime.worker;

import hooke.node.runtime.engine.CompiledCode;
import hooke.node.runtime.engine.EndiveEngine;
import hooke.node.runtime.engine.Engine;
import hooke.node.runtime.engine.Execution;
import hooke.node.runtime.engine.Job;
import hooke.node.runtime.engine.JobFiles;
import hooke.node.runtime.wasm.Inspection;
import hooke.node.runtime.wasm.Metering;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The run of a program of our own that a worker does while it waits for work, so that the JVM has
/// loaded what a job needs and compiled what it does often.
final class Practice {
  private static final String PROGRAM = "wordcount.wasm";

  /// Rounds after which more of them gain little.
  static final int ROUNDS = 12;

  /// Rounds of the run that the archive is made from: enough for the JVM's profiles.
  private static final int TRAINING_ROUNDS = 60;

  private final CompiledCache.Ready program;
  private final Path scratch;

  private Practice(CompiledCache.Ready program, Path scratch) {
    this.program = program;
    this.scratch = scratch;
  }

  /// Reads the practice program.
  ///
  /// @param code of the practice program, as [WorkerImage] keeps it
  /// @return null when the file is damaged
  static @Nullable Practice of(Path code, Path scratch) throws IOException {
    CompiledCache.Ready program = CompiledCache.read(code);
    return program == null ? null : new Practice(program, scratch);
  }

  /// Does what a worker does for one job: reads an order, loads the program, runs it, answers.
  void round() throws IOException, InterruptedException {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    Frame.write(wire, new Frame.Work("", 1 << 20, true, false, false, JOB));
    Frame order = Frame.read(new ByteArrayInputStream(wire.toByteArray()));
    if (!(order instanceof Frame.Work work) || work.job() == null) {
      throw new IllegalStateException("an order is read as it was written");
    }
    // An engine of its own each time: loading the program's classes is part of a start.
    Engine.Prepared prepared =
        EndiveEngine.compiling()
            .prepare(
                program.metered(),
                new CompiledCode() {
                  @Override
                  public byte[] stored() {
                    return program.code();
                  }

                  @Override
                  public void store(byte[] code) {}
                });
    Answers nobody = new Answers(OutputStream.nullOutputStream());
    var ending = Execution.run(prepared, work.job(), new JobFiles(null, null, scratch, nobody));
    nobody.send(new Frame.Prepared(0, program.memoryBytes()));
    nobody.send(new Frame.Done(ending, 0));
  }

  private static final Job JOB =
      new Job(List.of("practice", "0"), Map.of(), "00", 0, 1L << 32, 1 << 20, 1 << 16);

  /// Makes the practice program's code, or does the run that the archive is made from. Two
  /// processes, since classes of the compiler would make the archive slower to start from.
  ///
  /// @param args the file for the code, and a scratch file for the run
  public static void main(String[] args) throws IOException, InterruptedException {
    Path code = Path.of(args[0]);
    if (args.length == 1) {
      Files.write(code, compiled().file());
      return;
    }
    Practice practice = of(code, Path.of(args[1]));
    if (practice == null) {
      throw new IOException("what was just written is damaged: " + code);
    }
    for (int n = 0; n < TRAINING_ROUNDS; n++) {
      practice.round();
    }
  }

  private static CompiledCache.Ready compiled() throws IOException {
    byte[] bytes;
    try (InputStream in = Practice.class.getResourceAsStream(PROGRAM)) {
      if (in == null) {
        throw new IOException(PROGRAM + " is not in the jar");
      }
      bytes = in.readAllBytes();
    }
    if (!(Inspection.of(bytes) instanceof Inspection.Accepted accepted)) {
      throw new IOException("the practice program is refused");
    }
    byte[] metered = Metering.meter(accepted.module());
    byte[][] code = {{}};
    EndiveEngine.compiling()
        .prepare(
            metered,
            new CompiledCode() {
              @Override
              public byte @Nullable [] stored() {
                return null;
              }

              @Override
              public void store(byte[] made) {
                code[0] = made;
              }
            });
    return new CompiledCache.Ready(accepted.module().memoryBytes(), metered, code[0]);
  }
}
