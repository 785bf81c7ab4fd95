package hooke.node.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/// What takes a provider's time is paid, also where a program burns nothing.
final class BilledFuelTest {
  private static final long LIMIT = 10_000_000_000L;

  @Test
  void aStartPagesAndBytesAreBilledBesideWhatWasBurned() {
    assertEquals(2_000_000, BilledFuel.of(LIMIT, 0, 0, 0));
    assertEquals(
        2_000_000 + 3 * 16_384 + 777 + 10_240, BilledFuel.of(LIMIT, 777, (3 << 16) - 1, 10_240));
  }

  @Test
  void aGibibyteOfZerosThatCostNothingToMakeIsPaid() {
    assertEquals(2_000_000 + 30_000 + (1L << 30), BilledFuel.of(LIMIT, 30_000, 0, 1L << 30));
  }

  @Test
  void noRunIsBilledMoreThanItsLimit() {
    long limit = 5_000_000;
    assertEquals(3_000_000, BilledFuel.leftToBurn(limit));
    assertEquals(limit, BilledFuel.of(limit, 3_000_000, 0, 1));
    assertEquals(limit, BilledFuel.of(limit, 2_999_999, 0, 1));
    assertEquals(limit - 1, BilledFuel.of(limit, 2_999_998, 0, 1));
    assertEquals(limit, BilledFuel.of(limit, 0, 0, Long.MAX_VALUE >> 1));
    assertEquals(1, BilledFuel.leftToBurn(BilledFuel.START));
  }
}
