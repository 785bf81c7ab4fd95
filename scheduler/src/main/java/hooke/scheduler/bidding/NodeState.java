package hooke.scheduler.bidding;

import hooke.scheduler.capacity.CapacityLedger;
import hooke.scheduler.model.NodePolicy;
import java.util.Map;
import java.util.Set;

/// All that a node knows about itself when it decides.
///
/// @param draining no new work is taken
/// @param heldOrders orders of which the operator holds a slot, with any of its nodes: a quorum
///   takes one slot from each operator
/// @param heldExclusive live exclusive keys as the law has them, each with the order that holds it
/// @param storeFree bytes that results can still fill, beside what is kept already
/// @param atRisk what the operator may lose already
public record NodeState(
    NodePolicy policy,
    CapacityLedger ledger,
    OperatorAccount account,
    boolean draining,
    Set<String> heldOrders,
    Map<String, String> heldExclusive,
    long storeFree,
    AtRisk atRisk) {

  public NodeState {
    heldOrders = Set.copyOf(heldOrders);
    heldExclusive = Map.copyOf(heldExclusive);
  }

  /// A node that takes work and holds nothing yet.
  public static NodeState of(NodePolicy policy, CapacityLedger ledger, OperatorAccount account) {
    return new NodeState(
        policy, ledger, account, false, Set.of(), Map.of(), Long.MAX_VALUE, AtRisk.NOTHING);
  }

  /// The same with another ledger.
  public NodeState with(CapacityLedger changed) {
    return new NodeState(
        policy, changed, account, draining, heldOrders, heldExclusive, storeFree, atRisk);
  }
}
