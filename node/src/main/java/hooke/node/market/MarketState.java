package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Terms;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.UnaryOperator;

/// The market folded from the law's events: orders, operators, nodes. It knows nothing that is not
/// on chain, so a consumer with a wallet alone can rebuild it, and two machines that saw the same
/// blocks hold equal states.
///
/// One thread applies events; any thread may read. Views are immutable and replaced whole, so a
/// reader sees each order, operator or node as it was after some block. A rollback folds the events
/// that are left again, for which all of them are kept in memory.
public final class MarketState {
  private final Map<Bytes32, OrderView> orders = new ConcurrentHashMap<>();
  private final Map<Integer, OperatorView> operators = new ConcurrentSkipListMap<>();
  private final Map<Integer, NodeView> nodes = new ConcurrentSkipListMap<>();
  private final Map<Address, Integer> nodeOfKey = new ConcurrentHashMap<>();
  private final Map<Address, Integer> operatorOfAccount = new ConcurrentHashMap<>();
  private final List<Applied> history = new ArrayList<>();

  private record Applied(LawEvent event, long time) {}

  /// Undoes every event of blocks after `block`, by forgetting all and folding the rest again.
  public void rollback(long block) {
    history.removeIf(applied -> applied.event().at().block() > block);
    List<Applied> left = List.copyOf(history);
    history.clear();
    clear();
    left.forEach(applied -> apply(applied.event(), applied.time()));
  }

  private void clear() {
    orders.clear();
    operators.clear();
    nodes.clear();
    nodeOfKey.clear();
    operatorOfAccount.clear();
  }

  /// Takes one event in.
  ///
  /// @param time unix seconds of the event's block
  /// @return the order it changed, if it changed one
  public Optional<OrderView> apply(LawEvent event, long time) {
    history.add(new Applied(event, time));
    long block = event.at().block();
    switch (event) {
      case LawEvent.Ordered e -> orders.put(e.order(), opened(e, block, time));
      case LawEvent.OrderClosed e ->
          changeOrder(e.order(), order -> order.closed(e.reason(), e.refund(), block, time));
      case LawEvent.CommitsClosed e ->
          changeOrder(e.order(), order -> order.commitsClosed(time, block));
      case LawEvent.OfSlot e -> changeSlot(e, block, time);
      case LawEvent.OperatorRegistered e -> {
        operators.put(
            e.operatorId(),
            new OperatorView(
                e.operatorId(),
                e.owner(),
                Wei.ZERO,
                Wei.ZERO,
                0,
                Wei.ZERO,
                Wei.ZERO,
                Wei.ZERO,
                block,
                time));
        operatorOfAccount.put(e.owner(), e.operatorId());
      }
      case LawEvent.NodeRegistered e -> {
        nodes.put(e.nodeId(), new NodeView(e.nodeId(), e.operatorId(), e.profile(), true, block));
        nodeOfKey.put(e.profile().key(), e.nodeId());
      }
      case LawEvent.NodeUpdated e ->
          nodes.computeIfPresent(
              e.nodeId(),
              (id, node) ->
                  new NodeView(
                      id, node.operatorId(), e.profile(), node.active(), node.registeredBlock()));
      case LawEvent.NodeRetired e ->
          nodes.computeIfPresent(
              e.nodeId(),
              (id, node) ->
                  new NodeView(
                      id, node.operatorId(), node.profile(), false, node.registeredBlock()));
      case LawEvent.Staked e ->
          changeOperator(
              e.operatorId(),
              o -> o.withStake(o.stake().plus(e.amount()), o.unbonding(), o.unbondAt()));
      case LawEvent.Unbonding e ->
          changeOperator(
              e.operatorId(),
              o ->
                  o.withStake(
                      o.stake().minus(e.amount()), o.unbonding().plus(e.amount()), e.unbondAt()));
      case LawEvent.StakeWithdrawn e ->
          changeOperator(e.operatorId(), o -> o.withStake(o.stake(), Wei.ZERO, 0));
      case LawEvent.Deposited ignored -> {}
      case LawEvent.Withdrawn ignored -> {}
      case LawEvent.Burned ignored -> {}
      case LawEvent.Unreadable ignored -> {}
    }
    return event instanceof LawEvent.OfOrder e
        ? Optional.ofNullable(orders.get(e.order()))
        : Optional.empty();
  }

  private static OrderView opened(LawEvent.Ordered e, long block, long time) {
    List<SlotView> slots = new ArrayList<>();
    for (int slot = 0; slot < e.terms().slots(); slot++) {
      slots.add(SlotView.open(slot, block, time));
    }
    return new OrderView(
        e.order(), e.terms(), block, time, slots, false, 0, null, Wei.ZERO, block, time);
  }

