package hooke.node.market;

import com.google.protobuf.ByteString;
import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.node.runtime.TaskRuntime;
import hooke.node.spec.BilledFuel;
import hooke.node.spec.Specs;
import hooke.scheduler.model.Overhead;
import hooke.storage.BlobId;
import hooke.storage.BlobStore;
import hooke.storage.Holding;
import hooke.v1.BlobRef;
import hooke.v1.Input;
import hooke.v1.TaskArray;
import hooke.v1.TaskSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;

/// Measures what runs take here beside their fuel, with the parts that a node runs tasks with: how
/// `node.yaml`'s `overhead` is found. What else the machine does meanwhile counts, as it will.
public final class OverheadTrial {
  private static final Instant LATER = Instant.parse("2100-01-01T00:00:00Z");
  private static final Duration WALL = Duration.ofMinutes(2);
  private static final long STORE_BYTES = 1L << 30;
  private static final int MIB = 1 << 20;
  private static final int TASKS = 20;
  private static final int INPUT_MIB = 32;
  private static final int MEMORY_MIB = 128;
  private static final int OUTPUT_MIB = 32;

  /// Opens `out/x` and makes it 32 MiB long, without writing a byte.
  private static final String SPARSE =
      "0061736d01000000011b0460000060097f7f7f7f7f7e7e7f7f017f60027f7e017f60017f00025202"
          + "16776173695f736e617073686f745f707265766965773109706174685f6f70656e00011677617369"
          + "5f736e617073686f745f70726576696577311466645f66696c65737461745f7365745f73697a6500"
          + "02030201000503010001071302066d656d6f72790200065f737461727400020a2801260041034100"
          + "41104105410142c20042c2004100410810001a4108280200428080801010011a0b0b0b010041100b"
          + "056f75742f78";

  /// Does nothing; the number of pages that its memory has, in three bytes, is left out.
  private static final String NOTHING_HEAD = "0061736d010000000104016000000302010005050100";

  private static final String NOTHING_TAIL =
      "071302066d656d6f72790200065f737461727400000a040102000b";

  private final BlobStore store;
  private final TaskRunner runner;

  private OverheadTrial(BlobStore store, TaskRunner runner) {
    this.store = store;
    this.runner = runner;
  }

  /// Runs some programs; takes some seconds.
  ///
  /// @param directory exists; for files that are its caller's to remove
  /// @throws IOException when one of them gives no result
  public static Overhead measure(TaskRuntime runtime, Path directory)
      throws IOException, InterruptedException {
    try (BlobStore store = BlobStore.open(directory.resolve("blobs"), STORE_BYTES)) {
      return new OverheadTrial(store, new TaskRunner(store, runtime, directory.resolve("work")))
          .measure();
    }
  }

  private Overhead measure() throws IOException, InterruptedException {
    TaskSpec.Builder nothing = spec(nothing(1));
    var _ = time(nothing.build());
    Duration task =
        time(nothing
                .clone()
                .setArray(
                    TaskArray.newBuilder()
                        .setCount(TASKS)
                        .setLines(keep("x\n".repeat(TASKS).getBytes(StandardCharsets.UTF_8))))
                .build())
            .dividedBy(TASKS);
    TaskSpec.Builder many = nothing.clone();
    for (int n = 0; n < Specs.MAX_INPUTS; n++) {
      many.addInputs(file(String.format(Locale.ROOT, "f%04d", n), new byte[0]));
    }
    return new Overhead(
        task,
        // Once for all tasks and once for the one.
        beside(task, many, 2 * Specs.MAX_INPUTS),
        beside(task, nothing.clone().addInputs(file("f", new byte[INPUT_MIB * MIB])), INPUT_MIB),
        beside(
            task,
            spec(HexFormat.of().parseHex(SPARSE)).setOutputLimitBytes((OUTPUT_MIB + 1) * MIB),
            OUTPUT_MIB),
        beside(task, spec(nothing(MEMORY_MIB << 4)), MEMORY_MIB));
  }

  private Duration beside(Duration task, TaskSpec.Builder spec, int parts)
      throws IOException, InterruptedException {
    Duration more = time(spec.build()).minus(task).dividedBy(parts);
    return more.isNegative() ? Duration.ZERO : more;
  }

  private Duration time(TaskSpec spec) throws IOException, InterruptedException {
    long start = System.nanoTime();
    TaskRunner.Outcome outcome =
        runner.run(
            new TaskRunner.Work(
                Bytes32.ZERO,
                0,
                Address.ZERO,
                spec,
                0,
                spec.hasArray() ? spec.getArray().getCount() : 1,
                2 * BilledFuel.START,
                WALL,
                LATER,
                leaf -> leaf,
                TaskRunner.Progress.FORGOTTEN));
    return switch (outcome) {
      case TaskRunner.Outcome.Result _ -> Duration.ofNanos(System.nanoTime() - start);
      case TaskRunner.Outcome.NoResult(String why, TaskRunner.Cause _) ->
          throw new IOException("a program of the trial gave no result: " + why);
    };
  }

  private TaskSpec.Builder spec(byte[] program) throws IOException {
    return TaskSpec.newBuilder()
        .setRuntime("wasm")
        .setProfile("wasm-det/1")
        .setProgram(keep(program))
        .setMemoryLimitBytes((long) MEMORY_MIB * MIB);
  }

  private Input.Builder file(String name, byte[] content) throws IOException {
    return Input.newBuilder().setPath(name).setFormat(Input.Format.FILE).setBlob(keep(content));
  }

  private static byte[] nothing(int pages) {
    ByteArrayOutputStream module = new ByteArrayOutputStream();
    module.writeBytes(HexFormat.of().parseHex(NOTHING_HEAD));
    module.writeBytes(
        new byte[] {
          (byte) ((pages & 0x7f) | 0x80),
          (byte) (((pages >> 7) & 0x7f) | 0x80),
          (byte) (pages >> 14)
        });
    module.writeBytes(HexFormat.of().parseHex(NOTHING_TAIL));
    return module.toByteArray();
  }

  private BlobRef keep(byte[] content) throws IOException {
    BlobId id = BlobId.of(content);
    var _ =
        store.put(
            id,
            content.length,
            new Holding(BlobFetcher.SELF, LATER, Holding.Access.SHARED),
            Long.MAX_VALUE,
            new ByteArrayInputStream(content));
    return BlobRef.newBuilder()
        .setId(ByteString.copyFrom(id.bytes()))
        .setSizeBytes(content.length)
        .build();
  }
}
