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

  /// Most bytes of a stream, a file or code in one frame.
  int PART = 64 << 10;

  /// Node to worker: prepare the program that lies in the worker's directory, and run it when there
  /// is a job.
  ///
  /// @param program its hash, by which a worker knows one that it has loaded
  /// @param compiled whether its compiled code lies there too
  /// @param stdin whether there is standard input
  /// @param inputs whether there are inputs
  record Work(
      String program,
      long memoryBytes,
      boolean compiled,
      boolean stdin,
      boolean inputs,
      @Nullable Job job)
      implements Frame {}

  /// Worker to node: waiting for work.
  record Ready() implements Frame {}

  /// Worker to node: the next part of the program's compiled code, before [Prepared].
  record Code(byte[] part) implements Frame {}

  /// Worker to node: the program is compiled; if there is a job, it starts now.
  ///
  /// @param memoryBytes what the program's memory starts with
  record Prepared(long nanos, long memoryBytes) implements Frame {}

  /// Worker to node: the next part of standard output (1) or error (2).
  record Stream(int number, byte[] part) implements Frame {}

  /// Worker to node: the program left a directory.
  record Directory(String path) implements Frame {}

  /// Worker to node: the program left a file; its content follows.
  record File(String path, long size) implements Frame {}

  /// Worker to node: the program left a symbolic link.
  record Link(String path, String target) implements Frame {}

  /// Worker to node: the next part of the last file's content.
  record Content(byte[] part) implements Frame {}

  /// Worker to node: the job is done, and everything it left is sent.
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
        text(out, work.program());
        out.writeLong(work.memoryBytes());
        out.writeBoolean(work.compiled());
        out.writeBoolean(work.stdin());
        out.writeBoolean(work.inputs());
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
        out.writeLong(prepared.memoryBytes());
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
      case Code code -> {
        out.writeByte(7);
        out.write(code.part());
      }
      case Stream stream -> {
        out.writeByte(8);
        out.writeByte(stream.number());
        out.write(stream.part());
      }
      case Directory directory -> {
        out.writeByte(9);
        text(out, directory.path());
      }
      case File file -> {
        out.writeByte(10);
        text(out, file.path());
        out.writeLong(file.size());
      }
      case Content content -> {
        out.writeByte(11);
        out.write(content.part());
      }
      case Link link -> {
        out.writeByte(12);
        text(out, link.path());
        text(out, link.target());
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
          case 1 ->
              new Work(
                  text(in),
                  in.readLong(),
                  in.readBoolean(),
                  in.readBoolean(),
                  in.readBoolean(),
                  in.readBoolean() ? job(in) : null);
          case 2 -> new Ready();
          case 3 -> new Prepared(in.readLong(), in.readLong());
          case 4 ->
              new Done(
                  new Ending(pick(Ending.Kind.class, in), in.readInt(), in.readLong(), words(in)),
                  in.readLong());
          case 5 -> new Refused(pick(Refusal.class, in), words(in));
          case 6 -> new Failed(pick(FailureReason.class, in), words(in));
          case 7 -> new Code(in.readAllBytes());
          case 8 -> new Stream(in.readUnsignedByte(), in.readAllBytes());
          case 9 -> new Directory(text(in));
          case 10 -> new File(text(in), in.readLong());
          case 11 -> new Content(in.readAllBytes());
          case 12 -> new Link(text(in), text(in));
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
    out.writeLong(job.clock());
    out.writeBoolean(job.realTime());
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
    return new Job(
        args,
        env,
        seed,
        in.readLong(),
        in.readBoolean(),
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

  /// Words for people, that a log or a terminal can take: who sent them may be hostile.
  private static String words(DataInputStream in) throws IOException {
    return cut(text(in)).replaceAll("\\p{Cntrl}", " ");
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
