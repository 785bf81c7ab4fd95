package hooke.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"
      })
  void addressesKeepTheirChecksum(String text) {
    assertEquals(text, Address.parse(text).toString());
    assertEquals(text, Address.parse(text.toLowerCase(java.util.Locale.ROOT)).toString());
  }

  @Test
  void aMistypedAddressIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> Address.parse("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"));
    assertThrows(IllegalArgumentException.class, () -> Address.parse("0x5aAe"));
    assertThrows(IllegalArgumentException.class, () -> Address.parse("nonsense"));
  }

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "1,1000000000000000000",
    "1.25,1250000000000000000",
    "0.000000000000000001,1",
    "12.50,12500000000000000000"
  })
  void amountsAreExact(String text, BigInteger wei) {
    assertEquals(wei, Wei.parse(text).value());
    assertEquals(Wei.parse(text), Wei.parse(Wei.parse(text).toString()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1.", ".5", "1e3", "0.0000000000000000001", "", "1,5", "abc"})
  void whatIsNoAmountIsRefusedWithItsText(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Wei.parse(text));
    assertTrue(String.valueOf(e.getMessage()).contains("'" + text + "'"), e.getMessage());
  }

  @Test
  void amountsNeverGoBelowZero() {
    assertThrows(IllegalArgumentException.class, () -> Wei.of(1).minus(Wei.of(2)));
    assertThrows(IllegalArgumentException.class, () -> Wei.of(-1));
  }
}
