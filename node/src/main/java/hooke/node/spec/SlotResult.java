package hooke.node.spec;

import hooke.chain.Bytes32;
import hooke.chain.contract.SumTree;
import hooke.storage.BlobId;
import org.jspecify.annotations.Nullable;

/// What a slot's run gave: root and fuel go on chain, and the rest can be found from what is kept.
///
/// @param first index of its first task in the order
/// @param count tasks that there are results of; the first ones of the slot
/// @param root of the tree over their leaves
/// @param fuel of all of them
/// @param kept the result archive of a single task; the [LeafTable] of an array's slot
/// @param size bytes of that
/// @param leaf the single task's; null for an array's slot
public record SlotResult(
    int first,
    int count,
    Bytes32 root,
    long fuel,
    BlobId kept,
    long size,
    @Nullable ResultLeaf leaf) {

  /// The result of an order of one task.
  public static SlotResult of(ResultLeaf leaf) {
    return new SlotResult(
        leaf.index(), 1, leaf.root(), leaf.fuel(), leaf.archive(), leaf.size(), leaf);
  }

  /// The result of a slot of an array.
  ///
  /// @param kept the table's bytes in the store
  public static SlotResult of(LeafTable table, BlobId kept) {
    SumTree.Sum sum = table.sum();
    return new SlotResult(
        table.first(),
        table.leaves().size(),
        sum.hash(),
        sum.fuel(),
        kept,
        (long) table.leaves().size() * ResultLeaf.BYTES,
        null);
  }
}
