package hooke.node.task;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import hooke.node.spec.ArrayLines;
import hooke.node.spec.HostNames;
import hooke.node.spec.InputTree;
import hooke.node.spec.ResultArchive;
import hooke.node.spec.Specs;
import hooke.storage.BlobId;
import hooke.v1.BlobRef;
import hooke.v1.EnvironmentVariable;
import hooke.v1.Input;
import hooke.v1.TaskArray;
import hooke.v1.TaskSpec;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// A task whose files were read, checked and named by content: everything that can be refused
/// without asking anybody has been. Directories are frozen into archives in a private folder, which
/// [#close] removes.
public final class PreparedTask implements AutoCloseable {
  /// The one kind of runtime and the one metering profile there are.
  public static final String RUNTIME = "wasm";

  public static final String PROFILE = "wasm-det/1";

  private static final long MIB = 1L << 20;

  private final TaskDraft draft;
  private final TaskSpec spec;
  private final Map<BlobId, LocalBlob> blobs;
  private final LocalBlob specBlob;
  private final Path folder;

  private PreparedTask(
      TaskDraft draft,
      TaskSpec spec,
      LocalBlob specBlob,
      Map<BlobId, LocalBlob> blobs,
      Path folder) {
    this.draft = draft;
    this.spec = spec;
    this.specBlob = specBlob;
    this.blobs = blobs;
    this.folder = folder;
  }

  /// Reads and checks all that `draft` names.
  ///
  /// @throws TaskException `NO_INPUT`, `BAD_INPUT` or `BAD_PROGRAM`, naming the file
  public static PreparedTask of(TaskDraft draft) {
    return of(draft, Reading.SILENT, ProgramCheck.EACH_TIME);
  }

  /// The same, telling how far the reading is, where what was found of a program is noted.
  ///
  /// @throws TaskException as [#of(TaskDraft)]
  public static PreparedTask of(TaskDraft draft, Reading reading, ProgramCheck check) {
    return of(draft, draft.array(), reading, check, false);
  }

  /// The same for other lines of the array.
  ///
  /// @throws TaskException as [#of(TaskDraft)]
  public static PreparedTask of(TaskDraft draft, Path lines, Reading reading, ProgramCheck check) {
    return of(draft, Optional.of(lines), reading, check, false);
  }

  /// The task with its inputs' sizes, but without their content, which nothing has read: good for a
  /// quote, so that what nobody takes is said before gigabytes are read. Empty when there is too
  /// little to read for that to be worth a question.
  ///
  /// @throws TaskException as [#of(TaskDraft)]
  public static Optional<PreparedTask> sketch(TaskDraft draft, ProgramCheck check) {
    long bytes = 0;
    for (Path file : draft.stdin().stream().toList()) {
      bytes += sizeOf(file);
    }
    for (InputSource input : draft.inputs()) {
      bytes += sizeOf(input.from());
    }
    return bytes < Reading.LARGE
        ? Optional.empty()
        : Optional.of(of(draft, draft.array(), Reading.SILENT, check, true));
  }

  /// Bytes of a file, or of all files of a tree; 0 for what is not there, which is said elsewhere.
  private static long sizeOf(Path path) {
    long bytes = 0;
    try (Stream<Path> tree = Files.walk(path)) {
      for (Path each : (Iterable<Path>) tree::iterator) {
        if (Files.isRegularFile(each, LinkOption.NOFOLLOW_LINKS)
            || (each.equals(path) && Files.isRegularFile(each))) {
          bytes += Files.size(each);
        }
      }
    } catch (IOException | UncheckedIOException e) {
      // What cannot be looked at is refused by name when it is read.
    }
    return bytes;
  }

