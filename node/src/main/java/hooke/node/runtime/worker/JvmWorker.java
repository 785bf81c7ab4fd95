package hooke.node.runtime.worker;

import hooke.node.runtime.engine.Execution;
import hooke.node.runtime.sandbox.Launch;
import hooke.node.runtime.sandbox.Program;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A JVM that runs [WorkerMain].
///
/// @param image what its JVM is started from
/// @param validatesOnly whether programs are only read, metered and checked in it, for another
///   engine
record JvmWorker(WorkerImage image, boolean validatesOnly) implements WorkerProcess {
  /// Heap that the JVM needs beside the program's memory: engine, file tree, tables.
  private static final long OWN_HEAP_BYTES = 256L << 20;

  /// Heap for each byte of a program's file: while it is compiled, and beside its memory while it
  /// runs.
  private static final long COMPILE_HEAP = 12;

  private static final long RUN_HEAP = 4;

  /// Metaspace for the classes a run uses: at the least, and for each byte of the program's file.
  private static final long METASPACE_BYTES = 256L << 20;

  private static final long METASPACE = 3;
  private static final long CODE_BYTES = 96L << 20;

  /// The JVM's compilers, collector and threads.
  private static final long NATIVE_BYTES = 256L << 20;

  /// Stack that a program at the profile's greatest depth has been seen to touch, doubled.
  private static final long STACK_BYTES = 512L << 20;

  private static final int THREADS = 64;

  @Override
  public Launch launch(WorkerFolder folder, WorkerSize size) {
    // Twice the memory, which has two arrays while it grows.
    long program = size.programBytes();
    long heap =
        OWN_HEAP_BYTES
            + Math.max(size.memoryBytes() * 2 + RUN_HEAP * program, COMPILE_HEAP * program);
    long metaspace = METASPACE_BYTES + METASPACE * program;
    List<String> arguments = new ArrayList<>();
    arguments.add("-Xmx" + (heap >> 20) + "m");
    arguments.add("-Xms32m");
    // Large arrays are old from the start.
    arguments.add("-XX:MaxNewSize=64m");
    arguments.addAll(image.flags());
    arguments.add("-XX:+ExitOnOutOfMemoryError");
    arguments.add("-XX:MaxMetaspaceSize=" + metaspace);
    // A program's main loop is often one large function, which the JVM would only interpret.
    arguments.add("-XX:-DontCompileHugeMethods");
    arguments.add("-XX:ReservedCodeCacheSize=" + CODE_BYTES);
    arguments.add("-XX:MaxDirectMemorySize=32m");
    arguments.add("-XX:-UsePerfData");
    arguments.add("-XX:+DisableAttachMechanism");
    arguments.add("-XX:-CreateCoredumpOnCrash");
    arguments.add("-XX:+SuppressFatalErrorMessage");
    arguments.add("-cp");
    arguments.add(image.jar().toString());
    arguments.add(WorkerMain.class.getName());
    Path in = folder.in().toAbsolutePath();
    Path scratch = folder.scratch().toAbsolutePath();
    arguments.add(in.toString());
    arguments.add(scratch.toString());
    arguments.add(validatesOnly ? WorkerMain.VALIDATES : WorkerMain.RUNS);
    List<Path> readable = new ArrayList<>(List.of(image.jar(), in));
    image.archive().ifPresent(readable::add);
    if (!validatesOnly) {
      image
          .practice()
          .ifPresent(code -> {
            arguments.add(code.toString());
            readable.add(code);
          });
    }
    return new Launch(
        Program.jvm(),
        arguments,
        folder.home(),
        readable,
        List.of(scratch),
        // A block more than the budget, for a file that ends within one.
        size.outputBytes() + (1 << 12),
        heap + metaspace + CODE_BYTES + NATIVE_BYTES + STACK_BYTES,
        Execution.STACK_BYTES,
        THREADS);
  }
}
