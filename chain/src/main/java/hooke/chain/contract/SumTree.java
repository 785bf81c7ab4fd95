package hooke.chain.contract;

import hooke.chain.Bytes32;
import hooke.chain.Sha256;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// The Merkle-sum tree over the results of a slot's tasks, as the law reads it: RFC 9162's tree
/// (section 2.1) with SHA-256, whose inner nodes `SHA256(01 || left || left's fuel || right ||
/// right's fuel)` hash both sums, too. So a root fixes the fuel of all tasks together. One task's
/// tree is its leaf. `contracts/vectors/sum-tree.json` holds both languages to it.
public final class SumTree {
  private static final int NODE_BYTES = 1 + 2 * (Bytes32.SIZE + Long.BYTES);

  private SumTree() {}

  /// A subtree: its hash, and the fuel of all leaves below it. As part of a path: a sibling.
  ///
  /// @param fuel an unsigned 64-bit number, as everywhere here
  public record Sum(Bytes32 hash, long fuel) {}

  /// Hash of a task's leaf.
  ///
  /// @param index of the task in the order
  public static Bytes32 leafHash(int index, PublishedLeaf leaf) {
    ByteBuffer bytes = ByteBuffer.allocate(1 + 4 + 1 + 4 + 8 + 8 + Bytes32.SIZE);
    bytes.put((byte) 0).putInt(index).put((byte) leaf.outcome()).putInt(leaf.exitCode());
    bytes.putLong(leaf.fuel()).putLong(leaf.size()).put(leaf.outputRoot().bytes());
    return Sha256.hash(bytes.array());
  }

  /// Root and fuel over these leaves.
  ///
  /// @throws IllegalArgumentException when there are none
  /// @throws ArithmeticException when their fuel does not fit 64 bits
  public static Sum root(List<Sum> leaves) {
    if (leaves.isEmpty()) {
      throw new IllegalArgumentException("a tree without leaves has no root");
    }
    if (leaves.size() == 1) {
      return leaves.getFirst();
    }
    int split = split(leaves.size());
    return parent(root(leaves.subList(0, split)), root(leaves.subList(split, leaves.size())));
  }

  /// The siblings on the way from the leaf at this position up to the root.
  ///
  /// @throws IndexOutOfBoundsException when there is no such leaf
  public static List<Sum> path(List<Sum> leaves, int position) {
    if (position < 0 || position >= leaves.size()) {
      throw new IndexOutOfBoundsException("leaf " + position + " of " + leaves.size());
    }
    List<Sum> path = new ArrayList<>();
    int from = 0;
    int to = leaves.size();
    while (to - from > 1) {
      int split = from + split(to - from);
      if (position < split) {
        path.add(root(leaves.subList(split, to)));
        to = split;
      } else {
        path.add(root(leaves.subList(from, split)));
        from = split;
      }
    }
    return path.reversed();
  }

  /// Whether the leaf is number `position` of the tree of `count` leaves with this root and fuel.
  public static boolean holds(Sum leaf, long position, long count, List<Sum> path, Sum root) {
    if (position < 0 || position >= count) {
      return false;
    }
    long last = count - 1;
    Sum sum = leaf;
    for (Sum sibling : path) {
      if (last == 0 || Long.compareUnsigned(sum.fuel() + sibling.fuel(), sum.fuel()) < 0) {
        return false;
      }
      if ((position & 1) == 1 || position == last) {
        sum = parent(sibling, sum);
        while ((position & 1) == 0 && position != 0) {
          position >>= 1;
          last >>= 1;
        }
      } else {
        sum = parent(sum, sibling);
      }
      position >>= 1;
      last >>= 1;
    }
    return last == 0 && sum.equals(root);
  }

  private static int split(int leaves) {
    return Integer.highestOneBit(leaves - 1);
  }

  private static Sum parent(Sum left, Sum right) {
    long fuel = left.fuel() + right.fuel();
    if (Long.compareUnsigned(fuel, left.fuel()) < 0) {
      throw new ArithmeticException("the fuel of all tasks does not fit 64 bits");
    }
    ByteBuffer bytes = ByteBuffer.allocate(NODE_BYTES);
    bytes.put((byte) 1).put(left.hash().bytes()).putLong(left.fuel());
    bytes.put(right.hash().bytes()).putLong(right.fuel());
    return new Sum(Sha256.hash(bytes.array()), fuel);
  }
}
