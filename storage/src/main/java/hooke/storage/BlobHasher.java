package hooke.storage;

import java.util.ArrayList;
import java.util.List;

/// Computes a [BlobId] from bytes that come piece by piece, in constant memory but for 32 bytes a
/// chunk.
///
/// One thread at a time.
public final class BlobHasher {
  /// Bytes of a leaf.
  public static final int LEAF_SIZE = 1024;

  /// Bytes of a chunk, the unit of storage: 64 leaves.
  public static final int CHUNK_SIZE = 64 * LEAF_SIZE;

  private final byte[] buffer = new byte[CHUNK_SIZE];
  private final MerkleTree tree = new MerkleTree();
  private final List<byte[]> chunkRoots = new ArrayList<>();
  private int buffered;
  private long size;

  /// A hasher that has seen nothing.
  public BlobHasher() {}

  /// Takes in the next bytes.
  public void update(byte[] bytes, int offset, int length) {
    int from = offset;
    int left = length;
    while (left > 0) {
      int n = Math.min(left, CHUNK_SIZE - buffered);
      System.arraycopy(bytes, from, buffer, buffered, n);
      buffered += n;
      from += n;
      left -= n;
      if (buffered == CHUNK_SIZE) {
        endChunk();
      }
    }
    size += length;
  }

  /// Bytes taken in so far.
  public long size() {
    return size;
  }

  /// The id of everything taken in. Ends the hasher's use.
  public BlobId finish() {
    if (buffered > 0) {
      endChunk();
    }
    return BlobId.fromBytes(tree.root());
  }

  /// Roots of the chunks, complete after [#finish()].
  List<byte[]> chunkRoots() {
    return chunkRoots;
  }

  private void endChunk() {
    byte[] root = MerkleTree.root(leafHashes(buffer, buffered));
    chunkRoots.add(root);
    tree.add(root);
    buffered = 0;
  }

  /// Number of leaves of a blob of this size.
  public static long leaves(long size) {
    return (size + LEAF_SIZE - 1) / LEAF_SIZE;
  }

  static List<byte[]> leafHashes(byte[] chunk, int length) {
    List<byte[]> hashes = new ArrayList<>();
    for (int at = 0; at < length; at += LEAF_SIZE) {
      hashes.add(MerkleTree.leafHash(chunk, at, Math.min(LEAF_SIZE, length - at)));
    }
    return hashes;
  }
}
