package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.node.spec.ResultLeaf;
import hooke.node.spec.SlotResult;
import hooke.storage.BlobId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/// What this node did and knows about one slot that the law gave it. Kept in [JobStore] before
/// anything that depends on it is sent, so a restart goes on where it was.
///
/// @param attempt the assignment it belongs to ([SlotView#attempt]); what an older one did counts
///   nothing
/// @param salt random; fixed when the result is, so that a commitment is always the same
/// @param result what is reported; null until the run is over
/// @param receipt the consumer's signature; empty until it came
/// @param failure why there will be no result from here; empty otherwise
/// @param startedAt unix milliseconds of the run's start; 0 before
/// @param endedAt unix milliseconds of its end; 0 before
/// @param stdoutSize bytes of standard output in the result archive
/// @param stderrSize bytes of standard error in it
public record Job(
    Bytes32 order,
    int slot,
    int attempt,
    Phase phase,
    Bytes32 salt,
    @Nullable SlotResult result,
    Data receipt,
    String failure,
    long startedAt,
    long endedAt,
    long stdoutSize,
    long stderrSize) {

  /// Where the work is. A new assignment is a new job; within one, only a run that the machine
  /// spoilt goes back to be run again.
  public enum Phase {
    /// The slot is ours; the run has not started, or started before a restart.
    ACCEPTED,
    /// A worker has it.
    RUNNING,
    /// The result is in the store.
    DONE,
    /// This node will not have a result.
    FAILED
  }

  private static final int VERSION = 2;

  /// Had single tasks only, written the same way.
  private static final int FIRST_VERSION = 1;

  static Job accepted(Bytes32 order, int slot, int attempt, Bytes32 salt) {
    return new Job(order, slot, attempt, Phase.ACCEPTED, salt, null, Data.EMPTY, "", 0, 0, 0, 0);
  }

  Job running(long now) {
    return new Job(order, slot, attempt, Phase.RUNNING, salt, null, receipt, "", now, 0, 0, 0);
  }

  /// To be run once more.
  Job again() {
    return new Job(
        order, slot, attempt, Phase.ACCEPTED, salt, null, receipt, "", startedAt, 0, 0, 0);
  }

  Job done(SlotResult result, long stdoutSize, long stderrSize, long now) {
    return new Job(
        order,
        slot,
        attempt,
        Phase.DONE,
        salt,
        result,
        receipt,
        "",
        startedAt,
        now,
        stdoutSize,
        stderrSize);
  }

  Job failed(String why, long now) {
    return new Job(
        order, slot, attempt, Phase.FAILED, salt, result, receipt, why, startedAt, now, 0, 0);
  }

  Job with(Data receipt) {
    return new Job(
        order,
        slot,
        attempt,
        phase,
        salt,
        result,
        receipt,
        failure,
        startedAt,
        endedAt,
        stdoutSize,
        stderrSize);
  }

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.write(order.bytes());
      out.writeInt(slot);
      out.writeInt(attempt);
      out.writeUTF(phase.name());
      out.write(salt.bytes());
      write(out, result);
      out.writeInt(receipt.size());
      out.write(receipt.bytes());
      out.writeUTF(failure.length() > 1_000 ? failure.substring(0, 1_000) : failure);
      out.writeLong(startedAt);
      out.writeLong(endedAt);
      out.writeLong(stdoutSize);
      out.writeLong(stderrSize);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  static Job decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int version = in.readByte();
      if (version != VERSION && version != FIRST_VERSION) {
        throw new IllegalStateException(
            "a job of version " + version + " in the database; this program knows " + VERSION);
      }
      Bytes32 order = Bytes32.of(in.readNBytes(32));
      int slot = in.readInt();
      int attempt = in.readInt();
      Phase phase = Phase.valueOf(in.readUTF());
      Bytes32 salt = Bytes32.of(in.readNBytes(32));
      SlotResult result = readResult(in);
      Data receipt = Data.of(in.readNBytes(in.readInt()));
      return new Job(
          order,
          slot,
          attempt,
          phase,
          salt,
          result,
          receipt,
          in.readUTF(),
          in.readLong(),
          in.readLong(),
          in.readLong(),
          in.readLong());
    } catch (IOException e) {
      throw new UncheckedIOException("a job in the database is cut short", e);
    }
  }

  private static final int NO_RESULT = 0;
  private static final int SINGLE = 1;
  private static final int TABLE = 2;

  private static void write(DataOutputStream out, @Nullable SlotResult result) throws IOException {
    if (result == null) {
      out.writeByte(NO_RESULT);
    } else if (result.leaf() != null) {
      out.writeByte(SINGLE);
      out.write(result.leaf().bytes());
    } else {
      out.writeByte(TABLE);
      out.writeInt(result.first());
      out.writeInt(result.count());
      out.write(result.root().bytes());
      out.writeLong(result.fuel());
      out.write(result.kept().bytes());
      out.writeLong(result.size());
    }
  }

  private static @Nullable SlotResult readResult(DataInputStream in) throws IOException {
    return switch (in.readByte()) {
      case NO_RESULT -> null;
      case SINGLE -> SlotResult.of(ResultLeaf.parse(in.readNBytes(ResultLeaf.BYTES)));
      case TABLE ->
          new SlotResult(
              in.readInt(),
              in.readInt(),
              Bytes32.of(in.readNBytes(Bytes32.SIZE)),
              in.readLong(),
              BlobId.fromBytes(in.readNBytes(BlobId.SIZE)),
              in.readLong(),
              null);
      default -> throw new IllegalStateException("a job in the database has an unknown result");
    };
  }
}
