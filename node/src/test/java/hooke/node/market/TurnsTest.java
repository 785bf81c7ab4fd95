package hooke.node.market;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hooke.chain.Address;
import hooke.chain.wallet.Wallet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Whose turn it is when many ask.
final class TurnsTest {
  private static final Address GREEDY = Wallet.random().address();
  private static final Address HONEST = Wallet.random().address();
  private static final Duration ALLOWANCE = Duration.ofMinutes(5);

  private final SteppedClock clock = new SteppedClock();
  private final Turns turns = new Turns(2, 1, 2, clock);

  private static Turns.Wish wish(int spec, Address consumer, boolean isLong) {
    return new Turns.Wish(new Turns.Work(Events.hash(spec), consumer), isLong, ALLOWANCE, false);
  }

  private static List<Turns.Wish> longOnes(Address consumer, int first, int count) {
    return IntStream.range(first, first + count).mapToObj(n -> wish(n, consumer, true)).toList();
  }

  private static List<Turns.Wish> all(List<Turns.Wish> many, Turns.Wish... more) {
    List<Turns.Wish> all = new ArrayList<>(many);
    all.addAll(List.of(more));
    return all;
  }

  @Test
  void shortWorkNeverWaitsForLongWork() {
    List<Turns.Wish> eight = longOnes(GREEDY, 0, 8);
    assertEquals(eight.subList(0, 1), turns.begin(eight), "one place is for short work alone");
    Turns.Wish tiny = wish(100, HONEST, false);
    assertEquals(List.of(tiny), turns.begin(all(eight, tiny)));
  }

  @Test
  void shortWorkKeepsLongWorkFromNothing() {
    List<Turns.Wish> flood =
        IntStream.range(0, 8).mapToObj(n -> wish(n, Wallet.random().address(), false)).toList();
    Turns.Wish big = wish(100, HONEST, true);
    assertEquals(List.of(big, flood.getFirst()), turns.begin(all(flood, big)));
  }

  @Test
  void whoHadLessLatelyGoesFirst() {
    List<Turns.Wish> eight = longOnes(GREEDY, 0, 8);
    Turns.Wish big = wish(100, HONEST, true);
    turns.begin(eight);
    clock.pass(Duration.ofSeconds(40));
    turns.end(eight.getFirst().work());
    List<Turns.Wish> left = all(eight.subList(1, 8), big);
    assertEquals(List.of(big), turns.begin(left), "seven asked before");
    clock.pass(Duration.ofSeconds(41));
    turns.end(big.work());
    assertEquals(List.of(eight.get(1)), turns.begin(eight.subList(1, 8)), "and then in turns");
  }

  @Test
  void whatOneHadFades() {
    turns.begin(longOnes(GREEDY, 0, 1));
    clock.pass(Duration.ofMinutes(4));
    assertEquals(Duration.ofMinutes(4), turns.had(GREEDY), "what is under way counts");
    turns.end(longOnes(GREEDY, 0, 1).getFirst().work());
    clock.pass(Turns.HALF_LIFE);
    assertEquals(Duration.ofMinutes(2), turns.had(GREEDY));
  }

  @Test
  void whoHasHadMoreThanItStandsForIsStoppedWhenAnotherWaits() {
    List<Turns.Wish> one = longOnes(GREEDY, 0, 1);
    turns.begin(one);
    Turns.Wish big = wish(100, HONEST, true);
    clock.pass(ALLOWANCE);
    assertEquals(List.of(), turns.overdue(all(one, big)), "it stands for so much");
    clock.pass(Duration.ofSeconds(1));
    assertEquals(List.of(), turns.overdue(one), "nobody else wants the place");
    assertEquals(List.of(one.getFirst().work()), turns.overdue(all(one, big)));
    turns.end(one.getFirst().work());
    assertEquals(List.of(big), turns.begin(all(one, big)));
  }

  @Test
  void whatOnlySeemedShortIsStoppedForWhatIs() {
    List<Turns.Wish> two = List.of(wish(0, GREEDY, false), wish(1, GREEDY, false));
    assertEquals(two, turns.begin(two));
    Turns.Wish tiny = wish(100, HONEST, false);
    clock.pass(Turns.SHORT);
    assertEquals(List.of(), turns.overdue(all(two, tiny)));
    clock.pass(Duration.ofMillis(1));
    assertEquals(2, turns.overdue(all(two, tiny)).size());
  }

  @Test
  void whatWasPromisedTakesNoTurn() {
    turns.begin(all(longOnes(GREEDY, 0, 1), wish(50, GREEDY, false)));
    Turns.Wish promised =
        new Turns.Wish(new Turns.Work(Events.hash(100), HONEST), true, Duration.ZERO, true);
    assertEquals(List.of(promised), turns.begin(List.of(promised)));
  }
}
