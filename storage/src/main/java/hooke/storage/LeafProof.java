package hooke.storage;

import java.util.List;

/// One leaf of a blob with the path that proves it: what answers a demand on chain.
///
/// @param blob the blob
/// @param size its size in bytes
/// @param index the leaf's number, from 0
/// @param leaf the leaf's bytes: 1,024 of them, fewer only at the end
/// @param path sibling hashes from the leaf up
// Bytes are what a proof is made of; nobody compares proofs.
@SuppressWarnings("ArrayRecordComponent")
public record LeafProof(BlobId blob, long size, long index, byte[] leaf, List<byte[]> path) {
  /// Whether the proof holds.
  public boolean holds() {
    return MerkleTree.verify(
        MerkleTree.leafHash(leaf), index, BlobHasher.leaves(size), path, blob.bytes());
  }
}
