package hooke.node.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.google.protobuf.ByteString;
import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.wallet.Wallet;
import hooke.node.runtime.Check;
import hooke.node.runtime.Isolation;
import hooke.node.runtime.Outcome;
import hooke.node.runtime.RunRequest;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.TaskRuntime;
import hooke.node.runtime.TreeListing;
import hooke.node.runtime.wasi.FileTree;
import hooke.node.runtime.wasi.OutputBudget;
import hooke.node.runtime.wasi.Scratch;
import hooke.node.runtime.worker.WasmRuntime;
import hooke.node.runtime.worker.WorkerSettings;
import hooke.node.spec.Specs;
import hooke.storage.BlobId;
import hooke.storage.BlobStore;
import hooke.storage.Holding;
import hooke.v1.BlobRef;
import hooke.v1.EnvironmentVariable;
import hooke.v1.Input;
import hooke.v1.TaskArray;
import hooke.v1.TaskSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a node bids for, it can start: whatever spec, archives and modules strangers come up with,
/// each either fails before the bid or its program runs.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WhatIsReadyStartsTest {
  private static final Instant LATER = Instant.parse("2100-01-01T00:00:00Z");
  private static final Address CLIENT = Wallet.random().address();
  private static final long FUEL = 50_000_000;

  private final List<String> told = new ArrayList<>();
  private Path home;
  private BlobStore blobs;
  private WasmRuntime runtime;
  private byte[] program;

  /// Loads a run's files as an engine does, and runs nothing.
  private final class Loader implements TaskRuntime {
    private int started;

    @Override
    public String name() {
      return "loader";
    }

    @Override
    public String profile() {
      return "wasm-det/1";
    }

    @Override
    public String engine() {
      return "none";
    }

    @Override
    public Isolation isolation() {
      return new Isolation(true, "nothing runs");
    }

    @Override
    public Check check(String client, Path file, long memoryBytes) {
      return new Check.Ready(Duration.ZERO, 1, 0);
    }

    @Override
    public RunResult run(RunRequest request) {
      try (Scratch scratch = Scratch.open(home.resolve("scratch"))) {
        var _ = new FileTree(request.inputs(), scratch, new OutputBudget(1 << 20), 0);
        started++;
        Path left = Files.createDirectories(request.directory().resolve("left"));
        try (TreeListing.Writer listing = new TreeListing.Writer(left)) {
          listing.directory("out");
          listing.finish();
        }
        Path empty = Files.writeString(request.directory().resolve("stdout"), "");
        return new RunResult.Finished(
            Outcome.EXITED, 0, 1, left, empty, empty, "", Duration.ZERO, Duration.ZERO, 0);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {}
  }

  @BeforeAll
  void open(@TempDir Path directory) throws IOException {
    home = directory;
    blobs = BlobStore.open(home.resolve("blobs"), 1L << 30);
    runtime = new WasmRuntime(WorkerSettings.of(home.resolve("workers"), 1));
    program = Files.readAllBytes(Path.of("../examples/exitcode.wasm"));
  }

  @AfterAll
  void close() {
    runtime.close();
    blobs.close();
  }

  private BlobRef keep(byte[] bytes) throws IOException {
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

  private TaskSpec.Builder spec() throws IOException {
    return TaskSpec.newBuilder()
        .setRuntime("wasm")
        .setProfile("wasm-det/1")
        .setProgram(keep(program))
        .addArgs("0")
        .setMemoryLimitBytes(16 << 20)
        .setOutputLimitBytes(1 << 20);
  }

  private Input.Builder input(String path, Input.Format format, byte[] bytes) throws IOException {
    return Input.newBuilder().setPath(path).setFormat(format).setBlob(keep(bytes));
  }

  private TaskSpec.Builder whole(byte[] tar) throws IOException {
    return spec().addInputs(input(".", Input.Format.TAR, tar));
  }

  /// What a node says of the task before a bid: why not, or nothing.
  private String obstacle(TaskSpec spec, TaskRuntime with) throws Exception {
    TaskSpec read;
    try {
      read = Specs.decode(Specs.encode(spec));
    } catch (Specs.BadSpec e) {
      return String.valueOf(e.getMessage());
    }
    TaskRunner trials = new TaskRunner(blobs, with, home.resolve("trials"));
    String why =
        switch (trials.tryOut(read, CLIENT)) {
          case TaskRunner.Trial.Sound ignored -> "";
          case TaskRunner.Trial.Hopeless(String hopeless) -> hopeless;
          case TaskRunner.Trial.Failed(String failed) -> "not now: " + failed;
        };
    try (Stream<Path> left = Files.list(home.resolve("trials"))) {
      assertEquals(List.of(), left.toList(), "a trial leaves nothing");
    }
    return why;
  }

  private TaskRunner.Outcome run(TaskSpec spec, TaskRuntime with) throws Exception {
    return new TaskRunner(blobs, with, home.resolve("runs"))
        .run(
            new TaskRunner.Work(
                Bytes32.ZERO,
                0,
                CLIENT,
                spec,
                0,
                spec.hasArray() ? spec.getArray().getCount() : 1,
                FUEL,
                Duration.ofMinutes(5),
                LATER,
                leaf -> leaf,
                TaskRunner.Progress.FORGOTTEN));
  }

  /// Either the node says why not, or the program runs.
  ///
  /// @return whether it ran
  private boolean holds(String what, TaskSpec spec, TaskRuntime with) throws Exception {
    String why = obstacle(spec, with);
    told.add(what + ": " + why);
    if (!why.isEmpty()) {
      // A worker may fail for reasons of this machine's own; then nothing is bid for, either.
      assertTrue(
          with == runtime || !why.startsWith("not now"),
          what + ": the fault is not this machine's: " + why);
      return false;
    }
    switch (run(spec, with)) {
      case TaskRunner.Outcome.Result ignored -> {
        return true;
      }
      case TaskRunner.Outcome.NoResult no ->
          fail(what + " was ready, and no result came: " + no.why());
    }
    return false;
  }

  private void starts(String what, TaskSpec.Builder spec) throws Exception {
    assertTrue(holds(what, spec.build(), runtime), () -> told.getLast());
  }

  private void refused(String what, String why, TaskSpec.Builder spec) throws Exception {
    String said = obstacle(spec.build(), runtime);
    assertTrue(said.contains(why), what + " is refused for another reason: " + said);
  }

  // Archives.

  private interface Entries {
    void to(TarArchiveOutputStream tar) throws IOException;
  }

  private static byte[] tar(Entries entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, 512, "UTF-8")) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      entries.to(tar);
      tar.finish();
    }
    return bytes.toByteArray();
  }

  private static void file(TarArchiveOutputStream tar, String name, String content)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, true);
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    entry.setSize(bytes.length);
    // Parts of seconds would bring a header of their own.
    entry.setModTime(0);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private static void empty(TarArchiveOutputStream tar, String name, byte type) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
    if (type == TarConstants.LF_SYMLINK || type == TarConstants.LF_LINK) {
      entry.setLinkName("elsewhere");
    }
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  @Test
  void namesThatNoRunCanHaveAreRefusedBeforeTheBid() throws Exception {
    starts(
        "two files",
        whole(
            tar(to -> {
              file(to, "a", "1");
              file(to, "b/c", "2");
            })));
    refused(
        "a name twice",
        "twice",
        whole(
            tar(to -> {
              file(to, "a", "1");
              file(to, "a", "2");
            })));
    refused(
        "a file, then a directory",
        "lies below 'a', which is no directory",
        whole(
            tar(to -> {
              file(to, "a", "1");
              file(to, "a/b", "2");
            })));
    refused(
        "a directory, then a file",
        "twice",
        whole(
            tar(to -> {
              file(to, "a/b", "1");
              file(to, "a", "2");
            })));
    refused("a name that leaves", "leaves its place", whole(tar(to -> file(to, "../a", "1"))));
    String name = "n".repeat(255);
    starts("a name of 255 bytes", whole(tar(to -> file(to, name, "1"))));
    refused(
        "a name of 256 bytes", "more than 255 bytes", whole(tar(to -> file(to, name + "n", "1"))));
    // "in/" and three names of 255 with their slashes are 771 bytes.
    String deep = name + "/" + name + "/" + name + "/";
    starts("a path of 1,024 bytes", whole(tar(to -> file(to, deep + "p".repeat(253), "1"))));
    refused(
        "a path of 1,025 bytes",
        "1025 bytes",
        whole(tar(to -> file(to, deep + "p".repeat(254), "1"))));
    for (byte type : new byte[] {TarConstants.LF_LINK, TarConstants.LF_FIFO, TarConstants.LF_CHR}) {
      refused("type " + type, "the archive's entry 'l' is", whole(tar(to -> empty(to, "l", type))));
    }
  }

  @Test
  void archivesThatAreNoneAreRefusedBeforeTheBid() throws Exception {
    byte[] sound = tar(to -> file(to, "a", "x".repeat(3_000)));
    byte[] two =
        tar(to -> {
          file(to, "a", "x".repeat(100));
          file(to, "b", "x".repeat(600));
        });
    refused("cut short", "ends too early", whole(Arrays.copyOf(two, 1_836)));
    refused(
        "no tar",
        "whose size is no number",
        whole("x".repeat(2_000).getBytes(StandardCharsets.UTF_8)));
    starts("an empty archive", whole(tar(to -> {})));
    // A header that goes on for longer than a file's name ever could.
    refused(
        "a name of 5 MB",
        "has a header of 5,000,000 bytes",
        whole(
            tar(to -> {
              TarArchiveEntry entry =
                  new TarArchiveEntry("name", TarConstants.LF_PAX_EXTENDED_HEADER_LC, true);
              entry.setModTime(0);
              entry.setSize(5_000_000);
              to.putArchiveEntry(entry);
              to.write(new byte[5_000_000]);
              to.closeArchiveEntry();
            })));
    refused("more content than bytes", "unpacks to more", whole(larger(sound)));
  }

  /// The archive with a header that says 1 GiB.
  private static byte[] larger(byte[] tar) {
    byte[] changed = tar.clone();
    byte[] size = "10000000000".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(size, 0, changed, 124, 11);
    Arrays.fill(changed, 148, 156, (byte) ' ');
    int sum = 0;
    for (int n = 0; n < 512; n++) {
      sum += changed[n] & 0xff;
    }
    byte[] text = "%06o".formatted(sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, changed, 148, 6);
    changed[154] = 0;
    return changed;
  }

  @Test
  void inputsInsideOneAnotherAreRefusedWhateverStandsBetweenThem() throws Exception {
    byte[] one = {1};
    refused(
        "a, a-b, a/c",
        "inside another",
        spec()
            .addInputs(input("a", Input.Format.FILE, one))
            .addInputs(input("a-b", Input.Format.FILE, one))
            .addInputs(input("a/c", Input.Format.FILE, one)));
    starts(
        "a-b, a/c, ab",
        spec()
            .addInputs(input("a-b", Input.Format.FILE, one))
            .addInputs(input("a/c", Input.Format.FILE, one))
            .addInputs(input("ab", Input.Format.FILE, one)));
    refused(
        "a segment of 256 bytes",
        "256 bytes",
        spec().addInputs(input("s".repeat(256), Input.Format.FILE, one)));
    String deep = ("d".repeat(200) + "/").repeat(5);
    refused(
        "a path over 1,024 bytes",
        "the most is 1024",
        spec().addInputs(input(deep + "d".repeat(100), Input.Format.FILE, one)));
    // Together they are too long.
    refused(
        "a long path in a long input",
        "the most is 1024",
        spec()
            .addInputs(
                input(deep + "d", Input.Format.TAR, tar(to -> file(to, "e".repeat(200), "1")))));
  }

  @Test
  void entriesAreCountedAsARunCountsThem() throws Exception {
    Loader loader = new Loader();
    byte[] most =
        tar(to -> {
          for (int n = 0; n < FileTree.INPUT_ENTRIES / 2; n++) {
            file(to, "d%05d/f".formatted(n), "");
          }
        });
    assertTrue(holds("100,000 entries", whole(most).build(), loader));
    assertEquals(1, loader.started);
    byte[] tooMany =
        tar(to -> {
          for (int n = 0; n < FileTree.INPUT_ENTRIES / 2; n++) {
            file(to, "d%05d/f".formatted(n), "");
          }
          file(to, "one", "");
        });
    assertEquals(
        "the input '.': all inputs together have more than 100,000 files and directories",
        obstacle(whole(tooMany).build(), loader));
  }

  // Limits and texts.

  @Test
  void argumentsAreCountedToTheByte() throws Exception {
    // "task" and the first argument with their ends are 7 bytes.
    int most = RunRequest.TEXT_BYTES - 7 - 1;
    starts("256 KiB", spec().addArgs("x".repeat(most)));
    refused("a byte more", "the most is 262144", spec().addArgs("x".repeat(most + 1)));
    byte[] lines = ("l".repeat(4_096) + "\n").getBytes(StandardCharsets.UTF_8);
    TaskArray array = TaskArray.newBuilder().setLines(keep(lines)).setCount(1).build();
    starts("an array's longest", spec().setArray(array).addArgs("x".repeat(most - 4_097)));
    refused(
        "an array's, a byte more",
        "the most is 262144",
        spec().setArray(array).addArgs("x".repeat(most - 4_096)));
  }

  @Test
  void memoryThatNoWorkerCanHaveIsNoPromiseToHaveIt() throws Exception {
    starts("the program's code is kept now", spec());
    // More than any program can use is as much as it can use.
    for (long bytes : new long[] {1L << 32, 1L << 50, Long.MAX_VALUE}) {
      holds(bytes + " bytes of memory", spec().setMemoryLimitBytes(bytes).build(), runtime);
    }
    refused("less than it starts with", "bytes of memory", spec().setMemoryLimitBytes(1));
    refused("negative memory", "negative", spec().setMemoryLimitBytes(-1));
    refused("negative output", "negative", spec().setOutputLimitBytes(-1));
    holds("endless output", spec().setOutputLimitBytes(Long.MAX_VALUE).build(), runtime);
  }

  // By property.

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whateverIsReadyStarts(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    Loader loader = new Loader();
    int ran = 0;
    int rounds = 150;
    for (int round = 0; round < rounds; round++) {
      TaskSpec spec = random(random);
      ran += holds("seed %d, round %d".formatted(seed, round), spec, loader) ? 1 : 0;
    }
    // Of an array every task is a start.
    assertTrue(loader.started >= ran, "what was ready started");
    assertTrue(ran > rounds / 10 && ran < rounds * 9 / 10, ran + " of " + rounds + " ran: " + told);
  }

  @ParameterizedTest
  @ValueSource(longs = {4})
  void whateverIsReadyStartsInAWorker(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 12; round++) {
      TaskSpec.Builder spec = random(random).toBuilder();
      if (random.nextInt(2) == 0) {
        spec.setProgram(keep(mutated(random, program, 1 + random.nextInt(3))));
      }
      holds("seed %d, round %d".formatted(seed, round), spec.build(), runtime);
    }
  }

  private TaskSpec random(SplittableRandom random) throws IOException {
    TaskSpec.Builder spec = spec();
    for (int n = random.nextInt(3); n > 0; n--) {
      spec.addArgs(text(random));
    }
    if (random.nextInt(4) == 0) {
      spec.addEnv(EnvironmentVariable.newBuilder().setName(text(random)).setValue(text(random)));
    }
    if (random.nextInt(4) == 0) {
      spec.setStdin(keep(text(random).getBytes(StandardCharsets.UTF_8)));
    }
    if (random.nextInt(8) == 0) {
      spec.setMemoryLimitBytes(random.nextLong());
    }
    if (random.nextInt(4) == 0) {
      String lines = text(random) + "\n" + text(random) + "\n";
      spec.setArray(
          TaskArray.newBuilder()
              .setLines(keep(lines.getBytes(StandardCharsets.UTF_8)))
              .setCount(1 + random.nextInt(3)));
    }
    List<Input> inputs = new ArrayList<>();
    if (random.nextInt(4) == 0) {
      inputs.add(input(".", Input.Format.TAR, archive(random)).build());
    } else {
      for (int n = random.nextInt(4); n > 0; n--) {
        boolean tar = random.nextBoolean();
        inputs.add(
            input(
                    path(random),
                    tar ? Input.Format.TAR : Input.Format.FILE,
                    tar ? archive(random) : new byte[] {1})
                .build());
      }
    }
    inputs.sort(
        Comparator.comparing(Input::getPathBytes, ByteString.unsignedLexicographicalComparator()));
    return spec.addAllInputs(inputs).build();
  }

  /// Few names, so that they meet; now and then a strange one.
  private static String path(SplittableRandom random) {
    String[] names = {
      "a", "a-b", "b", "c", "é", "x\ny", "n".repeat(255), "n".repeat(256), "..", ""
    };
    StringBuilder path = new StringBuilder(names[random.nextInt(random.nextInt(6) == 0 ? 10 : 4)]);
    for (int n = random.nextInt(3); n > 0; n--) {
      path.append('/').append(names[random.nextInt(random.nextInt(6) == 0 ? 10 : 4)]);
    }
    return path.toString();
  }

  private static String text(SplittableRandom random) {
    return switch (random.nextInt(12)) {
      case 0 -> "";
      case 1 -> "{}".repeat(random.nextInt(80));
      case 2 -> "x".repeat(random.nextInt(300_000));
      case 3 -> "a\0b";
      case 4 -> "a=b";
      default -> "word" + random.nextInt(10);
    };
  }

  private static byte[] archive(SplittableRandom random) throws IOException {
    byte[] tar =
        tar(to -> {
          for (int n = random.nextInt(5); n > 0; n--) {
            String name = path(random);
            if (name.isEmpty() || random.nextInt(4) > 0) {
              file(to, name + "f", text(random));
            } else {
              empty(
                  to, name, random.nextInt(5) == 0 ? TarConstants.LF_SYMLINK : TarConstants.LF_DIR);
            }
          }
        });
    return random.nextInt(3) == 0 ? mutated(random, tar, 1 + random.nextInt(4)) : tar;
  }

  /// Some bytes changed, or the end cut off.
  private static byte[] mutated(SplittableRandom random, byte[] bytes, int changes) {
    byte[] changed = bytes.clone();
    for (int n = 0; n < changes && changed.length > 0; n++) {
      changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
    }
    return random.nextInt(4) == 0
        ? Arrays.copyOf(changed, random.nextInt(changed.length + 1))
        : changed;
  }
}
