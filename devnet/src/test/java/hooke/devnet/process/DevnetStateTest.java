package hooke.devnet.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.node.config.ConfigException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevnetStateTest {
  private static final DevnetState STATE =
      new DevnetState(
          new DevnetState.Chain(
              DevnetState.Kind.ANVIL,
              URI.create("http://127.0.0.1:8545"),
              Duration.ofMillis(250),
              Optional.of(new ProcessRef("chain", 4_711, Instant.ofEpochMilli(1_234_567_890_123L))),
              "0xaa",
              "",
              "",
              7),
          List.of(
              new DevnetState.Node("node1", "operator1", 7_601, Optional.empty()),
              new DevnetState.Node(
                  "node2",
                  "operator2",
                  7_602,
                  Optional.of(new ProcessRef("node2", 99, Instant.ofEpochMilli(5))))),
          Optional.of(new ProcessRef("devnet up", 12, Instant.ofEpochMilli(6))));

  @TempDir Path directory;

  @Test
  void whatIsWrittenIsRead() {
    Path file = directory.resolve("state.json");
    STATE.write(file);
    assertEquals(Optional.of(STATE), DevnetState.read(file));
    DevnetState empty =
        new DevnetState(STATE.chain().withoutProcess(), List.of(), Optional.empty());
    empty.write(file);
    assertEquals(Optional.of(empty), DevnetState.read(file));
  }

  @Test
  void aDamagedFileIsAnErrorThatNamesIt() throws IOException {
    Path file = directory.resolve("state.json");
    Files.writeString(file, "{\"chain\": {\"kind\": \"GANACHE\"}}");
    ConfigException error = assertThrows(ConfigException.class, () -> DevnetState.read(file));
    String message = String.valueOf(error.getMessage());
    assertTrue(message.contains("chain.kind"), message);
  }
}