  /// A blob whose content nobody has looked at: its id is that of its path.
  private static LocalBlob unread(String what, Path file) {
    return new LocalBlob(
        what,
        file,
        BlobId.of(file.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8)),
        sizeOf(file));
  }

  private static PreparedTask of(
      TaskDraft draft, Optional<Path> lines, Reading reading, ProgramCheck check, boolean sketch) {
    Path folder;
    try {
      folder = Scratch.folder("hooke-task");
    } catch (IOException e) {
      throw new TaskException(
          TaskException.Code.OUTPUT_BLOCKED,
          "no temporary folder can be made: " + LocalBlob.reason(e),
          "free some space or set TMPDIR",
          e);
    }
    try {
      return read(draft, lines, folder, reading, check, sketch);
    } catch (RuntimeException e) {
      remove(folder);
      throw e;
    }
  }

  private static PreparedTask read(
      TaskDraft draft,
      Optional<Path> array,
      Path folder,
      Reading reading,
      ProgramCheck check,
      boolean sketch) {
    Map<BlobId, LocalBlob> blobs = new LinkedHashMap<>();
    TaskSpec.Builder spec = TaskSpec.newBuilder().setRuntime(RUNTIME).setProfile(PROFILE);
    spec.setProgram(ref(program(draft, check), blobs)).addAllArgs(draft.args());
    draft.argv0().ifPresent(spec::setArgv0);
    draft
        .env()
        .forEach((name, value) ->
            spec.addEnv(EnvironmentVariable.newBuilder().setName(name).setValue(value)));
    draft
        .stdin()
        .ifPresent(
            file -> spec.setStdin(ref(regular("standard input", file, reading, sketch), blobs)));
    array.ifPresent(file -> {
      Lines lines = lines(file, folder);
      spec.setArray(
          TaskArray.newBuilder().setLines(ref(lines.blob(), blobs)).setCount(lines.count()));
    });
    List<Input> inputs = new ArrayList<>();
    for (InputSource input : draft.inputs()) {
      inputs.add(input(input, folder, blobs, reading, sketch));
    }
    inputs.sort(
        Comparator.comparing(Input::getPathBytes, ByteString.unsignedLexicographicalComparator()));
    spec.addAllInputs(inputs)
        .setMemoryLimitBytes(draft.memoryBytes())
        .setOutputLimitBytes(draft.outputBytes())
        .setRealTime(draft.realTime())
        .setRandomSeed(draft.seed());
    draft
        .clock()
        .ifPresent(at ->
            spec.setClockTime(
                Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano())));
    TaskSpec built = spec.build();
    Path file = folder.resolve("spec");
    byte[] bytes = Specs.encode(built);
    try {
      // What every node checks first.
      var _ = Specs.decode(bytes);
      if (!sketch) {
        InputTree.check(built, blob -> Files.newInputStream(fileOf(blobs, Specs.id(blob))));
      }
    } catch (IOException e) {
      throw new TaskException(
          TaskException.Code.BAD_INPUT,
          "the inputs cannot be read again: " + LocalBlob.reason(e),
          "nobody may change them meanwhile",
          e);
    } catch (Specs.BadSpec e) {
      throw new TaskException(
          TaskException.Code.BAD_INPUT,
          "no node could serve this task: " + e.getMessage(),
          "change what it names",
          e);
    }
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw unwritable(file, e);
    }
    LocalBlob specBlob = LocalBlob.of("the task's spec", file);
    blobs.put(specBlob.id(), specBlob);
    return new PreparedTask(draft, built, specBlob, blobs, folder);
  }

  private static Path fileOf(Map<BlobId, LocalBlob> blobs, BlobId id) throws IOException {
    LocalBlob blob = blobs.get(id);
    if (blob == null) {
      throw new IOException("the spec names a blob that was not read: " + id.prefix());
    }
    return blob.file();
  }

  private record Lines(LocalBlob blob, int count) {}

  /// The lines of an array, the last one ended as the others are.
  private static Lines lines(Path file, Path folder) {
    if (sizeOf(requireFile("the array", file)) > ArrayLines.MAX_BYTES) {
      throw new TaskException(
          TaskException.Code.BAD_INPUT,
          "the array %s is larger than 64 MiB".formatted(HostNames.shown(file)),
          "name long things by number, and put a table of them into an input");
    }
    Path whole = folder.resolve("array");
    try {
      byte[] bytes = Files.readAllBytes(file);
      if (bytes.length > 0 && bytes[bytes.length - 1] != '\n') {
        bytes = java.util.Arrays.copyOf(bytes, bytes.length + 1);
        bytes[bytes.length - 1] = '\n';
      }
      int count = ArrayLines.count(new java.io.ByteArrayInputStream(bytes));
      if (count == 0) {
        throw new TaskException(
            TaskException.Code.BAD_INPUT,
            "the array %s is empty".formatted(HostNames.shown(file)),
            "write one line for each task");
      }
      Files.write(whole, bytes);
      return new Lines(LocalBlob.of("the array", whole), count);
    } catch (Specs.BadSpec e) {
      throw new TaskException(
          TaskException.Code.BAD_INPUT,
          "%s: %s".formatted(HostNames.shown(file), e.getMessage()),
          "write one line of UTF-8 for each task, of at most 4,096 bytes");
    } catch (IOException e) {
      throw new TaskException(
          TaskException.Code.NO_INPUT,
          "the array %s cannot be read: %s".formatted(HostNames.shown(file), LocalBlob.reason(e)),
          "check the path and its permissions",
          e);
    }
  }

  private static String whatItShouldBe(Path program) {
    String name = program.toString();
    return name.endsWith(".yaml") || name.endsWith(".yml")
        ? "a task file is ordered by `hooke task submit`; `task run` takes the program itself"
        : "build it for wasm32-wasi (WASI preview 1)";
  }

  private static LocalBlob program(TaskDraft draft, ProgramCheck check) {
    if (sizeOf(requireFile("the program", draft.program()))
        > hooke.node.runtime.wasm.ModuleCaps.WASM_DET_1.moduleBytes()) {
      throw bad(draft, "it is larger than a program may be (128 MiB)", "strip it");
    }
    LocalBlob blob = LocalBlob.of("the program", draft.program());
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(draft.program());
    } catch (IOException e) {
      throw new TaskException(
          TaskException.Code.NO_INPUT,
          "the program %s cannot be read: %s"
              .formatted(HostNames.shown(draft.program()), LocalBlob.reason(e)),
          "check the path and its permissions",
          e);
    }
    switch (check.of(bytes, blob.id())) {
      case ProgramCheck.Verdict.Refused(String why) ->
          throw bad(draft, why, whatItShouldBe(draft.program()));
      case ProgramCheck.Verdict.Sound(long needed) -> {
        if (needed > draft.memoryBytes()) {
          throw bad(
              draft,
              "it starts with %d MiB of memory, but the limit is %d MiB"
                  .formatted(Math.ceilDiv(needed, MIB), draft.memoryBytes() / MIB),
              "raise the memory limit (--memory)");
        }
      }
      case ProgramCheck.Verdict.Unknown ignored -> {
        // A node with more memory reads it before it bids.
      }
    }
    return blob;
  }

  private static TaskException bad(TaskDraft draft, String problem, String hint) {
    return new TaskException(
        TaskException.Code.BAD_PROGRAM,
        "%s cannot be run: %s".formatted(HostNames.shown(draft.program()), problem),
        hint);
  }

  private static LocalBlob regular(String what, Path file, Reading reading, boolean sketch) {
    requireFile(what, file);
    return sketch ? unread(what, file) : LocalBlob.of(what, file, reading);
  }

  private static Path requireFile(String what, Path file) {
    if (!Files.exists(file)) {
      throw new TaskException(
          TaskException.Code.NO_INPUT,
          "%s %s: there is no such file".formatted(what, HostNames.shown(file)),
          "check the path");
    }
    if (!Files.isRegularFile(file)) {
      throw new TaskException(
          TaskException.Code.BAD_INPUT,
          "%s %s is not a file".formatted(what, HostNames.shown(file)),
          "name a file");
    }
    return file;
  }

  private static Input input(
      InputSource input,
      Path folder,
      Map<BlobId, LocalBlob> blobs,
      Reading reading,
      boolean sketch) {
    Input.Builder built = Input.newBuilder().setPath(input.path());
    if (!Files.isDirectory(input.from())) {
      if (input.path().equals(".")) {
        throw new TaskException(
            TaskException.Code.BAD_INPUT,
            "the input %s is no directory and cannot become /in itself"
                .formatted(HostNames.shown(input.from())),
            "give it a name: NAME=%s".formatted(HostNames.shown(input.from())));
      }
      return built
          .setFormat(Input.Format.FILE)
          .setBlob(ref(regular("the input", input.from(), reading, sketch), blobs))
          .build();
    }
    if (sketch) {
      return built
          .setFormat(Input.Format.TAR)
          .setBlob(ref(unread("the input", input.from()), blobs))
          .build();
    }
    Path tar = folder.resolve("input" + blobs.size() + "-" + built.getPath().hashCode() + ".tar");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(tar))) {
      ResultArchive.writeTree(out, input.from());
    } catch (ResultArchive.Unfit e) {
      throw new TaskException(
          TaskException.Code.BAD_INPUT,
          "the input %s".formatted(e.getMessage()),
          "leave it out or change it; nothing was sent",
          e);
    } catch (IOException e) {
      throw new TaskException(
          TaskException.Code.BAD_INPUT,
          "the input directory %s cannot be taken: %s"
              .formatted(HostNames.shown(input.from()), LocalBlob.reason(e)),
          "it must hold plain files and directories that nobody changes meanwhile",
          e);
    }
    return built
        .setFormat(Input.Format.TAR)
        .setBlob(ref(LocalBlob.of("the input", tar, reading), blobs))
        .build();
  }

  private static BlobRef ref(LocalBlob blob, Map<BlobId, LocalBlob> blobs) {
    blobs.putIfAbsent(blob.id(), blob);
    return BlobRef.newBuilder()
        .setId(ByteString.copyFrom(blob.id().bytes()))
        .setSizeBytes(blob.size())
        .build();
  }

  private static TaskException unwritable(Path file, IOException e) {
    return new TaskException(
        TaskException.Code.OUTPUT_BLOCKED,
        "%s cannot be written: %s".formatted(HostNames.shown(file), LocalBlob.reason(e)),
        "free some space or set TMPDIR",
        e);
  }

  public TaskDraft draft() {
    return draft;
  }

  public TaskSpec spec() {
    return spec;
  }

  public BlobId specId() {
    return specBlob.id();
  }

  /// Everything that must be uploaded, each content once, the spec last.
  public List<LocalBlob> blobs() {
    return List.copyOf(blobs.values());
  }

  /// Bytes of all blobs.
  public long inputBytes() {
    return blobs.values().stream().mapToLong(LocalBlob::size).sum();
  }

  /// Tasks of the order.
  public int tasks() {
    return spec.hasArray() ? spec.getArray().getCount() : 1;
  }

  /// Memory that a slot needs, in MiB, rounded up.
  public int memoryMibUp() {
    return Math.toIntExact(Math.ceilDiv(draft.memoryBytes(), MIB));
  }

  /// Disk that a slot of so many tasks needs, in MiB, rounded up: see [Specs#diskBytes].
  public int diskMibUp(int count) {
    BigInteger mib =
        Specs.diskBytes(spec, count)
            .add(BigInteger.valueOf(MIB - 1))
            .divide(BigInteger.valueOf(MIB));
    return mib.min(BigInteger.valueOf(Integer.MAX_VALUE)).intValueExact();
  }

  @Override
  public void close() {
    remove(folder);
  }

  private static void remove(Path folder) {
    Scratch.remove(folder);
  }
}
