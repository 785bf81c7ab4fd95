package hooke.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailuresTest {
  @TempDir Path folder;

  @Test
  void aFullDiskIsNoDefectOfHooke() {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "this system has no /dev/full");
    IOException thrown =
        assertThrows(IOException.class, () -> Files.writeString(full, "a key, a database"));
    for (Exception each :
        new Exception[] {thrown, new UncheckedIOException("the node cannot be made", thrown)}) {
      Failures.Failure told = Failures.of(each);
      assertTrue(told.message().contains("No space left on device"), told.message());
      assertFalse(told.message().contains("defect"), told.message());
    }
    assertEquals(ExitCode.DISK_FAILED, Failures.of(thrown).exit());
  }

  @Test
  void aFileThatIsNotThereIsNamedInWords() {
    Path file = folder.resolve("gone");
    IOException thrown = assertThrows(IOException.class, () -> Files.readString(file));
    assertEquals("there is no " + file, Failures.of(thrown).message());
  }
}
