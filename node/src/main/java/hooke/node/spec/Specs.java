package hooke.node.spec;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import hooke.node.runtime.RunRequest;
import hooke.storage.BlobId;
import hooke.v1.BlobRef;
import hooke.v1.EnvironmentVariable;
import hooke.v1.Input;
import hooke.v1.TaskArray;
import hooke.v1.TaskSpec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads and writes specs in their one canonical form, so that equal tasks have equal ids and no
/// two nodes read one id differently.
public final class Specs {
  /// Larger specs are refused.
  public static final int MAX_BYTES = 1 << 20;

  /// Larger programs are refused: the cap of profile `wasm-det/1`.
  public static final int MAX_PROGRAM_BYTES = 128 << 20;

  /// Inputs of one task.
  public static final int MAX_INPUTS = 1_000;

  /// A program's own name where its spec says nothing.
  public static final String DEFAULT_ARGV0 = "task";

  /// Longest such name.
  public static final int MAX_ARGV0_BYTES = 255;

  /// Memory of a program whose spec says nothing.
  public static final long DEFAULT_MEMORY = 64L << 20;

  /// Result archive of a program whose spec says nothing. Small, since a limit has its price: nodes
  /// ask for the transfer of what it allows.
  public static final long DEFAULT_OUTPUT = 1L << 20;

  private static final Comparator<ByteString> BYTEWISE =
      ByteString.unsignedLexicographicalComparator();

  private Specs() {}

  /// A spec that no node can serve.
  public static final class BadSpec extends Exception {
    private static final long serialVersionUID = 1L;

    BadSpec(String problem) {
      super(problem);
    }
  }

