package hooke.node.runtime.worker;

import hooke.node.runtime.engine.Execution;
import hooke.node.runtime.sandbox.Launch;
import hooke.node.runtime.sandbox.Program;
import hooke.node.runtime.v8.Scripts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A Node.js that runs `worker.mjs`.
///
/// @param nodeJs what it runs in
/// @param script `worker.mjs`, in a directory of its own with the other scripts
/// @param optimisedBytes metered programs of up to this size are optimised from their first call
record V8Worker(Program nodeJs, Path script, long optimisedBytes) implements WorkerProcess {
  /// A small program is often one loop, and V8 moves no running loop to better code. A large one
  /// would spend longer in V8's compiler than in its own code: ten times as long for Ruby.
  static final long OPTIMISED_BYTES = 8L << 20;

  /// JavaScript's own objects: file tree, names, frames.
  private static final long HEAP_BYTES = 256L << 20;

  /// The main thread's, which only passes frames on.
  private static final int MAIN_HEAP_MB = 64;

  private static final long CODE_BYTES = 256L << 20;

  /// V8's compiler, the module's bytes, buffers and threads.
  private static final long NATIVE_BYTES = 512L << 20;

  /// For each byte of a program's file: the metered module, twice as large, and what V8 knows of
  /// it.
  private static final long MODULE = 6;

  /// Stack that a program at the profile's greatest depth has been seen to touch, doubled.
  private static final long STACK_BYTES = 512L << 20;

  private static final int THREADS = 64;

  /// - `--wasm-lazy-compilation`: of a large program only what runs is compiled.
  /// - `--max-old-space-size`: of each thread, and of more weight than what a thread is given when
  ///   it is made: so it is what the thread that runs programs needs, though the other one needs
  ///   little.
  private static final List<String> FLAGS =
      List.of(
          "--wasm-lazy-compilation",
          "--wasm-max-committed-code-mb=" + (CODE_BYTES >> 20),
          "--max-old-space-size=" + (HEAP_BYTES >> 20),
          "--v8-pool-size=2",
          "--disallow-code-generation-from-strings",
          "--no-addons",
          "--no-warnings");

  @Override
  public Launch launch(WorkerFolder folder, WorkerSize size) {
    Path in = folder.in().toAbsolutePath();
    Path scratch = folder.scratch().toAbsolutePath();
    List<String> arguments = new ArrayList<>(FLAGS);
    arguments.add(script.toString());
    arguments.add(in.toString());
    arguments.add(scratch.toString());
    arguments.add(Scripts.settings(HEAP_BYTES, Execution.STACK_BYTES, optimisedBytes));
    return new Launch(
        nodeJs,
        arguments,
        folder.home(),
        List.of(in, script.getParent()),
        List.of(scratch),
        // A block more than the budget, for a file that ends within one.
        size.outputBytes() + (1 << 12),
        HEAP_BYTES
            + ((long) MAIN_HEAP_MB << 20)
            + size.memoryBytes()
            + MODULE * size.programBytes()
            + CODE_BYTES
            + NATIVE_BYTES
            + STACK_BYTES,
        Execution.STACK_BYTES,
        THREADS);
  }
}
