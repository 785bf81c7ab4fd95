package hooke.node.spec;

import hooke.chain.Bytes32;
import hooke.chain.contract.PublishedLeaf;
import hooke.chain.contract.SumTree;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// The leaves of a slot of an array, in the order of their indexes, and the tree over them whose
/// root and fuel go on chain.
///
/// @param first index of the first task
public record LeafTable(int first, List<ResultLeaf> leaves) {

  /// @throws IllegalArgumentException if there is none, or their indexes do not follow each other
  public LeafTable {
    leaves = List.copyOf(leaves);
    if (leaves.isEmpty()) {
      throw new IllegalArgumentException("a table has one leaf at least");
    }
    for (int n = 0; n < leaves.size(); n++) {
      if (leaves.get(n).index() != first + n) {
        throw new IllegalArgumentException(
            "leaf %d of the table is of task %d, not %d"
                .formatted(n, leaves.get(n).index(), first + n));
      }
    }
  }

  /// Reads what [#bytes] wrote.
  ///
  /// @throws IllegalArgumentException if the bytes are no table
  public static LeafTable parse(byte[] bytes) {
    if (bytes.length == 0 || bytes.length % ResultLeaf.BYTES != 0) {
      throw new IllegalArgumentException(
          "a table of leaves has a multiple of %d bytes, not %d"
              .formatted(ResultLeaf.BYTES, bytes.length));
    }
    List<ResultLeaf> leaves = new ArrayList<>();
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      byte[] leaf = new byte[ResultLeaf.BYTES];
      buffer.get(leaf);
      leaves.add(ResultLeaf.parse(leaf));
    }
    return new LeafTable(leaves.getFirst().index(), leaves);
  }

  public byte[] bytes() {
    ByteBuffer buffer = ByteBuffer.allocate(leaves.size() * ResultLeaf.BYTES);
    leaves.forEach(leaf -> buffer.put(leaf.bytes()));
    return buffer.array();
  }

  /// The leaf of a task, by its index in the order.
  ///
  /// @throws IndexOutOfBoundsException if it is not here
  public ResultLeaf leaf(int index) {
    return leaves.get(index - first);
  }

  /// Root and fuel of all of them.
  public SumTree.Sum sum() {
    return SumTree.root(sums());
  }

  /// The siblings between a task's leaf and the root.
  public List<SumTree.Sum> path(int index) {
    return SumTree.path(sums(), index - first);
  }

  private List<SumTree.Sum> sums() {
    return leaves.stream().map(leaf -> new SumTree.Sum(leaf.root(), leaf.fuel())).toList();
  }

  /// A leaf as the law takes it.
  public static PublishedLeaf published(ResultLeaf leaf) {
    return new PublishedLeaf(
        leaf.outcome().code(),
        leaf.exitCode(),
        leaf.fuel(),
        leaf.size(),
        Bytes32.of(leaf.archive().bytes()));
  }
}
