package hooke.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.node.task.TaskException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

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

  /// Files that are no document of ours, by what is said of them.
  private static List<Arguments> documents() {
    String deep = "[".repeat(20_000) + "]".repeat(20_000);
    return List.of(
        Arguments.of("", "the file is empty"),
        Arguments.of("# nothing\n\n", "the file is empty"),
        Arguments.of("---\n...\n", "must be a mapping"),
        Arguments.of("- a\n", "must be a mapping"),
        Arguments.of("args: " + deep, "line 1, column 38: nested more than 32 levels deep"),
        Arguments.of("{a: ".repeat(20_000), "nested more than 32 levels deep"),
        Arguments.of("a: &x [1]\nb: [*x, *x]\n", "line 2, column 5: an alias"),
        Arguments.of("a: &x [*x]\n", "an alias"),
        Arguments.of("a: !!binary aGk=\n", "a tag"),
        Arguments.of("a: !java.net.URL {x: y}\n", "a tag"),
        Arguments.of("? [a, b]\n: c\n", "line 1, column 3: a key must be a single value"),
        Arguments.of("a: 1\na: 2\n", "line 2, column 1"),
        Arguments.of("a: 1\n---\nb: 2\n", "line 2, column 1: a second document"),
        Arguments.of("a:\n\t- b\n", "line 2"),
        Arguments.of("a: [b\n", "not valid YAML"),
        Arguments.of("a: \u0000\n", "not valid YAML"),
        Arguments.of("a: \"\\UFFFFFFFF\"\n", "not valid YAML"),
        Arguments.of("%YAML 9999999999999.1\n---\na: b\n", "not valid YAML"),
        Arguments.of("a\u001b[2J: b\n", "not valid YAML"),
        Arguments.of("program: x\n\"a\\e[2J\": b\n", "\\x1b[2J"),
        Arguments.of("#" + "x".repeat(1 << 20), "larger than 1 MiB"));
  }

  @ParameterizedTest
  @MethodSource("documents")
  void aDocumentThatIsNoneIsRefusedWhereItIsWrong(String text, String said) throws IOException {
    Files.writeString(folder.resolve("t.yaml"), text);
    Files.createDirectories(folder.resolve("home"));
    Files.createDirectories(folder.resolve("n"));
    Files.writeString(folder.resolve("home/config.yaml"), text);
    Files.writeString(folder.resolve("n/node.yaml"), text);
    for (String line : List.of("quote t.yaml", "task submit t.yaml", "node run n", "market list")) {
      Ran ran = run(line.split(" "));
      assertEquals(ExitCode.BAD_INPUT.number(), ran.exit(), line + ": " + ran.err());
      assertFalse(ran.err().contains("Exception"), ran.err());
      assertFalse(ran.err().contains("\u001b"), ran.err());
      assertTrue(ran.err().contains(".yaml: "), ran.err());
      if (line.startsWith("quote")) {
        assertTrue(ran.err().contains("t.yaml: "), ran.err());
        assertTrue(
            ran.err().contains(said) || said.equals("must be a mapping"),
            said + " is not in: " + ran.err());
      }
    }
  }

  @Test
  void aDocumentMayBeginWithAByteOrderMarkAndMustBeUtf8AndAFile() throws IOException {
    Files.writeString(folder.resolve("bom.yaml"), "\ufeffprogram: nope.wasm\n");
    assertEquals(ExitCode.NO_INPUT.number(), run("quote", "bom.yaml").exit());
    Files.write(folder.resolve("bad.yaml"), new byte[] {'a', ':', '\n', 'b', ':', (byte) 0xff});
    Ran bad = run("quote", "bad.yaml");
    assertEquals(ExitCode.BAD_INPUT.number(), bad.exit());
    assertTrue(bad.err().contains("line 2: the byte 0xff is not UTF-8"), bad.err());
    Ran directory = run("quote", ".");
    assertEquals(ExitCode.BAD_INPUT.number(), directory.exit());
    assertTrue(directory.err().contains("is not a file"), directory.err());
  }

  /// Sparse files: nothing of them is read before they are refused.
  @Test
  void whatIsTooLargeIsRefusedByItsSize() throws IOException {
    for (String name : List.of("big", "small.wasm")) {
      try (RandomAccessFile file = new RandomAccessFile(folder.resolve(name).toFile(), "rw")) {
        file.setLength(name.equals("big") ? 1L << 40 : 3);
      }
    }
    Ran program = run("task", "run", "big");
    assertEquals(ExitCode.BAD_INPUT.number(), program.exit(), program.err());
    assertTrue(program.err().contains("larger than a program may be"), program.err());
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 1", "255, 255", "256, 255", "512, 255", "-1, 255", "65536, 255"})
  void everyFailureOfAProgramIsOneForAShell(int code, int exit) {
    assertEquals(exit, ExitCode.of(code));
  }

  @Test
  void wordsOfStrangersStayInTheirPlace() {
    Ran ran = run("task", "run", "\u001b[2J\u202e\u0007.wasm");
    assertEquals(ExitCode.NO_INPUT.number(), ran.exit(), ran.err());
    assertTrue(ran.err().contains("\\x1b[2J\\u{202e}\\x07.wasm"), ran.err());
    Ran option = run("task", "run", "--\u001b[2J");
    assertFalse(option.err().contains("\u001b"), option.err());
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
  void aTaskFileInAProgramsPlaceIsToldWhereItBelongs() throws IOException {
    Files.writeString(folder.resolve("t.yaml"), "program: p.wasm\n");
    Ran ran = run("task", "run", "t.yaml");
    assertEquals(ExitCode.BAD_INPUT.number(), ran.exit(), ran.err());
    assertTrue(ran.err().contains("hooke task submit"), ran.err());
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
