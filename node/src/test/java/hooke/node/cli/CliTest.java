package hooke.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.node.task.TaskException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CliTest {
  @TempDir Path folder;

  private record Ran(int exit, String out, String err) {}

  private Ran run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Terminal terminal =
        new Terminal(
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Map.of("HOOKE_HOME", folder.resolve("home").toString()),
            folder,
            question -> Optional.empty());
    int exit =
        new Cli(
                terminal,
                (network, consumer) ->
                    node -> {
                      throw new TaskException(TaskException.Code.UNREACHABLE, "no nodes here", "");
                    })
            .run(args);
    return new Ran(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "bogus, 64",
    "task run, 64",
    "task run nope.wasm, 66",
    "task run nope.wasm --fuel -1, 64",
    "task run nope.wasm --max-price free, 64",
    "task run nope.wasm --verify quorum:1/2, 64",
    "task submit nope.yaml, 65",
    "task list, 78",
    "wallet new ../evil, 64",
    "wallet new a, 64",
    "wallet import a nofile, 66",
    "market list, 78",
    "market list --kind bids, 64",
    "market show mandates/1, 78",
    "provider show x, 64",
    "node init n --join nowhere, 78",
    "node init n --join http://127.0.0.1:1, 64",
    "node init n --join http://127.0.0.1:1#0x12, 64",
    "node init n --join http://127.0.0.1:1#0x5FbDB2315678afecb367f032d93F642f64180aa3, 69"
  })
  void whatCannotBeDoneSaysSoWithItsExitCode(String line, int exit) {
    Ran ran = run(line.split(" "));
    assertEquals(exit, ran.exit(), ran.err());
    assertTrue(ran.err().startsWith("hooke: "), ran.err());
    assertFalse(ran.err().contains("Exception"), ran.err());
    assertEquals("", ran.out());
  }

  @Test
  void helpGroupsTheCommands() {
    Ran ran = run("--help");
    assertEquals(0, ran.exit());
    assertTrue(ran.out().contains("Run tasks:\n  task "), ran.out());
  }

  @Test
  void aProgramThatIsNoWasmIsRefused() throws IOException {
    Files.writeString(folder.resolve("p.wasm"), "#!/bin/sh\n");
    Ran ran = run("task", "run", "p.wasm");
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exit(), ran.err());
    assertTrue(ran.err().contains("p.wasm cannot be run"), ran.err());
  }

  @Test
  void aWalletIsImportedAndListed() throws IOException {
    Files.writeString(folder.resolve("pw"), "secret\n");
    Files.writeString(
        folder.resolve("key"), "test test test test test test test test test test test junk\n");
    Ran imported = run("wallet", "import", "alice", "key", "--password-file", "pw");
    assertEquals(0, imported.exit(), imported.err());
    assertEquals("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266\n", imported.out());
    Ran listed = run("wallet", "list", "-o", "json");
    assertTrue(listed.out().contains("\"name\": \"alice\""), listed.out());
  }

  @Test
  void jsonEscapesWhatStrangersWrote() {
    assertEquals(
        "[\n  {\n    \"a\": \"x\\\"\\u001b\"\n  }\n]",
        Json.write(List.of(Map.of("a", "x\"\u001b"))));
  }

  @Test
  void tablesAlignAndStripControlCharacters() {
    assertEquals("A   B\nxx  y?", new Table("A", "B").row("xx", "y\u001b").toString());
  }
}
