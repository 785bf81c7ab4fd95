package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.ChallengeState;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Terms;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The market folded from the law's events: orders, operators, nodes. It knows nothing that is not
/// on chain, so a consumer with a wallet alone can rebuild it, and two machines that saw the same
/// blocks hold equal states.
///
/// One thread applies events; any thread may read. Views are immutable and replaced whole, so a
/// reader sees each order, operator or node as it was after some block. A rollback puts the views
/// back that were replaced; those of the newest [#UNDO_BLOCKS] blocks are kept for that.
public final class MarketState {
  /// Most blocks that a rollback may take back; several times the depth at which Ethereum is final.
  public static final int UNDO_BLOCKS = 512;

  private final Map<Bytes32, OrderView> orders = new ConcurrentHashMap<>();
  private final Map<Integer, OperatorView> operators = new ConcurrentSkipListMap<>();
  private final Map<Integer, NodeView> nodes = new ConcurrentSkipListMap<>();
  private final Map<Address, Integer> nodeOfKey = new ConcurrentHashMap<>();
  private final Map<Address, Integer> operatorOfAccount = new ConcurrentHashMap<>();

  /// By the order of a jury: the order that it judges.
  private final Map<Bytes32, Bytes32> judged = new ConcurrentHashMap<>();

  /// Orders that are not closed.
  private final Map<Bytes32, OrderView> live = new ConcurrentHashMap<>();

  private final ConcurrentSkipListMap<Age, OrderView> byAge = new ConcurrentSkipListMap<>();
  private final ConcurrentSkipListMap<Long, Bytes32> byChange = new ConcurrentSkipListMap<>();
  private final Map<Bytes32, Long> latestChange = new HashMap<>();
  private final ArrayDeque<Undo> undos = new ArrayDeque<>();
  private volatile long changes;
  private long applying;
  private long forgotten = -1;

  /// Sorts the newest first, orders of one block by id.
  private record Age(long block, Bytes32 id) implements Comparable<Age> {
    @Override
    public int compareTo(Age other) {
      int newer = Long.compare(other.block, block);
      return newer != 0 ? newer : id.compareTo(other.id);
    }
  }

  /// Takes back one step of an event in `block`.
  private record Undo(long block, Runnable step) {}

  /// Orders that changed.
  ///
  /// @param upTo to ask with the next time
  public record Changes(long upTo, List<OrderView> orders) {}

  /// Undoes every event of blocks after `block`.
  ///
  /// @return false, and nothing is changed, if that reaches deeper than [#UNDO_BLOCKS]: then the
  ///   market must be folded anew from the chain's events
  public boolean rollback(long block) {
    if (block < forgotten) {
      return false;
    }
    while (!undos.isEmpty() && undos.getLast().block() > block) {
      undos.removeLast().step().run();
    }
    return true;
  }

  private void onUndo(Runnable step) {
    undos.addLast(new Undo(applying, step));
    while (undos.getFirst().block() < applying - UNDO_BLOCKS) {
      forgotten = undos.removeFirst().block();
    }
  }

  private <K, V> void put(Map<K, V> map, K key, V value) {
    V before = map.put(key, value);
    onUndo(() -> restore(map, key, before));
  }

  private static <K, V> void restore(Map<K, V> map, K key, @Nullable V before) {
    if (before == null) {
      map.remove(key);
    } else {
      map.put(key, before);
    }
  }

  private void putOrder(OrderView order) {
    OrderView before = orders.get(order.id());
    show(order);
    onUndo(() -> {
      byAge.remove(new Age(order.block(), order.id()));
      if (before == null) {
        hide(order.id());
      } else {
        show(before);
      }
    });
  }

  private void show(OrderView order) {
    orders.put(order.id(), order);
    byAge.put(new Age(order.block(), order.id()), order);
    if (order.closed()) {
      live.remove(order.id());
    } else {
      live.put(order.id(), order);
    }
    long change = changes + 1;
    byChange.put(change, order.id());
    Long earlier = latestChange.put(order.id(), change);
    if (earlier != null) {
      byChange.remove(earlier);
    }
    changes = change;
  }

