package hooke.storage;

import java.util.List;

/// One leaf of a blob with the path that proves it: what answers a demand on chain.
///
/// @param blob the blob
/// @param size its size in bytes
/// @param index the leaf's number, from 0
/// @param leaf the leaf's bytes: 1,024 of them, fewer only at the end, none of an empty blob
/// @param path sibling hashes from the leaf up
// Bytes are what a proof is made of; nobody compares proofs.
@SuppressWarnings("ArrayRecordComponent")
public record LeafProof(BlobId blob, long size, long index, byte[] leaf, List<byte[]> path) {
  /// Whether the proof holds, as the law reads it: the leaf is as long as a blob of this size has
  /// it there, and the only leaf of an empty blob is number 0, without bytes and path.
  public boolean holds() {
    long leaves = BlobHasher.leaves(size);
    if (leaves == 0) {
      return index == 0
          && leaf.length == 0
          && path.isEmpty()
          && blob.equals(BlobId.of(new byte[0]));
    }
    long length = Math.min(BlobHasher.LEAF_SIZE, size - index * BlobHasher.LEAF_SIZE);
    return leaf.length == length
        && MerkleTree.verify(MerkleTree.leafHash(leaf), index, leaves, path, blob.bytes());
  }
}
