package hooke.node.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.CloseReason;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.LeaseEnd;
import hooke.chain.contract.LeaseOverReason;
import hooke.chain.contract.LogPosition;
import hooke.chain.contract.Resize;
import hooke.chain.wallet.Wallet;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MarketStateTest {
  private final MarketState state = new MarketState();

  /// Everything that a reader can see.
  private record Picture(
      List<OrderView> orders,
      Set<OrderView> live,
      List<LeaseView> leases,
      List<MandateView> mandates,
      List<OperatorView> operators,
      List<NodeView> nodes) {
    static Picture of(MarketState state) {
      return new Picture(
          state.orders(),
          Set.copyOf(state.liveOrders()),
          state.newestLeases().toList(),
          state.newestMandates().toList(),
          state.operators(),
          state.nodes());
    }
  }

  private void random(SplittableRandom random, long block) {
    int operator = 1 + random.nextInt(4);
    Bytes32 order = Events.hash(1_000 + random.nextInt(20));
    LawEvent event =
        switch (random.nextInt(21)) {
          case 0 -> Events.operator(block, operator);
          case 1 -> Events.node(block, 1 + random.nextInt(6), operator, Wallet.random().address());
          case 2 -> Events.staked(block, operator);
          case 3, 4 -> Events.ordered(block, order, Events.terms(random.nextInt(1_000)));
          case 5 -> Events.assigned(block, order, operator, 1 + random.nextInt(6));
          case 6 ->
              new LawEvent.Settled(
                  Events.at(block), order, 0, operator, Wei.of(5), Wei.of(1), order, 7, 9);
          case 7 -> new LawEvent.Missed(Events.at(block), order, 0, operator, 1, Wei.of(1));
          case 8 ->
              new LawEvent.OrderClosed(Events.at(block), order, Wei.ZERO, CloseReason.SETTLED);
          case 9 -> new LawEvent.NodeRetired(Events.at(block), 1 + random.nextInt(6), operator);
          case 20 -> new LawEvent.GivenUp(Events.at(block), order, 0, operator, 1, Wei.of(1));
          case 10, 11, 12 -> mandate(random, block, 1 + random.nextInt(3));
          default -> lease(random, block, Events.hash(2_000 + random.nextInt(4)), operator);
        };
    state.apply(event, Events.TIME + block);
  }

  private static LawEvent mandate(SplittableRandom random, long block, int number) {
    LogPosition at = Events.at(block);
    return switch (random.nextInt(5)) {
      case 0 ->
          new LawEvent.MandateOpened(
              at, number, Address.ZERO, Address.ZERO, Bytes32.ZERO, Wei.of(9), 0, 9);
      case 1 -> new LawEvent.MandateFunded(at, number, Wei.of(5));
      case 2 ->
          new LawEvent.OrderedUnder(
              at, number, Bytes32.ZERO, Events.hash(block), 0, false, Wei.of(3));
      case 3 -> new LawEvent.BudgetRecovered(at, number, Events.hash(block), Wei.of(2));
      default -> new LawEvent.MandateEnded(at, number, Wei.of(1));
    };
  }

  private static LawEvent lease(SplittableRandom random, long block, Bytes32 id, int operator) {
    LogPosition at = Events.at(block);
    int slot = random.nextInt(3);
    return switch (random.nextInt(16)) {
      case 0, 1, 2 -> Events.leaseOrdered(block, id, Events.leaseTerms(1, 600));
      case 3, 4 -> new LawEvent.Leased(at, id, slot, operator, 1, 7, random.nextInt(9));
      case 5 -> new LawEvent.LeasePaid(at, id, slot, operator, Wei.of(7), Wei.ZERO, 9);
      case 6 ->
          new LawEvent.LeaseResized(at, id, slot, new Resize(9, 1, 1, 1, 0), random.nextInt(9));
      case 7 -> new LawEvent.LeaseEnded(at, id, slot, operator, LeaseEnd.EVICTED, 0, Wei.of(1));
      case 8 -> new LawEvent.LeaseEnded(at, id, slot, operator, LeaseEnd.LEFT, 0, Wei.ZERO);
      case 9 -> new LawEvent.LeaseOrderOver(at, id, LeaseOverReason.LAPSED, 0, Wei.of(1), 9);
      case 10 -> new LawEvent.LeaseToppedUp(at, id, Address.ZERO, Wei.of(100));
      case 11 -> new LawEvent.Anchored(at, id, block, Events.hash(block), 3, false, BigInteger.ONE);
      case 12 -> new LawEvent.Drawn(at, id, 4, block);
      case 13 -> new LawEvent.Sealed(at, id, 4, Events.hash(block));
      case 14 -> new LawEvent.Proven(at, id, slot, 4);
      default -> new LawEvent.SlotOpened(at, id, slot);
    };
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aRollbackShowsWhatThatBlockShowed(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    TreeMap<Long, Picture> past = new TreeMap<>();
    long block = 0;
    for (int round = 0; round < 40; round++) {
      for (int i = random.nextInt(12); i >= 0; i--) {
        block++;
        for (int events = random.nextInt(4); events > 0; events--) {
          random(random, block);
        }
        past.put(block, Picture.of(state));
      }
      long to = Math.max(1, block - random.nextInt(20));
      assertTrue(state.rollback(to));
      assertEquals(past.get(to), Picture.of(state), "seed " + seed + ", back to block " + to);
      past.tailMap(to, false).clear();
      block = to;
    }
  }

  @Test
  void moreThanIsRememberedIsNotTakenBack() {
    long last = 3L * MarketState.UNDO_BLOCKS;
    for (long block = 1; block <= last; block++) {
      state.apply(Events.ordered(block, Events.hash(block), Events.terms(block)), 0);
    }
    Picture before = Picture.of(state);
    long deepest = last - MarketState.UNDO_BLOCKS - 1;
    assertFalse(state.rollback(deepest - 1));
    assertEquals(before, Picture.of(state), "nothing is half undone");
    assertTrue(state.rollback(deepest));
    assertEquals(deepest, state.orders().size());
  }

  @Test
  void aLeaseEndsWhenItsEscrowCannotPayOneMoreSecondOfAllItsSlots() {
    Bytes32 id = Events.hash(1);
    long start = Events.TIME;
    state.apply(Events.leaseOrdered(1, id, Events.leaseTerms(1, 0)), start);
    assertEquals(start + 86_400, lease(id).endsAt(), "nothing is paid for yet: its term counts");
    state.apply(new LawEvent.Leased(Events.at(2), id, 0, 1, 1, 7, 1), start + 10);
    assertEquals(start + 10 + 1_000 / 7, lease(id).endsAt());
    state.apply(new LawEvent.Leased(Events.at(3), id, 1, 1, 1, 13, 1), start + 20);
    long end = start + 20 + (1_000 - 10 * 7) / 20;
    assertEquals(end, lease(id).endsAt());
    assertEquals(LeaseView.Phase.LIVE, lease(id).phase(end - 31));
    assertEquals(LeaseView.Phase.GRACE, lease(id).phase(end - 30));
    assertEquals(LeaseView.Phase.ENDED, lease(id).phase(end + 1));
    state.apply(
        new LawEvent.LeaseOrderOver(Events.at(4), id, LeaseOverReason.LAPSED, 0, Wei.of(10), end),
        end + 99);
    assertEquals(LeaseView.Phase.OVER, lease(id).phase(end + 99));
    assertEquals(end, lease(id).endsAt());
  }

  private LeaseView lease(Bytes32 id) {
    return state.lease(id).orElseThrow();
  }

  @Test
  void ordersAreListedTheNewestFirstAndReadPageByPage() {
    List<Bytes32> ids = new ArrayList<>();
    for (long block = 1; block <= 3; block++) {
      for (long i = 0; i < 3; i++) {
        Bytes32 id = Events.hash(10 * block + i);
        ids.add(id);
        state.apply(Events.ordered(block, id, Events.terms(10 * block + i)), 0);
      }
    }
    List<OrderView> all = state.orders();
    assertEquals(Set.copyOf(ids), all.stream().map(OrderView::id).collect(Collectors.toSet()));
    for (int i = 1; i < all.size(); i++) {
      OrderView before = all.get(i - 1);
      OrderView after = all.get(i);
      assertTrue(
          before.block() > after.block()
              || (before.block() == after.block() && before.id().compareTo(after.id()) < 0));
      assertEquals(
          all.subList(i, all.size()), state.ordersBehind(before.block(), before.id()).toList());
    }
  }

  @Test
  void aWatcherIsToldEachChangedOrderOnceAsItIsNow() {
    Bytes32 first = Events.hash(1);
    Bytes32 second = Events.hash(2);
    state.apply(Events.ordered(1, first, Events.terms(1)), 0);
    long seen = state.changes();
    assertEquals(List.of(), state.changedAfter(seen).orders());
    state.apply(Events.ordered(2, second, Events.terms(2)), 0);
    state.apply(Events.assigned(3, first, 1, 1), 0);
    state.apply(new LawEvent.OrderClosed(Events.at(3), second, Wei.ZERO, CloseReason.UNFILLED), 0);
    MarketState.Changes news = state.changedAfter(seen);
    assertEquals(
        List.of(state.order(first).orElseThrow(), state.order(second).orElseThrow()),
        news.orders());
    assertEquals(List.of(), state.changedAfter(news.upTo()).orders());
    assertEquals(1, state.liveOrders().size(), "a closed order is not live");
    state.rollback(2);
    assertEquals(2, state.changedAfter(news.upTo()).orders().size(), "a rollback is news too");
    assertEquals(2, state.liveOrders().size());
  }
}
