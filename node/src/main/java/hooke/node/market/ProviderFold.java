package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Wei;
import hooke.chain.contract.LawEvent;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.UnaryOperator;

/// Operators and nodes. What work does to an operator's stake, bonds and counters the folds of
/// orders and leases say by [#change].
final class ProviderFold {
  private final UndoLog undo;
  private final Map<Integer, OperatorView> operators = new ConcurrentSkipListMap<>();
  private final Map<Integer, NodeView> nodes = new ConcurrentSkipListMap<>();
  private final Map<Address, Integer> nodeOfKey = new ConcurrentHashMap<>();
  private final Map<Address, Integer> operatorOfAccount = new ConcurrentHashMap<>();

  ProviderFold(UndoLog undo) {
    this.undo = undo;
  }

  void apply(LawEvent.OfProvider event, long time) {
    long block = event.at().block();
    switch (event) {
      case LawEvent.OperatorRegistered e -> {
        undo.put(
            operators,
            e.operatorId(),
            OperatorView.registered(e.operatorId(), e.owner(), block, time));
        undo.put(operatorOfAccount, e.owner(), e.operatorId());
      }
      case LawEvent.NodeRegistered e -> {
        undo.put(
            nodes, e.nodeId(), new NodeView(e.nodeId(), e.operatorId(), e.profile(), true, block));
        undo.put(nodeOfKey, e.profile().key(), e.nodeId());
      }
      case LawEvent.NodeUpdated e ->
          changeNode(
              e.nodeId(),
              node ->
                  new NodeView(
                      node.id(),
                      node.operatorId(),
                      e.profile(),
                      node.active(),
                      node.registeredBlock()));
      case LawEvent.NodeRetired e ->
          changeNode(
              e.nodeId(),
              node ->
                  new NodeView(
                      node.id(), node.operatorId(), node.profile(), false, node.registeredBlock()));
      case LawEvent.Staked e ->
          change(
              e.operatorId(),
              o -> o.withStake(o.stake().plus(e.amount()), o.unbonding(), o.unbondAt()));
      case LawEvent.Unbonding e ->
          change(
              e.operatorId(),
              o ->
                  o.withStake(
                      o.stake().minus(e.amount()), o.unbonding().plus(e.amount()), e.unbondAt()));
      case LawEvent.StakeWithdrawn e ->
          change(e.operatorId(), o -> o.withStake(o.stake(), Wei.ZERO, 0));
    }
  }

  private void changeNode(int id, UnaryOperator<NodeView> change) {
    NodeView node = nodes.get(id);
    if (node != null) {
      undo.put(nodes, id, change.apply(node));
    }
  }

  /// Replaces an operator's view; nothing happens when there is none of that number.
  void change(int id, UnaryOperator<OperatorView> change) {
    OperatorView operator = operators.get(id);
    if (operator != null) {
      undo.put(operators, id, change.apply(operator));
    }
  }

  Optional<OperatorView> operator(int id) {
    return Optional.ofNullable(operators.get(id));
  }

  Optional<OperatorView> operatorOf(Address account) {
    return Optional.ofNullable(operatorOfAccount.get(account)).map(operators::get);
  }

  List<OperatorView> operators() {
    return List.copyOf(operators.values());
  }

  Optional<NodeView> node(int id) {
    return Optional.ofNullable(nodes.get(id));
  }

  Optional<NodeView> nodeOf(Address key) {
    return Optional.ofNullable(nodeOfKey.get(key)).map(nodes::get);
  }

  List<NodeView> nodes() {
    return List.copyOf(nodes.values());
  }
}
