package hooke.chain.contract;

import hooke.chain.Bytes32;
import hooke.chain.Data;
import java.io.ByteArrayOutputStream;
import java.util.List;

/// What a replica shows to prove that it holds a snapshot's bytes: the snapshot, and the leaves
/// that [Draw] names, each with its way to the data root.
///
/// @param leaves in the order of the draw; none when the volume has none
public record PossessionProof(Snapshot snapshot, List<Leaf> leaves) {
  /// Bytes of each leaf of a volume's data tree; a file's end is filled up with zeros.
  public static final int LEAF_BYTES = 1024;

  public PossessionProof {
    leaves = List.copyOf(leaves);
  }

  /// A leaf of the data tree.
  ///
  /// @param path RFC 9162 inclusion path: the siblings from the leaf up to the root
  public record Leaf(Data data, List<Bytes32> path) {
    public Leaf {
      if (data.size() != LEAF_BYTES) {
        throw new IllegalArgumentException(
            "a volume's leaf has %d bytes, not %d: fill it up with zeros"
                .formatted(LEAF_BYTES, data.size()));
      }
      path = List.copyOf(path);
    }
  }

  /// As [Volumes#prove] takes it. Its length follows from leaf count and draw, so nothing in it is
  /// said twice.
  public Data encoded() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(snapshot.preimage().bytes());
    for (Leaf leaf : leaves) {
      out.writeBytes(leaf.data().bytes());
      leaf.path().forEach(node -> out.writeBytes(node.bytes()));
    }
    return Data.of(out.toByteArray());
  }
}
