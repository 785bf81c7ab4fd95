package hooke.node.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// A program's own output: what a terminal would obey is shown on one, and passes raw elsewhere.
final class ScreenedTest {
  private static final byte[] EVIL =
      "\u001b[2J\u001b]0;PWNED\u0007ü\u009b1A\rexit code 0\r\n\tnext\u202e\nlast"
          .getBytes(StandardCharsets.UTF_8);

  private static Terminal terminal(ByteArrayOutputStream out, boolean shown) {
    PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
    return new Terminal(
        new ByteArrayInputStream(new byte[0]),
        to,
        to,
        Map.of(),
        Path.of(""),
        question -> Optional.empty(),
        shown,
        shown);
  }

  private static byte[] printed(byte[] bytes, boolean shown, boolean raw) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream to = terminal(out, shown).programOut(raw)) {
      to.write(bytes);
    }
    return out.toByteArray();
  }

  @Test
  void onATerminalNothingIsObeyedAndTheLastLineIsEnded() throws IOException {
    assertEquals(
        "\\x1b[2J\\x1b]0;PWNED\\x07ü\\x9b1A\\rexit code 0\n\tnext\\u{202e}\nlast"
            + System.lineSeparator(),
        new String(printed(EVIL, true, false), StandardCharsets.UTF_8));
  }

  @Test
  void inAPipeOrWhereTheUserSaysSoItIsRaw() throws IOException {
    assertArrayEquals(EVIL, printed(EVIL, false, false));
    assertArrayEquals(EVIL, printed(EVIL, true, true));
  }

  @Test
  void howItIsCutMakesNoDifference() throws IOException {
    for (long seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      byte[] bytes = new byte[random.nextInt(40)];
      for (int n = 0; n < bytes.length; n++) {
        bytes[n] =
            random.nextBoolean() ? EVIL[random.nextInt(EVIL.length)] : (byte) random.nextInt(256);
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (OutputStream to = terminal(out, true).programOut(false)) {
        for (byte each : bytes) {
          to.write(each);
        }
      }
      assertArrayEquals(printed(bytes, true, false), out.toByteArray(), "seed " + seed);
      String text = out.toString(StandardCharsets.UTF_8);
      assertEquals(
          -1,
          text.chars().filter(c -> c < 0x20 && c != '\n' && c != '\t').findAny().orElse(-1),
          "seed " + seed);
    }
  }
}
