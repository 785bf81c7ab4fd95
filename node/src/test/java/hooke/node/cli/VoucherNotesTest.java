package hooke.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.node.config.Network;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What was promised is known again by the next process, and never becomes less.
final class VoucherNotesTest {
  private static final Address ALICE = Address.parse("0x" + "11".repeat(20));
  private static final Address BOB = Address.parse("0x" + "22".repeat(20));

  @TempDir private Path home;

  private VoucherNotes notes(String genesis, Address who) {
    Network network =
        new Network(
            List.of(URI.create("http://127.0.0.1:1")),
            1,
            Bytes32.parse("0x" + genesis.repeat(32)),
            ALICE,
            ALICE,
            0);
    return new VoucherNotes(home, network, who);
  }

  @Test
  void aNoteIsOfOneAccountAndWorldAndNeverFalls() {
    notes("ab", ALICE).promise(7, Wei.of(123));
    notes("ab", ALICE).promise(7, Wei.of(99));
    assertEquals(Wei.of(123), notes("ab", ALICE).to(7));
    assertEquals(Wei.ZERO, notes("ab", ALICE).to(8));
    assertEquals(Wei.ZERO, notes("ab", BOB).to(7));
    assertEquals(Wei.ZERO, notes("cd", ALICE).to(7));
  }

  @Test
  void aDamagedNoteIsNone() throws Exception {
    notes("ab", ALICE).promise(7, Wei.of(123));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(home.resolve("vouchers"))) {
      for (Path file : files) {
        Files.writeString(file, "rubbish");
      }
    }
    assertEquals(Wei.ZERO, notes("ab", ALICE).to(7));
  }
}
