package hooke.chain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hooke.chain.rpc.ChainClient;
import hooke.chain.testing.AnvilChain;
import hooke.chain.testing.HardhatChain;
import hooke.chain.testing.LocalChain;
import hooke.chain.testing.PortHolder;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Chains as processes of their own.
final class LocalChainTest {
  private static final Path CONTRACTS = Path.of("..", "contracts");

  @TempDir private Path folder;

  private Path log() {
    return folder.resolve("chain.log");
  }

  @Test
  void whoeverAnswersAtTheWantedPortIsNotTakenForTheChain() {
    assumeTrue(
        AnvilChain.executable(CONTRACTS).isPresent(),
        "Anvil is not installed, so Linux is not here");
    try (LocalChain first = AnvilChain.start(CONTRACTS, 0, Duration.ZERO, null, log())) {
      int port = first.url().getPort();
      for (boolean anvil : new boolean[] {true, false}) {
        ChainException refused =
            assertThrows(
                ChainException.class,
                () -> {
                  LocalChain second =
                      anvil
                          ? AnvilChain.start(CONTRACTS, port, Duration.ZERO, null, log())
                          : HardhatChain.start(CONTRACTS, port, Duration.ZERO, log());
                  second.close();
                });
        assertEquals(ChainException.Code.START_FAILED, refused.code());
      }
      assertTrue(first.alive());
    }
  }

  /// Three, because they start within a second each: two of them share one.
  @Test
  void chainsOfOneSecondHaveAGenesisOfTheirOwn() {
    assumeTrue(
        AnvilChain.executable(CONTRACTS).isPresent(),
        "Anvil is not installed, so Linux is not here");
    Set<String> worlds = new HashSet<>();
    for (int i = 0; i < 3; i++) {
      try (LocalChain chain = AnvilChain.start(CONTRACTS, 0, Duration.ZERO, null, log());
          ChainClient client = chain.client()) {
        worlds.add(client.genesisHash().toString());
      }
    }
    assertEquals(3, worlds.size());
  }

  @Test
  void theSystemSaysWhoHoldsAPort() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/net/tcp")), "only Linux tells");
    ProcessHandle self = ProcessHandle.current();
    int port;
    try (ServerSocket held = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = held.getLocalPort();
      assertEquals(PortHolder.Verdict.OWN, PortHolder.of(self, port));
      Process other = new ProcessBuilder("sleep", "60").start();
      try {
        assertEquals(PortHolder.Verdict.OTHER, PortHolder.of(other.toHandle(), port));
      } finally {
        other.destroyForcibly().waitFor();
      }
      assertNotEquals(PortHolder.Verdict.OWN, PortHolder.of(other.toHandle(), port));
    }
    assertEquals(PortHolder.Verdict.OTHER, PortHolder.of(self, port));
  }
}
