package hooke.devnet.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hooke.chain.rpc.ChainClient;
import hooke.chain.testing.AnvilChain;
import hooke.devnet.DevnetException;
import hooke.devnet.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// On a real Hardhat chain in a process of its own.
class ChainHostTest {
  @TempDir Path home;

  private Layout layout() {
    return new Layout(home, Path.of("..").toAbsolutePath().normalize());
  }

  private static DevnetState.Chain hardhat() {
    return chain(DevnetState.Kind.HARDHAT);
  }

  private static DevnetState.Chain chain(DevnetState.Kind kind) {
    return new DevnetState.Chain(
        kind,
        URI.create("http://127.0.0.1:" + Ports.ofProcess().near(18_545)),
        Duration.ofMillis(50),
        Optional.empty(),
        "",
        "",
        "",
        0);
  }

  @Test
  void aHardhatChainThatWasStartedAnewIsAnotherWorldAndDownLeavesNothingRunning() {
    ChainHost host = new ChainHost(layout());
    DevnetState.Chain first = host.start(hardhat());
    DevnetState.Chain second = first;
    try {
      first = host.awaitAnswer(first);
      assertTrue(host.answers(first));
      host.mineByTheClock(first);
      try (ChainClient client = ChainClient.of(first.rpc())) {
        long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (client.latestNumber() < 2 && System.nanoTime() < deadline) {
          Thread.onSpinWait();
        }
        assertTrue(client.latestNumber() >= 2, "blocks come by the clock");
      }
      first.process().orElseThrow().kill();
      assertFalse(host.answers(first));

      second = host.start(first);
      assertNotEquals(first.process(), second.process());
      DevnetState.Chain restarted = second;
      DevnetException refusal =
          assertThrows(DevnetException.class, () -> host.awaitAnswer(restarted));
      assertEquals(DevnetException.Code.WRONG_WORLD, refusal.code());
      assertTrue(refusal.getMessage().contains("up --fresh"), refusal.getMessage());
    } finally {
      StringWriter said = new StringWriter();
      new DevnetState(second, List.of(), Optional.empty()).write(layout().stateFile());
      new TakeDown(layout(), new Progress(new PrintWriter(said, true)))
          .run(new DevnetState(second, List.of(), Optional.empty()), false);
    }
    assertFalse(second.process().orElseThrow().alive());
    assertFalse(Files.exists(layout().stateFile()), "a Hardhat world ends with its chain");
  }

  @ParameterizedTest
  @EnumSource(names = {"HARDHAT", "ANVIL"})
  void anotherChainsAnswerAtThePortIsNotTakenForOurs(DevnetState.Kind kind) {
    assumeTrue(
        kind == DevnetState.Kind.HARDHAT || AnvilChain.executable(layout().contracts()).isPresent(),
        "Anvil is not installed: npm has it for Linux only");
    DevnetState.Chain wanted = chain(kind);
    ChainHost first = new ChainHost(layout());
    ChainHost second =
        new ChainHost(
            new Layout(home.resolve("second"), Path.of("..").toAbsolutePath().normalize()));
    DevnetState.Chain ours = first.start(wanted);
    DevnetState.Chain theirs = second.start(wanted);
    try {
      // One of the two binds; which one is the system's choice.
      int up = 0;
      int refused = 0;
      for (boolean mine : new boolean[] {true, false}) {
        try {
          DevnetState.Chain answered = mine ? first.awaitAnswer(ours) : second.awaitAnswer(theirs);
          assertTrue((mine ? first : second).answers(answered));
          up++;
        } catch (DevnetException e) {
          assertEquals(DevnetException.Code.PORT_TAKEN, e.code(), e.getMessage());
          assertTrue(e.getMessage().contains("port " + wanted.rpc().getPort()), e.getMessage());
          refused++;
        }
      }
      assertEquals(1, up);
      assertEquals(1, refused);
    } finally {
      ours.process().orElseThrow().kill();
      theirs.process().orElseThrow().kill();
    }
  }

  @Test
  void aChainThatCannotStartShowsTheEndOfItsLog() throws IOException {
    Path broken = home.resolve("checkout");
    Files.createDirectories(broken.resolve("contracts/node_modules/hardhat"));
    Path run = broken.resolve("contracts/run");
    Files.writeString(run, "#!/bin/sh\necho the disk is full\nexit 3\n");
    assertTrue(run.toFile().setExecutable(true));
    ChainHost host = new ChainHost(new Layout(home, broken));
    DevnetException error =
        assertThrows(DevnetException.class, () -> host.awaitAnswer(host.start(hardhat())));
    assertEquals(DevnetException.Code.UNAVAILABLE, error.code());
    assertTrue(error.getMessage().contains("chain.log"), error.getMessage());
    assertTrue(error.getMessage().contains("the disk is full"), error.getMessage());
  }
}
