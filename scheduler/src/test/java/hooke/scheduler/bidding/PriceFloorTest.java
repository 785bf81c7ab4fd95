package hooke.scheduler.bidding;

import static hooke.scheduler.bidding.Worlds.GIB;
import static hooke.scheduler.bidding.Worlds.SPEED;
import static hooke.scheduler.bidding.Worlds.task;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.scheduler.model.Overhead;
import hooke.scheduler.model.PriceRamp;
import hooke.scheduler.model.Resources;
import hooke.scheduler.model.Speed;
import hooke.scheduler.model.Tariff;
import hooke.scheduler.model.TaskKey;
import hooke.scheduler.model.TaskRequest;
import java.math.BigInteger;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PriceFloorTest {

  private static final TaskRequest TASK = task("a").build();

  @Test
  void theFormulaByHand() {
    // 200M fuel/s: 0.005 s per million fuel at 2,000,000,000 + 200,000,000 wei/s = 11,000,000 wei;
    // gas 1,000,000 over 500 million fuel = 2,000 wei per million; margin 10 %.
    PriceFloor price = PriceFloor.of(TASK, Worlds.TARIFF, SPEED, 0);
    assertEquals(BigInteger.valueOf(11_002_000), price.cost());
    assertEquals(BigInteger.valueOf(12_102_200), price.least());
    assertEquals(price.least(), price.floor());
    // Placement at its worst adds 5 % of cost.
    assertEquals(
        BigInteger.valueOf(12_652_300),
        PriceFloor.of(TASK, Worlds.TARIFF, SPEED, 1_000_000).floor());
  }

  @Test
  void aLimitOfOutputCostsNoMoreThanItsExpectedUse() {
    // 1 GiB at 500,000,000 wei over 500 million fuel = 1,000,000 wei per million; half of it with
    // half of both limits expected, as for the fuel over which it is spread.
    Tariff tariff = new Tariff(0, 0, 500_000_000, 0, 0, 0, 0, 5_000);
    BigInteger input = PriceFloor.of(moving(GIB, 0), tariff, SPEED, 0).floor();
    BigInteger output = PriceFloor.of(moving(0, GIB), tariff, SPEED, 0).floor();
    assertEquals(BigInteger.valueOf(1_000_000), input);
    assertEquals(BigInteger.valueOf(500_000), output);
  }

  private static TaskRequest moving(long inputBytes, long outputBytes) {
    return task("a").transfer(inputBytes, outputBytes).build();
  }

  @Test
  void theSmallestCostRoundsUpToOne() {
    Tariff tiny = new Tariff(1, 0, 0, 0, 0, 0, 0, 10_000);
    assertEquals(BigInteger.ONE, PriceFloor.of(TASK, tiny, SPEED, 0).floor());
    Tariff free = new Tariff(0, 0, 0, 0, 0, 10_000, 10_000, 10_000);
    assertEquals(BigInteger.ZERO, PriceFloor.of(TASK, free, SPEED, 1_000_000).floor());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void noCostEverLowersThePrice(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 2_000; i++) {
      long[] v = new long[8];
      for (int k = 0; k < 5; k++) {
        v[k] = random.nextLong() >>> random.nextInt(1, 63);
      }
      v[5] = random.nextLong(100_000);
      v[6] = random.nextLong(10_000);
      v[7] = random.nextLong(1_000_000);
      BigInteger base = floor(v);
      int raised = random.nextInt(8);
      v[raised] +=
          raised >= 5 ? 1 : Math.min(random.nextLong(1_000_000), Long.MAX_VALUE - v[raised]);
      assertTrue(
          floor(v).compareTo(base) >= 0, "seed " + seed + ", round " + i + ", cost " + raised);
    }
  }

  private static BigInteger floor(long[] v) {
    Tariff tariff = new Tariff(v[0], v[1], v[2], v[3], v[4], (int) v[5], (int) v[6], 5_000);
    TaskRequest task = task("a").transfer(1_000, 1_000).build();
    return PriceFloor.of(task, tariff, SPEED, v[7]).floor();
  }

  @Test
  void whatIsDoneBesideBurningFuelIsPaidFor() {
    Overhead overhead =
        new Overhead(
            Duration.ofMillis(64),
            Duration.ZERO,
            Duration.ZERO,
            Duration.ofMillis(128),
            Duration.ZERO);
    Speed busy = new Speed(1_000_000, 8_000_000, overhead);
    Speed idle = new Speed(1_000_000, 8_000_000);
    Tariff tariff = new Tariff(1_000_000_000_000L, 0, 0, 0, 0, 0, 0, 5_000);
    TaskRequest array =
        TaskRequest.builder(
                new TaskKey("a", 0),
                "consumer",
                new Resources(1_000, 0, 0),
                20_000_000,
                PriceRamp.flat(1))
            .tasks(10)
            .transfer(0, 20 << 20)
            .build();
    // Half of the fuel is burnt, and pays for ten starts of 8 ms and ten MiB of 16 ms each.
    BigInteger beside = BigInteger.valueOf(1_000_000_000_000L * (80 + 160) / 1_000 / 10);
    assertEquals(
        PriceFloor.of(array, tariff, idle, 0).cost().add(beside),
        PriceFloor.of(array, tariff, busy, 0).cost());
  }

  @Test
  void aFasterNodeIsCheaper() {
    BigInteger slow = PriceFloor.of(TASK, Worlds.TARIFF, new Speed(1_000, 1_000), 0).floor();
    BigInteger fast = PriceFloor.of(TASK, Worlds.TARIFF, new Speed(1_000, 2_000), 0).floor();
    assertTrue(fast.compareTo(slow) < 0);
  }

  @Test
  void theNodeWhereTheTaskFitsBestBidsFirst() {
    Resources total = new Resources(4_000, 8 * GIB, GIB);
    Resources needs = new Resources(1_000, 0, 0);
    Resources balanced = new Resources(2_000, 4 * GIB, GIB);
    Resources muchCpu = new Resources(3_000, 2 * GIB, GIB);
    assertEquals(250_000, PriceFloor.growthPpm(needs, balanced, total));
    assertEquals(0, PriceFloor.growthPpm(needs, muchCpu, total));
    PriceRamp ramp = new PriceRamp(0, 100_000_000, Duration.ofSeconds(50));
    long there = PriceFloor.of(TASK, Worlds.TARIFF, SPEED, 0).floor().longValueExact();
    long here = PriceFloor.of(TASK, Worlds.TARIFF, SPEED, 1_000_000).floor().longValueExact();
    assertTrue(
        !ramp.reaches(there, Worlds.T)
            .orElseThrow()
            .isAfter(ramp.reaches(here, Worlds.T).orElseThrow()));
  }
}
