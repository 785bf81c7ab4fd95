package hooke.node.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.CloseReason;
import hooke.chain.contract.LawEvent;
import hooke.chain.wallet.Wallet;
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
      List<OperatorView> operators,
      List<NodeView> nodes) {
    static Picture of(MarketState state) {
      return new Picture(
          state.orders(), Set.copyOf(state.liveOrders()), state.operators(), state.nodes());
    }
  }

  private void random(SplittableRandom random, long block) {
    int operator = 1 + random.nextInt(4);
    Bytes32 order = Events.hash(1_000 + random.nextInt(20));
    LawEvent event =
        switch (random.nextInt(10)) {
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
          default -> new LawEvent.NodeRetired(Events.at(block), 1 + random.nextInt(6), operator);
        };
    state.apply(event, Events.TIME + block);
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
