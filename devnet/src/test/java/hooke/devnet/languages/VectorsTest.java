package hooke.devnet.languages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.node.rpc.AccessCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class VectorsTest {
  private static final Path FILE = Path.of("..", "proto", "vectors", "hooke-v1.json");

  /// Writes the file anew instead of comparing.
  private static final String WRITE = "hooke.vectors.write";

  @Test
  void theFileIsWhatThisSideComputes() throws IOException {
    if (Boolean.getBoolean(WRITE)) {
      Files.writeString(FILE, Vectors.json());
    }
    assertEquals(
        Vectors.json(),
        Files.readString(FILE),
        () -> FILE + " differs; where that is meant, write it anew with -D" + WRITE + "=true");
  }

  @Test
  void theFilesTokensOpenTheirNode() throws IOException {
    Matcher headers =
        Pattern.compile(
                "\"node\": (\\d+),\\s+\"group\": \"(\\w+)\",[^}]+\"header\": \"(Hooke [\\w-]+)\"")
            .matcher(Files.readString(FILE));
    int tokens = 0;
    while (headers.find()) {
      int node = Integer.parseInt(headers.group(1));
      AccessCheck check =
          new AccessCheck(
              Vectors.domain(),
              () -> node,
              AccessCheck.Contracts.NONE,
              Clock.fixed(Instant.ofEpochSecond(Vectors.NOW), ZoneOffset.UTC));
      assertEquals(
          Vectors.consumer().address(),
          check.caller(headers.group(3), Vectors.certificateKey(), headers.group(2)));
      tokens++;
    }
    assertTrue(tokens >= 2, "the file has tokens");
  }
}