  /// The canonical bytes: deterministic protobuf, as described on `TaskSpec`.
  public static byte[] encode(TaskSpec spec) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(spec.getSerializedSize());
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      spec.writeTo(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  /// Reads a stranger's spec: canonical, complete, and within bounds.
  public static TaskSpec decode(byte[] bytes) throws BadSpec {
    if (bytes.length > MAX_BYTES) {
      throw new BadSpec("the spec has " + bytes.length + " bytes; the most is " + MAX_BYTES);
    }
    TaskSpec spec;
    try {
      spec = TaskSpec.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new BadSpec("the spec is not a hooke.v1.TaskSpec: " + e.getMessage());
    }
    if (!spec.getUnknownFields().asMap().isEmpty() || !Arrays.equals(encode(spec), bytes)) {
      throw new BadSpec("the spec's bytes are not canonical");
    }
    if (!spec.getRuntime().equals("wasm")) {
      throw new BadSpec("no node knows the runtime '" + spec.getRuntime() + "'; write wasm");
    }
    if (!spec.hasProgram()) {
      throw new BadSpec("the spec names no program");
    }
    if (spec.getInputsCount() > MAX_INPUTS) {
      throw new BadSpec("the spec has more than " + MAX_INPUTS + " inputs");
    }
    String before = null;
    for (Input input : spec.getInputsList()) {
      checkInput(input, before, spec.getInputsCount());
      before = input.getPath();
    }
    Optional<String> clash =
        InputPaths.clash(spec.getInputsList().stream().map(Input::getPath).toList());
    if (clash.isPresent()) {
      throw new BadSpec("one input is inside another: " + clash.get());
    }
    if (spec.getMemoryLimitBytes() < 0 || spec.getOutputLimitBytes() < 0) {
      throw new BadSpec("a limit of the spec is negative");
    }
    checkStrings(spec);
    checkClock(spec.getClockTime());
    if (spec.hasArray()) {
      checkArray(spec.getArray());
    }
    for (BlobRef blob : blobs(spec)) {
      if (blob.getId().size() != BlobId.SIZE || blob.getSizeBytes() < 0) {
        throw new BadSpec("the spec names a blob without a 32-byte id and a size");
      }
    }
    return spec;
  }

  private static void checkArray(TaskArray array) throws BadSpec {
    if (!array.hasLines()) {
      throw new BadSpec("the array has no lines");
    }
    if (array.getLines().getSizeBytes() > ArrayLines.MAX_BYTES) {
      throw new BadSpec("the array's lines have more than " + ArrayLines.MAX_BYTES + " bytes");
    }
    if (array.getCount() < 1 || array.getCount() > ArrayLines.MAX_COUNT) {
      throw new BadSpec("an array has 1 to " + ArrayLines.MAX_COUNT + " tasks");
    }
  }

  /// What the program is told, within what a run takes.
  private static void checkStrings(TaskSpec spec) throws BadSpec {
    String name = spec.getArgv0();
    if (name.equals(DEFAULT_ARGV0)) {
      throw new BadSpec("argv0 \"task\" goes without saying: leave it out");
    }
    if (name.indexOf('\0') >= 0 || spec.getArgv0Bytes().size() > MAX_ARGV0_BYTES) {
      throw new BadSpec("argv0 has more than " + MAX_ARGV0_BYTES + " bytes, or holds a NUL byte");
    }
    long bytes = ByteString.copyFromUtf8(argv0(spec)).size() + 1L;
    for (ByteString arg : spec.getArgsList().asByteStringList()) {
      bytes += noNul("an argument", arg);
    }
    ByteString before = null;
    for (EnvironmentVariable variable : spec.getEnvList()) {
      ByteString key = variable.getNameBytes();
      if (key.isEmpty() || variable.getName().indexOf('=') >= 0) {
        throw new BadSpec("'" + variable.getName() + "' is not a variable's name");
      }
      if (before != null && BYTEWISE.compare(before, key) >= 0) {
        throw new BadSpec(
            "the variables are not sorted, or one is given twice: " + variable.getName());
      }
      before = key;
      bytes += noNul("a variable", key) + noNul("a variable", variable.getValueBytes());
    }
    if (spec.hasArray()) {
      // A line that takes no place is an argument of its own, with its end.
      bytes += (ArrayLines.MAX_LINE_BYTES + 1L) * ArrayLines.places(spec.getArgsList());
    }
    if (bytes > RunRequest.TEXT_BYTES) {
      throw new BadSpec(
          "arguments and environment have %d bytes; the most is %d"
              .formatted(bytes, RunRequest.TEXT_BYTES));
    }
  }

  private static long noNul(String what, ByteString text) throws BadSpec {
    for (int n = 0; n < text.size(); n++) {
      if (text.byteAt(n) == 0) {
        throw new BadSpec(what + " holds a NUL byte");
      }
    }
    return text.size() + 1L;
  }

  private static void checkClock(Timestamp time) throws BadSpec {
    if (time.getNanos() < 0
        || time.getNanos() > 999_999_999
        || time.getSeconds() < RunRequest.FIRST_CLOCK.getEpochSecond()
        || time.getSeconds() > RunRequest.LAST_CLOCK.getEpochSecond()
        || !RunRequest.mayStart(instant(time))) {
      throw new BadSpec("clock_time is not a time from 1970 to 2200");
    }
  }

  /// What the program's clocks start at.
  public static Instant clock(TaskSpec spec) {
    return spec.hasClockTime() ? instant(spec.getClockTime()) : RunRequest.DEFAULT_CLOCK;
  }

  private static Instant instant(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }

  /// The program's own name.
  public static String argv0(TaskSpec spec) {
    return spec.getArgv0().isEmpty() ? DEFAULT_ARGV0 : spec.getArgv0();
  }

  private static void checkInput(Input input, @Nullable String before, int count) throws BadSpec {
    String path = input.getPath();
    boolean whole = path.equals(".") && count == 1 && input.getFormat() == Input.Format.TAR;
    if (!whole) {
      for (String segment : path.split("/", -1)) {
        if (segment.isEmpty()
            || segment.equals(".")
            || segment.equals("..")
            || segment.indexOf('\0') >= 0) {
          throw new BadSpec("the input path '" + Escaped.name(path) + "' leaves /in");
        }
      }
    }
    Optional<String> problem = InputPaths.problem(0, path);
    if (problem.isPresent()) {
      throw new BadSpec("the input " + problem.get());
    }
    if (before != null
        && BYTEWISE.compare(ByteString.copyFromUtf8(before), input.getPathBytes()) >= 0) {
      throw new BadSpec(
          "the input paths are not sorted, or one is given twice: " + Escaped.name(path));
    }
    if (input.getFormat() != Input.Format.FILE && input.getFormat() != Input.Format.TAR) {
      throw new BadSpec("the input " + Escaped.name(path) + " is neither FILE nor TAR");
    }
    if (!input.hasBlob()) {
      throw new BadSpec("the input " + Escaped.name(path) + " has no blob");
    }
  }

  /// Every blob a run needs, the spec itself not among them.
  public static List<BlobRef> blobs(TaskSpec spec) {
    List<BlobRef> blobs = new ArrayList<>();
    blobs.add(spec.getProgram());
    if (spec.hasStdin()) {
      blobs.add(spec.getStdin());
    }
    spec.getInputsList().forEach(input -> blobs.add(input.getBlob()));
    if (spec.hasArray()) {
      blobs.add(spec.getArray().getLines());
    }
    return blobs;
  }

  /// Bytes to fetch before the run; saturates.
  public static long inputBytes(TaskSpec spec) {
    long bytes = 0;
    for (BlobRef blob : blobs(spec)) {
      bytes =
          bytes > Long.MAX_VALUE - blob.getSizeBytes()
              ? Long.MAX_VALUE
              : bytes + blob.getSizeBytes();
    }
    return bytes;
  }

  /// Disk that a slot of so many tasks may take, in bytes: inputs as blobs and laid out, outputs
  /// packed, and those of the task that runs as files, too.
  public static BigInteger diskBytes(TaskSpec spec, int count) {
    return BigInteger.TWO
        .multiply(BigInteger.valueOf(inputBytes(spec)))
        .add(BigInteger.valueOf(outputLimit(spec)).multiply(BigInteger.valueOf(count + 1L)));
  }

  public static long memoryLimit(TaskSpec spec) {
    return spec.getMemoryLimitBytes() == 0 ? DEFAULT_MEMORY : spec.getMemoryLimitBytes();
  }

  public static long outputLimit(TaskSpec spec) {
    return spec.getOutputLimitBytes() == 0 ? DEFAULT_OUTPUT : spec.getOutputLimitBytes();
  }

  public static BlobId id(BlobRef blob) {
    return BlobId.fromBytes(blob.getId().toByteArray());
  }
}
