package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.ChallengeState;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.SlotState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.UnaryOperator;

/// Orders of tasks, and what they do to their providers' bonds and counters.
final class OrderFold {
  private final UndoLog undo;
  private final ProviderFold providers;
  private final NewestFirst<OrderView> orders = new NewestFirst<>(OrderView::id, OrderView::block);

  /// By the order of a jury: the order that it judges.
  private final Map<Bytes32, Bytes32> judged = new ConcurrentHashMap<>();

  /// Orders that are not closed.
  private final Map<Bytes32, OrderView> live = new ConcurrentHashMap<>();

  private final ConcurrentSkipListMap<Long, Bytes32> byChange = new ConcurrentSkipListMap<>();
  private final Map<Bytes32, Long> latestChange = new HashMap<>();
  private volatile long changes;

  /// The latest bonds that broke, the oldest first.
  private final ConcurrentLinkedDeque<Loss> losses = new ConcurrentLinkedDeque<>();

  OrderFold(UndoLog undo, ProviderFold providers) {
    this.undo = undo;
    this.providers = providers;
  }

  void apply(LawEvent.OfOrder event, long time) {
    long block = event.at().block();
    switch (event) {
      case LawEvent.Ordered e -> put(opened(e, block, time));
      case LawEvent.OrderClosed e ->
          change(e.order(), order -> order.closed(e.reason(), e.refund(), block, time));
      case LawEvent.CommitsClosed e -> change(e.order(), order -> order.commitsClosed(time, block));
      case LawEvent.OfSlot e -> changeSlot(e, block, time);
      case LawEvent.SpecBound ignored -> {}
    }
  }

  private void put(OrderView order) {
    Optional<OrderView> before = orders.get(order.id());
    show(order);
    undo.add(() -> before.ifPresentOrElse(this::show, () -> hide(order)));
  }

  private void show(OrderView order) {
    orders.show(order);
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

  private void hide(OrderView order) {
    orders.hide(order);
    live.remove(order.id());
    Long change = latestChange.remove(order.id());
    if (change != null) {
      byChange.remove(change);
    }
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
    OrderView order = orders.get(event.order()).orElse(null);
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
    put(order.with(after));
    accountForBond(order, before, after, event, time);
  }

  /// A delivery in part: the rest is a slot of its own, and its part of the bond is lost.
  private void parted(OrderView order, SlotView slot, LawEvent.Parted part, long block, long time) {
    int rest = slot.count() - part.count();
    OrderView kept = order.with(slot.parted(part.count(), block, time));
    put(
        part.rest() == order.slots().size()
            ? kept.plus(SlotView.open(part.rest(), part.first(), rest, block, time))
            : kept);
    lost(new Loss(slot.operatorId(), order.id(), part.bond(), time));
    providers.change(
        slot.operatorId(),
        o -> o.broke(part.bond()).withTaskBonds(OperatorView.less(o.taskBonds(), part.bond())));
  }

  private void challenged(OrderView order, LawEvent.OfChallenge event, long block, long time) {
    if (event instanceof LawEvent.Challenged asked) {
      put(
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
      undo.put(judged, called.jury(), order.id());
    }
    put(order.with(after, block, time));
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
      case LawEvent.GivenUp ignored -> slot.reopened(block, time);
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

  private void accountForBond(
      OrderView order, SlotView before, SlotView after, LawEvent.OfSlot event, long time) {
    int operatorId = after.operatorId() != 0 ? after.operatorId() : before.operatorId();
    if (operatorId == 0) {
      return;
    }
    Wei bond = order.terms().bond(after.count());
    boolean lost =
        event instanceof LawEvent.Missed
            || after.state() == SlotState.OUTVOTED
            || after.state() == SlotState.UNREVEALED
            || after.state() == SlotState.FORFEITED
            || after.state() == SlotState.DISPROVED;
    if (lost || event instanceof LawEvent.GivenUp) {
      lost(
          new Loss(
              operatorId, order.id(), event instanceof LawEvent.GivenUp e ? e.bond() : bond, time));
    }
    providers.change(
        operatorId,
        was -> {
          OperatorView o = was;
          if (after.bonded() && !before.bonded()) {
            o = o.withTaskBonds(o.taskBonds().plus(bond));
          } else if (before.bonded() && !after.bonded()) {
            o = o.withTaskBonds(OperatorView.less(o.taskBonds(), bond));
          }
          if (lost) {
            o = o.broke(bond);
          }
          if (after.state() == SlotState.RELEASED && before.state() != SlotState.RELEASED) {
            o = o.kept(after.paid());
          }
          return switch (event) {
            case LawEvent.Refused e -> o.refused(e.burned());
            case LawEvent.GivenUp e -> o.broke(e.bond());
            default -> o;
          };
        });
  }

  private void lost(Loss loss) {
    losses.addLast(loss);
    undo.add(() -> losses.removeLastOccurrence(loss));
    while (losses.getFirst().time() < loss.time() - Loss.REMEMBERED.toSeconds()) {
      losses.removeFirst();
    }
  }

  Iterable<Loss> losses() {
    return losses;
  }

  private void change(Bytes32 id, UnaryOperator<OrderView> change) {
    orders.get(id).ifPresent(order -> put(change.apply(order)));
  }

  NewestFirst<OrderView> orders() {
    return orders;
  }

  Optional<OrderView> judgedBy(Bytes32 jury) {
    return Optional.ofNullable(judged.get(jury)).flatMap(orders::get);
  }

  Collection<OrderView> live() {
    return live.values();
  }

  long changes() {
    return changes;
  }

  MarketState.Changes changedAfter(long seen) {
    List<OrderView> changed = new ArrayList<>();
    long upTo = seen;
    for (Map.Entry<Long, Bytes32> each : byChange.tailMap(seen, false).entrySet()) {
      upTo = each.getKey();
      orders.get(each.getValue()).ifPresent(changed::add);
    }
    return new MarketState.Changes(upTo, changed);
  }
}
