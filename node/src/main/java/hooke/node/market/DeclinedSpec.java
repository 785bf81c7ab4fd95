package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Optional;

/// A spec that gave no result here, so that no order of it is bid for.
///
/// @param order whose slot it was, the latest
/// @param consumer who ordered that
/// @param why in words, at most [#MAX_WHY] characters
/// @param at when
/// @param until from when on it may be tried again, where the cause lay in this machine; empty for
///   never, unless the operator clears it
public record DeclinedSpec(
    Bytes32 spec,
    Bytes32 order,
    int slot,
    Address consumer,
    String why,
    Instant at,
    Optional<Instant> until) {
  static final int MAX_WHY = 500;

  private static final int VERSION = 1;
  private static final long NEVER = 0;

  public DeclinedSpec {
    why = why.length() > MAX_WHY ? why.substring(0, MAX_WHY) : why;
  }

  boolean holds(Instant now) {
    return until.isEmpty() || now.isBefore(until.get());
  }

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.write(spec.bytes());
      out.write(order.bytes());
      out.writeInt(slot);
      out.write(consumer.bytes());
      out.writeUTF(why);
      out.writeLong(at.toEpochMilli());
      out.writeLong(until.map(Instant::toEpochMilli).orElse(NEVER));
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  static DeclinedSpec decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int version = in.readByte();
      if (version != VERSION) {
        throw new IllegalStateException(
            "a declined spec of version %d in the database; this program knows %d"
                .formatted(version, VERSION));
      }
      return new DeclinedSpec(
          Bytes32.of(in.readNBytes(Bytes32.SIZE)),
          Bytes32.of(in.readNBytes(Bytes32.SIZE)),
          in.readInt(),
          Address.of(in.readNBytes(Address.SIZE)),
          in.readUTF(),
          Instant.ofEpochMilli(in.readLong()),
          Optional.of(in.readLong()).filter(until -> until != NEVER).map(Instant::ofEpochMilli));
    } catch (IOException e) {
      throw new UncheckedIOException("a declined spec in the database is cut short", e);
    }
  }
}
