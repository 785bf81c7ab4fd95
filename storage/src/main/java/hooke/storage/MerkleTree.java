package hooke.storage;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The Merkle tree of RFC 9162 (section 2.1) with SHA-256: leaf `SHA256(00 || data)`, inner node
/// `SHA256(01 || left || right)`, a tree of n leaves split at the largest power of two below n.
///
/// SHA-256 because the EVM has it as a precompile and the CPU as an instruction. The two prefixes
/// keep a leaf from passing for an inner node. The tree of nothing is SHA-256 of nothing.
///
/// A subtree of 2^k aligned leaves is a leaf of the tree above it: the tree over the roots of all
/// such subtrees (the last one possibly shorter) has the same root. [BlobStore] relies on it: it
/// keeps one root per chunk of 64 leaves.
public final class MerkleTree {
  private static final ThreadLocal<MessageDigest> SHA256 =
      ThreadLocal.withInitial(MerkleTree::newDigest);

  private final List<Subtree> stack = new ArrayList<>();
  private long leaves;

  /// A tree without leaves, to be grown from left to right. One thread at a time.
  public MerkleTree() {}

  // Never compared or shown: the bytes are only read.
  @SuppressWarnings("ArrayRecordComponent")
  private record Subtree(int height, byte[] hash) {}

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("Every Java platform has SHA-256", e);
    }
  }

  /// Hash of a leaf's data.
  public static byte[] leafHash(byte[] data) {
    return leafHash(data, 0, data.length);
  }

  static byte[] leafHash(byte[] data, int offset, int length) {
    MessageDigest sha = SHA256.get();
    sha.update((byte) 0);
    sha.update(data, offset, length);
    return sha.digest();
  }

  /// Hash of an inner node from its children's.
  public static byte[] nodeHash(byte[] left, byte[] right) {
    MessageDigest sha = SHA256.get();
    sha.update((byte) 1);
    sha.update(left);
    sha.update(right);
    return sha.digest();
  }

  /// Adds a leaf, given by its hash, at the right end.
  public void add(byte[] leafHash) {
    leaves++;
    Subtree grown = new Subtree(0, leafHash);
    while (!stack.isEmpty() && stack.getLast().height == grown.height) {
      grown = new Subtree(grown.height + 1, nodeHash(stack.removeLast().hash, grown.hash));
    }
    stack.addLast(grown);
  }

  /// Number of leaves so far.
  public long leaves() {
    return leaves;
  }

  /// Root over the leaves so far. The tree may grow on afterwards.
  public byte[] root() {
    if (stack.isEmpty()) {
      return SHA256.get().digest();
    }
    byte[] root = stack.getLast().hash;
    for (int i = stack.size() - 2; i >= 0; i--) {
      root = nodeHash(stack.get(i).hash, root);
    }
    return root;
  }

  /// Root over these leaf hashes.
  public static byte[] root(List<byte[]> leafHashes) {
    MerkleTree tree = new MerkleTree();
    leafHashes.forEach(tree::add);
    return tree.root();
  }

  /// Audit path of one leaf (RFC 9162, 2.1.3.1): the sibling hashes from the leaf up to the root.
  ///
  /// @throws IndexOutOfBoundsException when there is no such leaf
  public static List<byte[]> path(List<byte[]> leafHashes, int index) {
    if (index < 0 || index >= leafHashes.size()) {
      throw new IndexOutOfBoundsException("leaf " + index + " of " + leafHashes.size());
    }
    List<byte[]> path = new ArrayList<>();
    int from = 0;
    int to = leafHashes.size();
    while (to - from > 1) {
      int split = from + Integer.highestOneBit(to - from - 1);
      if (index < split) {
        path.add(root(leafHashes.subList(split, to)));
        to = split;
      } else {
        path.add(root(leafHashes.subList(from, split)));
        from = split;
      }
    }
    return path.reversed();
  }

  /// Whether a path leads from a leaf at this index of this many leaves to this root (RFC 9162,
  /// 2.1.3.2).
  public static boolean verify(
      byte[] leafHash, long index, long leaves, List<byte[]> path, byte[] root) {
    if (index < 0 || index >= leaves) {
      return false;
    }
    long fn = index;
    long sn = leaves - 1;
    byte[] hash = leafHash;
    for (byte[] sibling : path) {
      if (sn == 0) {
        return false;
      }
      if ((fn & 1) == 1 || fn == sn) {
        hash = nodeHash(sibling, hash);
        while ((fn & 1) == 0 && fn != 0) {
          fn >>= 1;
          sn >>= 1;
        }
      } else {
        hash = nodeHash(hash, sibling);
      }
      fn >>= 1;
      sn >>= 1;
    }
    return sn == 0 && Arrays.equals(hash, root);
  }
}
