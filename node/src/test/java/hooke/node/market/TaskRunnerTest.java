package hooke.node.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import hooke.chain.Bytes32;
import hooke.chain.wallet.Wallet;
import hooke.node.runtime.Check;
import hooke.node.runtime.FailureReason;
import hooke.node.runtime.Isolation;
import hooke.node.runtime.Outcome;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.TaskRuntime;
import hooke.node.runtime.TreeListing;
import hooke.node.spec.LeafTable;
import hooke.node.spec.ResultLeaf;
import hooke.node.spec.SlotResult;
import hooke.storage.BlobId;
import hooke.storage.BlobStore;
import hooke.storage.Holding;
import hooke.v1.BlobRef;
import hooke.v1.TaskArray;
import hooke.v1.TaskSpec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How the run of an array's slot goes on after it was cut off, with real databases.
final class TaskRunnerTest {
  /// The slot's tasks, in the middle of an order's.
  private static final int FIRST = 2;

  private static final List<String> LINES = List.of("zero", "one", "two", "three", "four", "five");
  private static final int COUNT = LINES.size() - FIRST;
  private static final Instant LATER = Instant.parse("2100-01-01T00:00:00Z");

  @TempDir private Path folder;

  /// The power goes.
  private static final class PowerCut extends Error {
    private static final long serialVersionUID = 1;
  }

  /// Each of a run's steps after which the power may go; counts them down.
  private static final class Fuse {
    private int left;

    Fuse(int steps) {
      left = steps;
    }

    void step() {
      if (left-- == 0) {
        throw new PowerCut();
      }
    }
  }

  /// Writes a task's argument to its standard output.
  private static final class Echo implements TaskRuntime {
    private final Fuse fuse;
    private final List<String> ran = new ArrayList<>();
    private @Nullable String failing;

    Echo(Fuse fuse) {
      this.fuse = fuse;
    }

    @Override
    public String engine() {
      return "echo";
    }

    @Override
    public String name() {
      return "echo";
    }

    @Override
    public String profile() {
      return "wasm-det/1";
    }

    @Override
    public Isolation isolation() {
      return new Isolation(true, "nothing runs");
    }

    @Override
    public Check check(String client, Path program, long memoryBytes) {
      return new Check.Ready(Duration.ZERO, 1, 0);
    }

