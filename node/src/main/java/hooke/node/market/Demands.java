package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.LeafProof;
import hooke.node.spec.ResultLeaf;
import hooke.storage.BlobStore;
import java.io.IOException;
import java.math.BigInteger;
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

  /// @param leaf the result that the slot was paid for
  void answer(
      OrderView order, SlotView slot, ResultLeaf leaf, SlotView.Demand demand, Moment moment) {
    try {
      store
          .prove(leaf.archive(), index(demand.seed(), leaf.size()))
          .ifPresentOrElse(
              proof ->
                  sends.send(
                      "answer",
                      order,
                      slot,
                      law.answer(
                          order.terms(),
                          slot.slot(),
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

  /// Which leaf a seed means: `seed % ceil(size / 1024)`, and the only one of an empty archive.
  static long index(BigInteger seed, long size) {
    long leaves = Math.max(1, (size + LEAF_BYTES - 1) / LEAF_BYTES);
    return seed.mod(BigInteger.valueOf(leaves)).longValueExact();
  }
}