  private void changeSlot(LawEvent.OfSlot event, long block, long time) {
    OrderView order = orders.get(event.order());
    if (order == null || event.slot() >= order.slots().size()) {
      return;
    }
    SlotView before = order.slot(event.slot());
    SlotView after = changed(before, event, block, time);
    orders.put(order.id(), order.with(after));
    accountForBond(order.terms(), before, after, event);
  }

  private static SlotView changed(SlotView slot, LawEvent.OfSlot event, long block, long time) {
    return switch (event) {
      case LawEvent.Assigned e ->
          slot.assigned(e.operatorId(), e.nodeId(), e.price(), e.deadline(), block, time);
      case LawEvent.Delivered e ->
          slot.shown(SlotState.DELIVERED, e.root(), e.fuel(), e.deadline(), block, time);
      case LawEvent.Committed e -> slot.committed(e.commitment(), block, time);
      case LawEvent.Revealed e ->
          slot.shown(SlotState.REVEALED, e.root(), e.fuel(), slot.deadline(), block, time);
      case LawEvent.Settled e ->
          slot.settled(e.paid(), e.held(), e.root(), e.fuel(), e.retainUntil(), block, time);
      case LawEvent.Released ignored -> slot.released(block, time);
      case LawEvent.Receipted ignored -> slot;
      case LawEvent.Voided ignored -> slot.to(SlotState.VOID, block, time);
      case LawEvent.Refused ignored -> slot.to(SlotState.REFUSED, block, time);
      case LawEvent.Missed ignored -> slot.reopened(block, time);
      case LawEvent.SlotClosed ignored -> slot.to(SlotState.CLOSED, block, time);
      case LawEvent.Demanded e ->
          slot.demanded(new SlotView.Demand(e.seed(), e.deadline()), block, time);
      case LawEvent.Answered ignored -> slot.demanded(null, block, time);
      case LawEvent.Forfeited ignored -> slot.to(SlotState.FORFEITED, block, time);
      case LawEvent.Outvoted ignored -> slot.to(SlotState.OUTVOTED, block, time);
      case LawEvent.Unrevealed ignored -> slot.to(SlotState.UNREVEALED, block, time);
    };
  }

  private void accountForBond(Terms terms, SlotView before, SlotView after, LawEvent.OfSlot event) {
    int operatorId = after.operatorId() != 0 ? after.operatorId() : before.operatorId();
    if (operatorId == 0) {
      return;
    }
    Wei bond = terms.cap();
    boolean lost =
        event instanceof LawEvent.Missed
            || after.state() == SlotState.OUTVOTED
            || after.state() == SlotState.UNREVEALED
            || after.state() == SlotState.FORFEITED;
    Wei fee = event instanceof LawEvent.Settled e ? e.paid() : Wei.ZERO;
    changeOperator(
        operatorId,
        o -> {
          Wei bonded = o.bonded();
          if (after.bonded() && !before.bonded()) {
            bonded = bonded.plus(bond);
          } else if (before.bonded() && !after.bonded()) {
            bonded = bonded.minus(bond.min(bonded));
          }
          return o.withWork(
              lost ? o.stake().minus(bond.min(o.stake())) : o.stake(),
              bonded,
              o.keptFees().plus(fee),
              lost ? o.brokenFees().plus(bond) : o.brokenFees());
        });
  }

  private void changeOrder(Bytes32 id, UnaryOperator<OrderView> change) {
    orders.computeIfPresent(id, (key, order) -> change.apply(order));
  }

  private void changeOperator(int id, UnaryOperator<OperatorView> change) {
    operators.computeIfPresent(id, (key, operator) -> change.apply(operator));
  }

  public Optional<OrderView> order(Bytes32 id) {
    return Optional.ofNullable(orders.get(id));
  }

  /// All orders, the newest first; equal blocks by id, so that two readers list them alike.
  public List<OrderView> orders() {
    return orders.values().stream()
        .sorted(Comparator.comparingLong(OrderView::block).reversed().thenComparing(OrderView::id))
        .toList();
  }

  /// Orders in no particular order, without copying: for loops that look at each one.
  public Collection<OrderView> eachOrder() {
    return orders.values();
  }

  public Optional<OperatorView> operator(int id) {
    return Optional.ofNullable(operators.get(id));
  }

  public Optional<OperatorView> operatorOf(Address account) {
    return Optional.ofNullable(operatorOfAccount.get(account)).map(operators::get);
  }

  /// Operators by number.
  public List<OperatorView> operators() {
    return List.copyOf(operators.values());
  }

  public Optional<NodeView> node(int id) {
    return Optional.ofNullable(nodes.get(id));
  }

  public Optional<NodeView> nodeOf(Address key) {
    return Optional.ofNullable(nodeOfKey.get(key)).map(nodes::get);
  }

  /// Nodes by number.
  public List<NodeView> nodes() {
    return List.copyOf(nodes.values());
  }
}
