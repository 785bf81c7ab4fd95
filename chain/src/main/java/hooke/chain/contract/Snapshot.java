package hooke.chain.contract;

import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.Sha256;
import java.nio.ByteBuffer;

/// A frozen state of a volume, as its commit names it: `SHA256(10 || version u8 || volume || raft
/// epoch u64 || raft index u64 || leaf count u64 || data root || meta root || previous commit ||
/// time u64)`, big endian. An anchor puts the commit on chain; the members below stay with the
/// replicas until one proves possession. `contracts/vectors/rfc9162.json` holds both languages to
/// it.
///
/// @param version of the format, 0 to 255
/// @param raftEpoch unsigned 64 bits, as is `raftIndex`: the last log entry that is in it
/// @param time unix second at which it was frozen
/// @param dataRoot RFC 9162 tree hash over the volume's leaves of [PossessionProof#LEAF_BYTES]
/// @param metaRoot over names, inodes and chunks; the law never looks into it
/// @param previous commit of the anchor before; zero for the first
public record Snapshot(
    int version,
    long raftEpoch,
    long raftIndex,
    long time,
    Bytes32 dataRoot,
    Bytes32 metaRoot,
    Bytes32 previous) {
  /// Bytes of [#preimage()].
  public static final int PREIMAGE_BYTES = 1 + 3 * Long.BYTES + 3 * Bytes32.SIZE;

  public Snapshot {
    if (version < 0 || version > 0xff) {
      throw new IllegalArgumentException(
          "a snapshot's version has one byte: 0 to 255, not " + version);
    }
  }

  /// The commit of this snapshot of `volume`, whose data tree has `leafCount` leaves.
  public Bytes32 commit(Bytes32 volume, long leafCount) {
    ByteBuffer bytes =
        ByteBuffer.allocate(1 + PREIMAGE_BYTES + Bytes32.SIZE + Long.BYTES)
            .put((byte) 0x10)
            .put((byte) version)
            .put(volume.bytes())
            .putLong(raftEpoch)
            .putLong(raftIndex)
            .putLong(leafCount)
            .put(dataRoot.bytes())
            .put(metaRoot.bytes())
            .put(previous.bytes())
            .putLong(time);
    return Sha256.hash(bytes.array());
  }

  /// What a proof of possession begins with: all that the commit says besides the volume and the
  /// leaf count, which the law has.
  public Data preimage() {
    ByteBuffer bytes =
        ByteBuffer.allocate(PREIMAGE_BYTES)
            .put((byte) version)
            .putLong(raftEpoch)
            .putLong(raftIndex)
            .putLong(time)
            .put(dataRoot.bytes())
            .put(metaRoot.bytes())
            .put(previous.bytes());
    return Data.of(bytes.array());
  }
}