  private void hide(Bytes32 id) {
    orders.remove(id);
    live.remove(id);
    Long change = latestChange.remove(id);
    if (change != null) {
      byChange.remove(change);
    }
  }

  /// Takes one event in.
  ///
  /// @param time unix seconds of the event's block
  /// @return the order it changed, if it changed one
  public Optional<OrderView> apply(LawEvent event, long time) {
    long block = event.at().block();
    applying = block;
    switch (event) {
      case LawEvent.Ordered e -> putOrder(opened(e, block, time));
      case LawEvent.OrderClosed e ->
          changeOrder(e.order(), order -> order.closed(e.reason(), e.refund(), block, time));
      case LawEvent.CommitsClosed e ->
          changeOrder(e.order(), order -> order.commitsClosed(time, block));
      case LawEvent.OfSlot e -> changeSlot(e, block, time);
      case LawEvent.OperatorRegistered e -> {
        put(
            operators,
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
        put(operatorOfAccount, e.owner(), e.operatorId());
      }
      case LawEvent.NodeRegistered e -> {
        put(nodes, e.nodeId(), new NodeView(e.nodeId(), e.operatorId(), e.profile(), true, block));
        put(nodeOfKey, e.profile().key(), e.nodeId());
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
      case LawEvent.OfLease ignored -> {}
      case LawEvent.TabOpened ignored -> {}
      case LawEvent.VoucherRedeemed ignored -> {}
      case LawEvent.TabClosing ignored -> {}
      case LawEvent.TabClosed ignored -> {}
      case LawEvent.OfMandate ignored -> {}
      case LawEvent.SpecBound ignored -> {}
      case LawEvent.Unreadable ignored -> {}
    }
    return event instanceof LawEvent.OfOrder e
        ? Optional.ofNullable(orders.get(e.order()))
        : Optional.empty();
  }

  private static OrderView opened(LawEvent.Ordered e, long block, long time) {
    List<SlotView> slots = new ArrayList<>();
    for (int slot = 0; slot < e.terms().slots(); slot++) {
      slots.add(SlotView.open(slot, e.terms().firstOf(slot), e.terms().countOf(slot), block, time));
    }
    return new OrderView(
        e.order(), e.terms(), block, time, slots, false, 0, null, Wei.ZERO, Map.of(), block, time);
  }

  private void changeSlot(LawEvent.OfSlot event, long block, long time) {
    OrderView order = orders.get(event.order());
    if (order == null || event.slot() >= order.slots().size()) {
      return;
    }
    SlotView before = order.slot(event.slot());
    if (event instanceof LawEvent.Parted part) {
      parted(order, before, part, block, time);
      return;
    }
    if (event instanceof LawEvent.OfChallenge challenge) {
      challenged(order, challenge, block, time);
      return;
    }
    SlotView after = changed(before, event, block, time);
    putOrder(order.with(after));
    accountForBond(order.terms(), before, after, event);
  }

  /// A delivery in part: the rest is a slot of its own, and its part of the bond is lost.
  private void parted(OrderView order, SlotView slot, LawEvent.Parted part, long block, long time) {
    int rest = slot.count() - part.count();
    OrderView kept = order.with(slot.parted(part.count(), block, time));
    putOrder(
        part.rest() == order.slots().size()
            ? kept.plus(SlotView.open(part.rest(), part.first(), rest, block, time))
            : kept);
    changeOperator(
        slot.operatorId(),
        o ->
            o.withWork(
                o.stake().minus(part.bond().min(o.stake())),
                o.bonded().minus(part.bond().min(o.bonded())),
                o.keptFees(),
                o.brokenFees().plus(part.bond())));
  }

  private void challenged(OrderView order, LawEvent.OfChallenge event, long block, long time) {
    if (event instanceof LawEvent.Challenged asked) {
      putOrder(
          order.with(
              new ChallengeView(
                  asked.index(),
                  asked.slot(),
                  asked.challenger(),
                  ChallengeState.ASKED,
                  asked.deadline(),
                  null),
              block,
              time));
      return;
    }
    ChallengeView before = order.challenges().get(event.index());
    if (before == null) {
      return;
    }
    ChallengeView after =
        switch (event) {
          case LawEvent.Challenged ignored -> before;
          case LawEvent.Published ignored -> before.to(ChallengeState.JUDGING);
          case LawEvent.JuryCalled called -> before.judgedBy(called.jury());
          case LawEvent.ChallengeFailed ignored -> before.to(ChallengeState.FAILED);
          case LawEvent.ChallengeUpheld ignored -> before.to(ChallengeState.UPHELD);
          case LawEvent.ChallengeVoided ignored -> before.to(ChallengeState.VOIDED);
        };
    if (event instanceof LawEvent.JuryCalled called) {
      put(judged, called.jury(), order.id());
    }
    putOrder(order.with(after, block, time));
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
      case LawEvent.Disproved ignored -> slot.to(SlotState.DISPROVED, block, time);
      case LawEvent.Parted ignored -> slot; // handled by parted
      case LawEvent.OfChallenge ignored -> slot;
    };
  }

  private void accountForBond(Terms terms, SlotView before, SlotView after, LawEvent.OfSlot event) {
    int operatorId = after.operatorId() != 0 ? after.operatorId() : before.operatorId();
    if (operatorId == 0) {
      return;
    }
    Wei bond = terms.bond(after.count());
    boolean lost =
        event instanceof LawEvent.Missed
            || after.state() == SlotState.OUTVOTED
            || after.state() == SlotState.UNREVEALED
            || after.state() == SlotState.FORFEITED
            || after.state() == SlotState.DISPROVED;
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
    OrderView order = orders.get(id);
    if (order != null) {
      putOrder(change.apply(order));
    }
  }

  private void changeNode(int id, UnaryOperator<NodeView> change) {
    NodeView node = nodes.get(id);
    if (node != null) {
      put(nodes, id, change.apply(node));
    }
  }

  private void changeOperator(int id, UnaryOperator<OperatorView> change) {
    OperatorView operator = operators.get(id);
    if (operator != null) {
      put(operators, id, change.apply(operator));
    }
  }

  public Optional<OrderView> order(Bytes32 id) {
    return Optional.ofNullable(orders.get(id));
  }

  /// The order that a jury's order judges.
  public Optional<OrderView> judgedBy(Bytes32 jury) {
    return Optional.ofNullable(judged.get(jury)).flatMap(this::order);
  }

  /// All orders, the newest first; equal blocks by id, so that two readers list them alike.
  public List<OrderView> orders() {
    return List.copyOf(byAge.values());
  }

  /// Orders as [#orders] lists them, from behind the one with this block and id on; read as far as
  /// wanted, without copying the rest.
  public Stream<OrderView> ordersBehind(long block, Bytes32 id) {
    return byAge.tailMap(new Age(block, id), false).values().stream();
  }

  /// [#orders], read as far as wanted.
  public Stream<OrderView> newestOrders() {
    return byAge.values().stream();
  }

  /// Orders that are not closed, in no particular order and without copying.
  public Collection<OrderView> liveOrders() {
    return live.values();
  }

  /// Number of the latest change of an order; grows with each.
  public long changes() {
    return changes;
  }

  /// Orders that changed after the change numbered `seen`, each once and as it is now.
  public Changes changedAfter(long seen) {
    List<OrderView> changed = new ArrayList<>();
    long upTo = seen;
    for (Map.Entry<Long, Bytes32> each : byChange.tailMap(seen, false).entrySet()) {
      upTo = each.getKey();
      order(each.getValue()).ifPresent(changed::add);
    }
    return new Changes(upTo, changed);
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