    @Override
    public RunResult run(RunRequest request) {
      String line = request.args().getLast();
      fuse.step();
      ran.add(line);
      if (line.equals(failing)) {
        return new RunResult.HostFailure(FailureReason.WALL_TIME, "the time is up");
      }
      try {
        Path left = Files.createDirectories(request.directory().resolve("left"));
        try (TreeListing.Writer listing = new TreeListing.Writer(left)) {
          listing.directory("out");
          listing.finish();
        }
        Path stdout = Files.writeString(request.directory().resolve("stdout"), line);
        Path stderr = Files.writeString(request.directory().resolve("stderr"), "");
        fuse.step();
        return new RunResult.Finished(
            Outcome.EXITED,
            0,
            line.length(),
            left,
            stdout,
            stderr,
            "",
            Duration.ZERO,
            Duration.ZERO,
            0);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {}
  }

  private static BlobRef keep(BlobStore blobs, byte[] bytes) throws IOException {
    BlobId id = BlobId.of(bytes);
    blobs.put(
        id,
        bytes.length,
        new Holding(BlobFetcher.SELF, LATER, Holding.Access.SHARED),
        Long.MAX_VALUE,
        new ByteArrayInputStream(bytes));
    return BlobRef.newBuilder()
        .setId(ByteString.copyFrom(id.bytes()))
        .setSizeBytes(bytes.length)
        .build();
  }

  private static final Job JOB =
      Job.accepted(Events.hash(1), 1, 1, Bytes32.ZERO).running(Events.TIME);

  /// One life of a node: opens its databases, runs the slot, and closes them however that ended.
  private TaskRunner.Outcome live(Path home, Fuse fuse, Echo runtime) throws Exception {
    try (BlobStore blobs = BlobStore.open(home.resolve("blobs"), 1 << 20);
        JobStore store = RocksJobStore.open(home.resolve("jobs"))) {
      Jobs jobs = new Jobs(store);
      jobs.keep(JOB);
      TaskSpec spec =
          TaskSpec.newBuilder()
              .setProgram(keep(blobs, new byte[] {0, 'a', 's', 'm'}))
              .setArray(
                  TaskArray.newBuilder()
                      .setCount(LINES.size())
                      .setLines(
                          keep(
                              blobs,
                              (String.join("\n", LINES) + "\n").getBytes(StandardCharsets.UTF_8))))
              .build();
      TaskRunner.Progress kept = jobs.progress(JOB);
      TaskRunner.Outcome outcome =
          new TaskRunner(blobs, runtime, home.resolve("work"))
              .run(
                  new TaskRunner.Work(
                      JOB.order(),
                      JOB.slot(),
                      Wallet.random().address(),
                      spec,
                      FIRST,
                      COUNT,
                      1_000,
                      Duration.ofMinutes(1),
                      LATER,
                      leaf -> leaf,
                      new TaskRunner.Progress() {
                        @Override
                        public List<ResultLeaf> leaves() {
                          return kept.leaves();
                        }

                        @Override
                        public void goOnAt(int index) {
                          kept.goOnAt(index);
                        }

                        @Override
                        public void keep(ResultLeaf leaf) {
                          fuse.step();
                          kept.keep(leaf);
                          fuse.step();
                        }
                      }));
      if (outcome instanceof TaskRunner.Outcome.Result(SlotResult result, long _, long _)) {
        fuse.step();
        jobs.keep(JOB.done(result, 0, 0, Events.TIME));
        LeafTable table = Challenges.table(blobs, result);
        for (ResultLeaf leaf : table.leaves()) {
          assertTrue(blobs.info(leaf.archive()).isPresent(), "the archive of every leaf is here");
        }
        assertEquals(List.of(), store.leaves(JOB), "the result has them");
      }
      return outcome;
    }
  }

  private static SlotResult result(TaskRunner.Outcome outcome) {
    return ((TaskRunner.Outcome.Result) outcome).result();
  }

  @Test
  void whereverThePowerGoesTheSlotEndsTheSameAndNoFinishedTaskRunsAgain() throws Exception {
    Fuse never = new Fuse(-1);
    Echo straight = new Echo(never);
    SlotResult expected = result(live(folder.resolve("straight"), never, straight));
    assertEquals(LINES.subList(FIRST, LINES.size()), straight.ran);
    assertEquals(COUNT, expected.count());

    int steps = 4 * COUNT + 1;
    for (int step = 0; step < steps; step++) {
      Path home = folder.resolve("cut" + step);
      Fuse fuse = new Fuse(step);
      assertThrows(PowerCut.class, () -> live(home, fuse, new Echo(fuse)));
      Echo second = new Echo(never);
      assertEquals(expected, result(live(home, never, second)), "cut at step " + step);
      // Of a task's four steps the last comes after its leaf is on disk.
      int finished = (step + 1) / 4;
      assertEquals(
          LINES.subList(FIRST + finished, LINES.size()), second.ran, "cut at step " + step);
    }
  }

  @Test
  void aFinishedTaskWhoseArchiveIsGoneRunsAgain() throws Exception {
    Fuse never = new Fuse(-1);
    // Cut before the third task.
    Fuse fuse = new Fuse(8);
    assertThrows(PowerCut.class, () -> live(folder, fuse, new Echo(fuse)));
    try (BlobStore blobs = BlobStore.open(folder.resolve("blobs"), 1 << 20);
        JobStore jobs = RocksJobStore.open(folder.resolve("jobs"))) {
      List<ResultLeaf> leaves = jobs.leaves(JOB);
      assertEquals(2, leaves.size());
      blobs.drop(leaves.getFirst().archive(), TaskRunner.holder(JOB.order(), JOB.slot()));
    }
    Echo second = new Echo(never);
    assertEquals(COUNT, result(live(folder, never, second)).count());
    assertEquals(LINES.subList(FIRST, LINES.size()), second.ran);
  }

  @Test
  void whatIsFinishedWhenATaskHasNoResultIsDeliveredInPart() throws Exception {
    Fuse never = new Fuse(-1);
    Echo runtime = new Echo(never);
    runtime.failing = "four";
    SlotResult part = result(live(folder, never, runtime));
    assertEquals(FIRST, part.first());
    assertEquals(2, part.count());
    assertEquals(List.of("two", "three", "four"), runtime.ran);
  }
}
