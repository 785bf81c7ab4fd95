package hooke.node.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArrayLinesTest {
  private static InputStream of(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void aSlotReadsItsOwnLines() throws Exception {
    assertEquals(3, ArrayLines.count(of("a\nb\n\n")));
    assertEquals(List.of("b", ""), ArrayLines.read(of("a\nb\n\n"), 1, 2));
    assertEquals(0, ArrayLines.count(of("")));
  }

  @ParameterizedTest
  @CsvSource({
    "no end, has no end",
    "NUL, NUL byte",
    "'\u00ff\n', not UTF-8",
    "LONG, longer than 4096",
    "'one\n', fewer than its tasks"
  })
  void linesThatAreNoneSayWhy(String text, String why) {
    String lines =
        switch (text) {
          case "LONG" -> "x".repeat(ArrayLines.MAX_LINE_BYTES + 1) + "\n";
          case "NUL" -> "a\0b\n";
          default -> text;
        };
    Specs.BadSpec refused =
        assertThrows(Specs.BadSpec.class, () -> ArrayLines.read(of(lines), 0, 2));
    assertTrue(String.valueOf(refused.getMessage()).contains(why), refused.getMessage());
  }

  @Test
  void aLineTakesItsPlaceOrComesLast() {
    assertEquals(
        List.of("-n", "x.txt", "out/x.txt"),
        ArrayLines.args(List.of("-n", "{}", "out/{}"), "x.txt"));
    assertEquals(List.of("-n", "x y"), ArrayLines.args(List.of("-n"), "x y"));
    assertEquals(2, ArrayLines.places(List.of("{}", "out/{}")));
    assertEquals(1, ArrayLines.places(List.of("-n")));
  }
}
