package hooke.scheduler.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTest {

  private static final Instant CREATED = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void negativeAndHugeAmountsAreRefusedByName() {
    assertEquals(
        "memoryBytes is -1: must be between 0 and 1152921504606846976",
        assertThrows(IllegalArgumentException.class, () -> new Resources(0, -1, 0)).getMessage());
    for (long bad : new long[] {Long.MIN_VALUE, -1, Resources.MAX + 1, Long.MAX_VALUE}) {
      assertThrows(IllegalArgumentException.class, () -> new Resources(bad, 0, 0));
      assertThrows(IllegalArgumentException.class, () -> new Resources(0, 0, bad));
    }
    Resources most = new Resources(Resources.MAX, Resources.MAX, Resources.MAX);
    assertThrows(IllegalArgumentException.class, () -> most.plus(most));
    assertThrows(IllegalArgumentException.class, () -> Resources.ZERO.minus(most));
    assertThrows(IllegalArgumentException.class, () -> new PriceRamp(2, 1, Duration.ZERO));
    assertThrows(IllegalArgumentException.class, () -> new PriceRamp(-1, 1, Duration.ZERO));
  }

  @Test
  void requestsRefuseWhatNoOrderMaySay() {
    Resources needs = new Resources(1_000, 1, 1);
    TaskKey key = new TaskKey("0xabc", 0);
    PriceRamp price = PriceRamp.flat(1);
    assertThrows(
        IllegalArgumentException.class,
        () -> TaskRequest.builder(key, "c", needs, 0, price).build());
    assertThrows(
        IllegalArgumentException.class,
        () -> TaskRequest.builder(key, "c", Resources.ZERO, 1, price).build());
    assertThrows(
        IllegalArgumentException.class,
        () ->
            TaskRequest.builder(key, "c", needs, 1, price)
                .timing(Instant.MAX, Duration.ZERO, Duration.ZERO)
                .build());
    assertThrows(
        IllegalArgumentException.class,
        () -> TaskRequest.builder(key, "c", needs, 1, price).transfer(-1, 0).build());
    assertThrows(IllegalArgumentException.class, () -> new TaskKey(" ", 0));
  }

  @Test
  void theDefaultBondIsTheMostTheSlotCanPayRoundedUp() {
    TaskRequest task =
        TaskRequest.builder(
                new TaskKey("o", 0), "c", new Resources(1, 0, 0), 1_000_001, PriceRamp.flat(1))
            .build();
    assertEquals(BigInteger.TWO, task.bond());
    assertEquals(
        BigInteger.valueOf(Long.MAX_VALUE)
            .pow(2)
            .add(BigInteger.valueOf(999_999))
            .divide(BigInteger.valueOf(1_000_000)),
        TaskRequest.payUp(Long.MAX_VALUE, Long.MAX_VALUE));
  }

  @Test
  void shortfallsNameWhatIsMissing() {
    Resources free = new Resources(1_000, (long) (3.25 * (1L << 30)), 100);
    List<Shortfall> lacks = new Resources(2_000, 8L << 30, 100).shortfall(free);
    assertEquals(
        "needs 2,000 CPU millis, 1,000 free; needs 8 GiB memory, 3.2 GiB free",
        Shortfall.sentence(lacks));
  }

  @Test
  void wordsRoundTheHonestWay() {
    assertEquals("0 B", Units.bytesDown(0));
    assertEquals("1023 B", Units.bytesUp(1_023));
    assertEquals("1.1 KiB", Units.bytesUp(1_025));
    assertEquals("1 KiB", Units.bytesDown(1_025));
    assertEquals("1 EiB", Units.bytesUp(Resources.MAX));
    assertEquals("1.25 HKE", Units.tokens(new BigInteger("1250000000000000000")));
    assertEquals("0.0125 HKE/Gfuel", Units.unitPriceUp(12_500_000_000_000L));
    assertEquals("0.01235 HKE/Gfuel", Units.unitPriceUp(12_340_000_000_001L));
    assertEquals("0.01234 HKE/Gfuel", Units.unitPriceDown(12_349_999_999_999L));
    assertEquals("0.000000000000001 HKE/Gfuel", Units.unitPriceUp(1));
    assertEquals("0.1 s", Units.lengthUp(Duration.ofMillis(1)));
    assertEquals("1 min", Units.lengthUp(Duration.ofMillis(59_999)));
    assertEquals("3 h 20 min", Units.lengthUp(Duration.ofMinutes(200)));
    assertEquals("2 d 1 h", Units.lengthUp(Duration.ofHours(49)));
  }

  @Test
  void uint64Saturates() {
    assertEquals(7, Uint64.saturated(BigInteger.valueOf(7)));
    BigInteger most = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
    assertEquals(Long.MAX_VALUE, Uint64.saturated(most));
    assertThrows(IllegalArgumentException.class, () -> Uint64.saturated(most.add(BigInteger.ONE)));
    assertThrows(IllegalArgumentException.class, () -> Uint64.saturated(BigInteger.ONE.negate()));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void mulDivAgreesWithBigInteger(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 5_000; i++) {
      long a = random.nextLong() >>> random.nextInt(1, 63);
      long b = random.nextLong() >>> random.nextInt(1, 63);
      long c = Math.max(1, random.nextLong() >>> random.nextInt(1, 63));
      BigInteger product = BigInteger.valueOf(a).multiply(BigInteger.valueOf(b));
      BigInteger[] exact = product.divideAndRemainder(BigInteger.valueOf(c));
      BigInteger up = exact[0].add(BigInteger.valueOf(exact[1].signum()));
      String world = "seed " + seed + ": " + a + " * " + b + " / " + c;
      assertEquals(
          up.min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact(),
          MulDiv.upSaturated(a, b, c),
          world);
      if (exact[0].bitLength() < 64) {
        assertEquals(exact[0].longValueExact(), MulDiv.down(a, b, c), world);
      } else {
        assertThrows(ArithmeticException.class, () -> MulDiv.down(a, b, c), world);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void aRampReachesAPriceInTheFirstSecondThatAcceptsIt(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 5_000; i++) {
      long max = random.nextLong() >>> random.nextInt(1, 63);
      long start = max == 0 ? 0 : random.nextLong(max);
      PriceRamp ramp = new PriceRamp(start, max, Duration.ofSeconds(random.nextLong(5_000)));
      long price = max == 0 ? 0 : random.nextLong(max) + 1;
      String world = "seed " + seed + ": " + ramp + " to " + price;
      Instant at = ramp.reaches(price, CREATED).orElseThrow();
      assertTrue(ramp.acceptableDown(CREATED, at) >= price, world);
      if (at.isAfter(CREATED)) {
        assertTrue(ramp.acceptableDown(CREATED, at.minusSeconds(1)) < price, world);
      }
    }
    assertEquals(Optional.empty(), PriceRamp.flat(5).reaches(6, CREATED));
    assertEquals(5, PriceRamp.flat(5).acceptableDown(CREATED, CREATED.minusSeconds(9)));
  }

  private static TaskRequest.Builder run(long fuel, int cpuMillis) {
    return TaskRequest.builder(
        new TaskKey("a", 0), "consumer", new Resources(cpuMillis, 0, 0), fuel, PriceRamp.flat(1));
  }

  @Test
  void speedFallsBelowOneCoreAndSaturates() {
    Speed speed = new Speed(1_000, 2_000);
    assertEquals(Duration.ofSeconds(1), speed.worstRunUp(run(1_000, 1_000).build()));
    assertEquals(Duration.ofSeconds(1), speed.worstRunUp(run(1_000, 64_000).build()));
    assertEquals(Duration.ofSeconds(4), speed.worstRunUp(run(1_000, 250).build()));
    assertEquals(Duration.ofMillis(500), speed.typicalRunUp(run(1_000, 1_000).build()));
    assertTrue(speed.worstRunUp(run(Long.MAX_VALUE, 1).build()).toDays() > 1_000_000);
  }

  @Test
  void aSlowProgramsStartAndRateAddUp() {
    Speed speed = new Speed(1_000, 2_000);
    Pace pace = new Pace(Duration.ofSeconds(3), 4);
    assertEquals(Duration.ofSeconds(3 + 4), speed.worstRunUp(run(1_000, 1_000).pace(pace).build()));
    assertEquals(
        Duration.ofSeconds(4 * (3 + 4)), speed.worstRunUp(run(1_000, 250).pace(pace).build()));
    assertEquals(Duration.ofSeconds(3 + 4), speed.worstRunUp(run(1_000, 8_000).pace(pace).build()));
    assertEquals(
        Duration.ofSeconds(5 * 3 + 4),
        speed.worstRunUp(run(1_000, 1_000).tasks(5).pace(pace).build()),
        "each task starts anew");
    Speed slow = new Speed(3, 3);
    assertEquals(
        Duration.ofSeconds(3 + 9),
        slow.worstRunUp(run(9, 1_000).pace(pace).build()),
        "no slower than 1");
  }

  @Test
  void allThatTakesTimeBesideFuelIsReckoned() {
    Overhead overhead =
        new Overhead(
            Duration.ofMillis(100),
            Duration.ofMillis(2),
            Duration.ofMillis(7),
            Duration.ofMillis(30),
            Duration.ofMillis(11));
    Speed speed = new Speed(1_000, 4_000, overhead);
    long mib = 1 << 20;
    TaskRequest.Builder task =
        run(1_000, 1_000).tasks(20).transfer(3 * mib, 20 * 5 * mib + mib / 2);
    long known = 1_000 + 20 * 100 + 3 * 7 + 20 * 5 * 30 + 15;
    assertEquals(Duration.ofMillis(known), speed.worstRunUp(task.build()));
    Pace pace = new Pace(Duration.ZERO, 1, 50 * mib, 9);
    assertEquals(
        Duration.ofMillis(known + 20 * (50 * 11 + 9 * 2) + 9 * 2),
        speed.worstRunUp(task.pace(pace).build()),
        "memory and entries for each task, and the entries once more");
    assertEquals(
        Duration.ofMillis(250 + (known - 1_000) / 4),
        speed.typicalRunUp(task.build()),
        "usually a quarter, as of fuel");
  }
}
