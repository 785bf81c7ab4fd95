package hooke.node.market;

import hooke.chain.contract.ChallengeState;
import hooke.chain.contract.HookeContract;
import hooke.node.spec.LeafTable;
import hooke.node.spec.ResultLeaf;
import hooke.node.spec.SlotResult;
import hooke.storage.BlobStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers challenges of this node's results, and ends those of anybody's that time or a jury has
/// decided. Owned by the agent's thread.
final class Challenges {
  private static final Logger LOG = LoggerFactory.getLogger(Challenges.class);

  /// Others get this long to end a challenge before this node does, times its rank.
  private static final int PATIENCE_SECONDS = 2;

  private final HookeContract law;
  private final MarketState state;
  private final BlobStore store;
  private final Sends sends;

  Challenges(HookeContract law, MarketState state, BlobStore store, Sends sends) {
    this.law = law;
    this.state = state;
    this.store = store;
    this.sends = sends;
  }

  static List<ChallengeView> of(OrderView order, SlotView slot) {
    return order.challenges().values().stream()
        .filter(challenge -> challenge.slot() == slot.slot())
        .toList();
  }

  static boolean pending(OrderView order, SlotView slot) {
    return of(order, slot).stream().anyMatch(ChallengeView::pending);
  }

  /// Publishes what is asked of this node's slot: who does not loses the bond.
  void answer(OrderView order, SlotView slot, @Nullable SlotResult result, Moment moment) {
    for (ChallengeView challenge : of(order, slot)) {
      if (challenge.state() == ChallengeState.ASKED && moment.time() <= challenge.deadline()) {
        publish(order, slot, result, challenge, moment);
      } else {
        conclude(order, slot, challenge, moment, 0);
      }
    }
  }

  private void publish(
      OrderView order,
      SlotView slot,
      @Nullable SlotResult result,
      ChallengeView challenge,
      Moment moment) {
    if (result == null) {
      LOG.error(
          "task {} of order {} is challenged and its result is not here",
          challenge.index(),
          order.id().prefix(12));
      return;
    }
    try {
      ResultLeaf single = result.leaf();
      LeafTable table = single == null ? table(store, result) : null;
      ResultLeaf leaf = table == null ? single : table.leaf(challenge.index());
      if (leaf == null) {
        throw new IOException("it has no leaf");
      }
      sends.send(
          "publish-" + challenge.index(),
          order,
          slot,
          law.publish(
              order.terms(),
              slot.slot(),
              challenge.index(),
              LeafTable.published(leaf),
              table == null ? List.of() : table.path(challenge.index())),
          moment);
    } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
      LOG.error(
          "the leaf of task {} of order {} cannot be published: {}",
          challenge.index(),
          order.id().prefix(12),
          e.getMessage());
    }
  }

  /// The leaves of an array's slot.
  static LeafTable table(BlobStore store, SlotResult result) throws IOException {
    try (InputStream in =
        store
            .read(result.kept(), 0)
            .orElseThrow(() -> new IOException("the table of its leaves is not here"))) {
      return LeafTable.parse(in.readAllBytes());
    }
  }

  /// Ends what is due of another's slot, when those concerned have not.
  void attend(OrderView order, SlotView slot, Moment moment) {
    List<ChallengeView> all = of(order, slot);
    if (!all.isEmpty()) {
      long turn =
          (long) PATIENCE_SECONDS * (1 + Chores.rank(state, order, moment.me().operatorId()));
      all.forEach(challenge -> conclude(order, slot, challenge, moment, turn));
    }
  }

  private void conclude(
      OrderView order, SlotView slot, ChallengeView challenge, Moment moment, long turn) {
    boolean due =
        switch (challenge.state()) {
          case ASKED -> moment.time() > challenge.deadline() + turn;
          case JUDGING ->
              challenge.jury() != null
                  && state
                      .order(challenge.jury())
                      .filter(jury -> jury.closed() && moment.time() >= jury.changedAt() + turn)
                      .isPresent();
          case NONE, FAILED, UPHELD, VOIDED -> false;
        };
    if (due) {
      // A second jury may follow the first, and is concluded, too.
      String jury = challenge.jury() == null ? "" : "-" + challenge.jury().prefix(8);
      sends.send(
          "conclude-" + challenge.index() + jury,
          order,
          slot,
          law.conclude(order.terms(), slot.slot(), challenge.index()),
          moment);
    }
  }
}
