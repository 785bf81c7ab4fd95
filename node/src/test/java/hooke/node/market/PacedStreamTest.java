package hooke.node.market;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class PacedStreamTest {
  private long now;

  private PacedStream stream(byte[] content, Duration betweenReads) {
    return new PacedStream(
        new ByteArrayInputStream(content),
        content.length,
        () -> {
          long then = now;
          now += betweenReads.toNanos();
          return then;
        });
  }

  @Test
  void whatComesAtAUsefulRateComesWhole() throws Exception {
    byte[] content = new byte[10_000];
    assertArrayEquals(content, stream(content, Duration.ofSeconds(5)).readAllBytes());
  }

  @Test
  void whoAnnouncesMuchHasNoMoreTimeToBegin() {
    PacedStream slow =
        PacedStream.ofUpload(
            new ByteArrayInputStream(new byte[100]),
            1L << 40,
            () -> {
              long then = now;
              now += Duration.ofSeconds(2).toNanos();
              return then;
            });
    int[] came = {0};
    assertThrows(
        IOException.class,
        () -> {
          while (slow.read() >= 0) {
            came[0]++;
          }
        });
    assertTrue(came[0] < 20, "given up within half a minute");
  }

  @Test
  void whatTricklesIsGivenUp() {
    PacedStream slow = stream(new byte[100], Duration.ofSeconds(1));
    IOException e =
        assertThrows(
            IOException.class,
            () -> {
              while (slow.read() >= 0) {
                // A byte a second.
              }
            });
    assertTrue(e.toString().contains("too slow"), e::toString);
  }
}
