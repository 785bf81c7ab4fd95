package hooke.node.runtime.worker;

import hooke.node.runtime.FailureReason;
import hooke.node.runtime.engine.Ending;
import hooke.node.runtime.engine.Job;
import hooke.node.runtime.wasm.Refusal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What node and worker say to each other: a length, a kind, and fields. A worker may be hostile,
/// so every length is bounded, and what does not parse is a breach that ends it.
sealed interface Frame {
  /// Longest frame, either way.
  int BYTES = 1 << 20;

  /// Node to worker: prepare this program, and run it when there is a job.
  record Work(Path program, long memoryBytes, @Nullable Job job) implements Frame {}

  /// Worker to node: waiting for work.
  record Ready() implements Frame {}

  /// Worker to node: the program is compiled; if there is a job, it starts now.
  record Prepared(long nanos) implements Frame {}

  /// Worker to node: the job is done.
  record Done(Ending ending, long nanos) implements Frame {}

  /// Worker to node: nobody can run this.
  record Refused(Refusal reason, String message) implements Frame {}

  /// Worker to node: this host failed.
  record Failed(FailureReason reason, String message) implements Frame {}

  static void write(OutputStream to, Frame frame) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    switch (frame) {
      case Work work -> {
        out.writeByte(1);
        text(out, work.program().toString());
        out.writeLong(work.memoryBytes());
        Job job = work.job();
        out.writeBoolean(job != null);
        if (job != null) {
          job(out, job);
        }
      }
      case Ready _ -> out.writeByte(2);
      case Prepared prepared -> {
        out.writeByte(3);
        out.writeLong(prepared.nanos());
      }
      case Done done -> {
        out.writeByte(4);
        text(out, done.ending().kind().name());
        out.writeInt(done.ending().exitCode());
        out.writeLong(done.ending().fuelUsed());
        text(out, cut(done.ending().message()));
        out.writeLong(done.nanos());
      }
      case Refused refused -> {
        out.writeByte(5);
        text(out, refused.reason().name());
        text(out, cut(refused.message()));
      }
      case Failed failed -> {
        out.writeByte(6);
        text(out, failed.reason().name());
        text(out, cut(failed.message()));
      }
    }
    if (bytes.size() > BYTES) {
      throw new IOException("a frame of " + bytes.size() + " bytes");
    }
    DataOutputStream framed = new DataOutputStream(to);
    framed.writeInt(bytes.size());
    bytes.writeTo(framed);
    framed.flush();
  }

  /// Reads one frame; null at the end of the stream.
  static @Nullable Frame read(InputStream from) throws IOException {
    DataInputStream framed = new DataInputStream(from);
    int length;
    try {
      length = framed.readInt();
    } catch (EOFException e) {
      return null;
    }
    if (length < 1 || length > BYTES) {
      throw new IOException("a frame of " + length + " bytes");
    }
    byte[] bytes = framed.readNBytes(length);
    if (bytes.length < length) {
      throw new IOException("the stream ended within a frame");
    }
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    Frame frame =
        switch (in.readByte()) {
          case 1 -> new Work(Path.of(text(in)), in.readLong(), in.readBoolean() ? job(in) : null);
          case 2 -> new Ready();
          case 3 -> new Prepared(in.readLong());
          case 4 ->
              new Done(
                  new Ending(pick(Ending.Kind.class, in), in.readInt(), in.readLong(), text(in)),
                  in.readLong());
          case 5 -> new Refused(pick(Refusal.class, in), text(in));
          case 6 -> new Failed(pick(FailureReason.class, in), text(in));
          default -> throw new IOException("an unknown frame");
        };
    if (in.available() > 0) {
      throw new IOException("a frame with bytes left over");
    }
    return frame;
  }

  private static void job(DataOutputStream out, Job job) throws IOException {
    out.writeInt(job.args().size());
    for (String arg : job.args()) {
      text(out, arg);
    }
    out.writeInt(job.env().size());
    for (Map.Entry<String, String> entry : job.env().entrySet()) {
      text(out, entry.getKey());
      text(out, entry.getValue());
    }
    text(out, job.seed());
    text(out, job.stdin() == null ? "" : job.stdin().toString());
    text(out, job.inputs() == null ? "" : job.inputs().toString());
    text(out, job.directory().toString());
    out.writeLong(job.fuel());
    out.writeLong(job.memoryBytes());
    out.writeLong(job.outputBytes());
  }

  private static Job job(DataInputStream in) throws IOException {
    List<String> args = new ArrayList<>();
    for (int n = in.readInt(); n > 0; n--) {
      args.add(text(in));
    }
    Map<String, String> env = new TreeMap<>();
    for (int n = in.readInt(); n > 0; n--) {
      env.put(text(in), text(in));
    }
    String seed = text(in);
    String stdin = text(in);
    String inputs = text(in);
    return new Job(
        args,
        env,
        seed,
        stdin.isEmpty() ? null : Path.of(stdin),
        inputs.isEmpty() ? null : Path.of(inputs),
        Path.of(text(in)),
        in.readLong(),
        in.readLong(),
        in.readLong());
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }

  private static String text(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException("a text of " + length + " bytes");
    }
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  private static String cut(String text) {
    return text.length() > 4_000 ? text.substring(0, 4_000) + "..." : text;
  }

  private static <T extends Enum<T>> T pick(Class<T> type, DataInputStream in) throws IOException {
    String name = text(in);
    try {
      return Enum.valueOf(type, name);
    } catch (IllegalArgumentException e) {
      throw new IOException("an unknown value", e);
    }
  }
}
