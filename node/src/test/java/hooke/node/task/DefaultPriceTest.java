package hooke.node.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.node.spec.UnitPrice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DefaultPriceTest {
  private static DefaultPrice of(int needed, long... floors) {
    return DefaultPrice.of(LongStream.of(floors).mapToObj(UnitPrice::new).toList(), needed)
        .orElseThrow();
  }

  private static DefaultPrice price(long start, long max) {
    return new DefaultPrice(new UnitPrice(start), new UnitPrice(max));
  }

  @Test
  void risesFromTheCheapestToWhatTheThirdTakesAndAQuarterMore() {
    assertEquals(price(100, 375), of(1, 300, 100, 900, 200));
    assertEquals(price(100, 250), of(1, 200, 100));
    assertEquals(price(7, 9), of(1, 7), "rounded up");
    assertEquals(Optional.empty(), DefaultPrice.of(List.of(), 1));
  }

  @Test
  void aQuorumStartsWhereAllItNeedsWouldBid() {
    assertEquals(price(300, 375), of(3, 300, 100, 900, 200));
    assertEquals(price(900, 1_125), of(4, 300, 100, 900, 200));
    assertEquals(price(900, 1_125), of(5, 300, 100, 900, 200), "too few, but they are asked");
  }

  @Test
  void aBaitOfOneWeiKeepsNobodyOut() {
    assertEquals(price(1, 250), of(1, 1, 200));
    assertEquals(price(1, 375), of(1, 1, 200, 300, 400));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whoIsNeededBidsAtOnceAndEnoughCanByTheEnd(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 1_000; round++) {
      List<UnitPrice> floors = new ArrayList<>();
      for (int n = 1 + random.nextInt(8); n > 0; n--) {
        floors.add(new UnitPrice(1 + random.nextLong(1_000_000)));
      }
      int needed = 1 + random.nextInt(floors.size());
      DefaultPrice price = DefaultPrice.of(floors, needed).orElseThrow();
      String message = "seed " + seed + ", " + floors + ", " + needed + ": " + price;
      assertTrue(
          floors.stream().filter(floor -> floor.compareTo(price.start()) <= 0).count() >= needed,
          message);
      assertTrue(
          floors.stream().filter(floor -> floor.compareTo(price.max()) <= 0).count()
              >= Math.min(Math.max(3, needed), floors.size()),
          message);
    }
  }
}
