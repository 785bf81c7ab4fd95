package hooke.chain.contract;

import hooke.chain.Bytes32;
import hooke.chain.Data;
import java.util.List;

/// The answer to a demand: the result leaf whose hash is the result root, and one 1 KiB chunk of
/// the result archive with its Merkle path.
///
/// @param index of the task in the order
/// @param outcome 0 exited, 1 trapped, 2 out of fuel, 3 output limit
/// @param size bytes of the result archive
/// @param chunk the demanded chunk; shorter than 1,024 bytes only when it is the last
/// @param path sibling hashes from the chunk up (RFC 9162)
public record LeafProof(
    int index,
    int outcome,
    int exitCode,
    long size,
    Bytes32 outputRoot,
    Data chunk,
    List<Bytes32> path) {
  public LeafProof {
    path = List.copyOf(path);
  }
}
