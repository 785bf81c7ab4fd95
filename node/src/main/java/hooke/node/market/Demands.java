package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.Data;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.LeafProof;
import hooke.node.spec.LeafTable;
import hooke.node.spec.ResultLeaf;
import hooke.node.spec.SlotResult;
import hooke.storage.BlobStore;
import java.io.IOException;
import java.math.BigInteger;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Shows on chain the piece of a result that its owner demands: who is paid must hand over.
final class Demands {
  private static final Logger LOG = LoggerFactory.getLogger(Demands.class);
  private static final long LEAF_BYTES = 1_024;

  private final HookeContract law;
  private final BlobStore store;
  private final Sends sends;

  Demands(HookeContract law, BlobStore store, Sends sends) {
    this.law = law;
    this.store = store;
    this.sends = sends;
  }

  /// @param result what the slot was paid for
  void answer(
      OrderView order, SlotView slot, SlotResult result, SlotView.Demand demand, Moment moment) {
    try {
      LeafTable table = result.leaf() == null ? Challenges.table(store, result) : null;
      ResultLeaf leaf =
          table == null
              ? Objects.requireNonNull(result.leaf())
              : table.leaf(task(demand.seed(), result));
      store
          .prove(leaf.archive(), index(demand.seed(), leaf.size()))
          .ifPresentOrElse(
              proof ->
                  sends.send(
                      "answer",
                      order,
                      slot,
                      answer(
                          order,
                          slot,
                          leaf,
                          table,
                          new LeafProof(
                              leaf.index(),
                              leaf.outcome().code(),
                              leaf.exitCode(),
                              leaf.size(),
                              Bytes32.of(leaf.archive().bytes()),
                              Data.of(proof.leaf()),
                              proof.path().stream().map(Bytes32::of).toList())),
                      moment),
              () ->
                  LOG.error(
                      "a piece of order {}'s result is demanded and the result is not here",
                      order.id().prefix(12)));
    } catch (IOException e) {
      LOG.error("the demanded leaf of order {} cannot be read", order.id().prefix(12), e);
    }
  }

  private Call answer(
      OrderView order, SlotView slot, ResultLeaf leaf, @Nullable LeafTable table, LeafProof proof) {
    return table == null || table.leaves().size() == 1
        ? law.answer(order.terms(), slot.slot(), proof)
        : law.answerWithin(
            order.terms(), slot.slot(), proof, leaf.fuel(), table.path(leaf.index()));
  }

  /// Which of a slot's tasks a seed means: the one at `(seed >> 96) % count`.
  static int task(BigInteger seed, SlotResult result) {
    return result.first()
        + seed.shiftRight(96).mod(BigInteger.valueOf(result.count())).intValueExact();
  }

  /// Which leaf a seed means: `seed % ceil(size / 1024)`, and the only one of an empty archive.
  static long index(BigInteger seed, long size) {
    long leaves = Math.max(1, (size + LEAF_BYTES - 1) / LEAF_BYTES);
    return seed.mod(BigInteger.valueOf(leaves)).longValueExact();
  }
}
