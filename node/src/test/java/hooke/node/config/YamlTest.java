package hooke.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class YamlTest {
  @Test
  void unknownKeyIsNamedWithItsPathAndTheKnownOnes() {
    Yaml yaml = Yaml.parse("node.yaml", "api:\n  lisen: 1\n");
    yaml.section("api").text("listen", "x");
    ConfigException failure = assertThrows(ConfigException.class, yaml::done);
    assertEquals(
        "node.yaml: api.lisen is not a known key; here may stand: listen", failure.getMessage());
  }

  @Test
  void aSectionWithNothingInItIsAnEmptyOne() {
    for (String empty :
        List.of("wasm:", "wasm:\n", "wasm:\n  # engine: v8\n", "wasm: {}", "wasm: ''")) {
      Yaml yaml = Yaml.parse("node.yaml", "api: {listen: x}\n" + empty + "\n");
      assertEquals("endive", yaml.section("wasm").text("engine", "endive"), empty);
      yaml.section("api").text("listen");
      yaml.done();
    }
  }

  @Test
  void aKeyWithNothingAfterItHasAnEmptyText() {
    Yaml yaml = Yaml.parse("t.yaml", "a:\nb: [1, ]\nc: {X: }\n");
    assertEquals("", yaml.text("a"));
    assertEquals(List.of("1"), yaml.texts("b"));
    assertEquals("", yaml.textMap("c").get("X"));
    yaml.done();
  }

  @Test
  void duplicateKeysAliasesAndTagsAreRefused() {
    for (String text :
        List.of(
            "a: 1\na: 2\n", "a: &x [1]\nb: [*x, *x]\n", "a: !!java.net.URL [x]", "a: [", "- 1")) {
      assertThrows(ConfigException.class, () -> Yaml.parse("t.yaml", text), text);
    }
  }

  @ParameterizedTest
  @CsvSource({"-1", "1.5", "99999999999999999999", "ten", "101"})
  void numbersOutsideTheirBoundsNameFieldAndBounds(String text) {
    Yaml yaml = Yaml.parse("t.yaml", "count: '" + text + "'");
    ConfigException failure =
        assertThrows(ConfigException.class, () -> yaml.number("count", 1, 0, 100));
    assertEquals(
        "t.yaml: count: '" + text + "' is not a whole number from 0 to 100", failure.getMessage());
  }

  @Test
  void scalarsKeepTheirTextUntilAskedFor() {
    Yaml yaml = Yaml.parse("t.yaml", "a: no\nb: 0x10\nc: [1e9, yes]\nd: {X: 010}\n");
    assertEquals("no", yaml.text("a"));
    assertEquals("0x10", yaml.text("b"));
    assertEquals(List.of("1e9", "yes"), yaml.texts("c"));
    assertEquals("010", yaml.textMap("d").get("X"));
    yaml.done();
  }

  @Test
  void quantitiesCarryUnits() {
    assertEquals(64L << 20, Units.bytes("64 MiB"));
    assertEquals(1_500_000_000L, Units.bytes("1.5GB"));
    assertEquals(Duration.ofMillis(250), Units.duration("250 ms"));
    assertEquals(Duration.ofHours(36), Units.duration("1.5 d"));
    assertEquals(10_000_000_000L, Units.fuel("10G"));
    assertEquals(500, Units.cpuMillis("0.5"));
    assertEquals(500, Units.cpuMillis("500m"));
    assertEquals("1.5 GiB", Units.showBytes(3L << 29));
    assertEquals("1.25G", Units.showFuel(1_250_000_000L));
  }

  @ParameterizedTest
  @CsvSource({"-5 MiB", "64 mib", "0.3 B", "99999999999 TiB", "1e9", "''", "NaN"})
  void badSizesShowARightExample(String text) {
    ConfigException failure = assertThrows(ConfigException.class, () -> Units.bytes(text));
    assertTrue(failure.getMessage().contains("64 MiB"), failure.getMessage());
  }
}
