package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import org.jspecify.annotations.Nullable;

/// One mandate as the chain's events tell it: an agent orders for an owner who is away.
///
/// @param root of the tree over the templates
/// @param from first unix second at which the agent may order
/// @param until last such second
/// @param budget what orders may still take
/// @param spent what orders took, less what came back into the budget
/// @param orders how many were ordered under it
/// @param lastOrder the newest of them; null before the first
/// @param ended revoked or over: nothing is locked by it any more
/// @param block block in which it was opened
/// @param createdAt unix seconds of that block
/// @param changedAt unix seconds of the latest change
public record MandateView(
    int number,
    Address owner,
    Address agent,
    Bytes32 root,
    long from,
    long until,
    Wei budget,
    Wei spent,
    int orders,
    @Nullable Bytes32 lastOrder,
    boolean ended,
    long block,
    long createdAt,
    long changedBlock,
    long changedAt) {

  /// Where a mandate is in its life.
  public enum Phase {
    /// The agent may not order yet.
    PENDING,
    /// The agent may order.
    ACTIVE,
    /// Its time is over, and nobody has ended it: the budget is still locked.
    EXPIRED,
    /// Nothing is locked by it any more.
    ENDED
  }

  public Phase phase(long now) {
    if (ended) {
      return Phase.ENDED;
    }
    if (now > until) {
      return Phase.EXPIRED;
    }
    return now < from ? Phase.PENDING : Phase.ACTIVE;
  }

  MandateView funded(Wei amount, long block, long time) {
    return with(budget.plus(amount), spent, orders, lastOrder, ended, block, time);
  }

  MandateView ordered(Bytes32 order, Wei escrow, long block, long time) {
    return with(
        OperatorView.less(budget, escrow),
        spent.plus(escrow),
        orders + 1,
        order,
        ended,
        block,
        time);
  }

  MandateView recovered(Wei amount, long block, long time) {
    return with(
        budget.plus(amount),
        OperatorView.less(spent, amount),
        orders,
        lastOrder,
        ended,
        block,
        time);
  }

  MandateView over(long block, long time) {
    return with(Wei.ZERO, spent, orders, lastOrder, true, block, time);
  }

  private MandateView with(
      Wei budget,
      Wei spent,
      int orders,
      @Nullable Bytes32 lastOrder,
      boolean ended,
      long changedBlock,
      long changedAt) {
    return new MandateView(
        number,
        owner,
        agent,
        root,
        from,
        until,
        budget,
        spent,
        orders,
        lastOrder,
        ended,
        block,
        createdAt,
        changedBlock,
        changedAt);
  }
}
