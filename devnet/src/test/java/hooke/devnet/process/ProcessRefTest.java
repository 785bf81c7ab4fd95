package hooke.devnet.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessRefTest {
  private static final Duration GRACE = Duration.ofSeconds(5);

  @TempDir Path directory;

  private ProcessRef sleeper() {
    return DetachedProcess.start(
        "sleeper", List.of("sleep", "60"), directory, directory.resolve("log"));
  }

  @Test
  void theNumberIsTheCommandsOwn() throws IOException {
    ProcessRef sleeper = sleeper();
    try {
      // The shell that detaches becomes setsid and then the command; give it the moment that takes.
      String command = "";
      long deadline = System.nanoTime() + GRACE.toNanos();
      while (!command.startsWith("sleep") && System.nanoTime() < deadline) {
        command =
            Files.readString(Path.of("/proc", Long.toString(sleeper.pid()), "cmdline"))
                .replace('\0', ' ');
      }
      assertEquals("sleep 60", command.strip());
    } finally {
      sleeper.kill();
    }
    assertFalse(sleeper.alive());
  }

  @Test
  void aNumberThatBelongsToSomebodyElseNowIsNeverSignalled() {
    ProcessRef sleeper = sleeper();
    try {
      ProcessRef recycled =
          new ProcessRef("stale", sleeper.pid(), sleeper.started().minusSeconds(3_600));
      assertFalse(recycled.alive());
      assertTrue(recycled.stop(GRACE));
      recycled.kill();
      assertTrue(sleeper.alive(), "the process with the same number lives on");
    } finally {
      sleeper.kill();
    }
  }

  @Test
  void aFrozenProcessCanBeThawedAndStopped() {
    ProcessRef sleeper = sleeper();
    assertFalse(sleeper.paused());
    sleeper.pause();
    assertTrue(sleeper.paused());
    sleeper.resume();
    assertFalse(sleeper.paused());
    sleeper.pause();
    assertTrue(sleeper.stop(GRACE), "a frozen process is thawed to hear SIGTERM");
    assertFalse(sleeper.alive());
  }

  @Test
  void whoDoesNotListenIsEndedByForce() {
    ProcessRef deaf =
        DetachedProcess.start(
            "deaf",
            List.of("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"),
            directory,
            directory.resolve("deaf.log"));
    long deadline = System.nanoTime() + GRACE.toNanos();
    while (!DetachedProcess.lastLines(directory.resolve("deaf.log"), 1).contains("ready")
        && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertFalse(deaf.stop(Duration.ofMillis(200)));
    assertFalse(deaf.alive());
  }
}
