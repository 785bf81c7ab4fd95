package hooke.node.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.storage.BlobId;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The buyer's check is the provider's: nothing is ordered that every node would refuse.
class ProgramCheckTest {
  @TempDir private Path folder;

  /// A command with this body.
  private static byte[] module(String body) {
    int size = body.length() / 2 + 2;
    return HexFormat.of()
        .parseHex(
            "0061736d01000000"
                // A function without parameters and results.
                + "010401600000"
                + "03020100"
                // A memory of one page.
                + "0503010001"
                // It is _start, and the memory is exported, too.
                + "071302065f7374617274"
                + "0000"
                + "066d656d6f7279"
                + "0200"
                + "0a%02x01%02x00".formatted(size + 2, size)
                + body
                + "0b");
  }

  private static ProgramCheck.Verdict verdict(byte[] module) {
    return ProgramCheck.EACH_TIME.of(module, BlobId.of(module));
  }

  @Test
  void typesAreChecked() {
    // i32.const 1, drop
    assertEquals(new ProgramCheck.Verdict.Sound(65_536), verdict(module("41011a")));
    // i64.const 1, i32.eqz, drop
    assertTrue(
        assertInstanceOf(ProgramCheck.Verdict.Refused.class, verdict(module("4201451a")))
            .why()
            .contains("type mismatch"));
    // i32.const 1: it stays on the stack
    assertInstanceOf(ProgramCheck.Verdict.Refused.class, verdict(module("4101")));
  }

  @Test
  void nestingThatEndsAStackIsNoDefect() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int depth = 0; depth < 15_000; depth++) {
      body.writeBytes(new byte[] {0x02, 0x40});
    }
    byte[] ends = new byte[15_000];
    Arrays.fill(ends, (byte) 0x0b);
    body.writeBytes(ends);
    byte[] bytes = body.toByteArray();
    // Sizes of several bytes, so by hand.
    ByteArrayOutputStream module = new ByteArrayOutputStream();
    byte[] small = module("");
    module.write(small, 0, small.length - 6);
    int size = bytes.length + 2;
    module.write(0x0a);
    module.writeBytes(leb(size + leb(size).length + 1));
    module.write(1);
    module.writeBytes(leb(size));
    module.write(0);
    module.writeBytes(bytes);
    module.write(0x0b);
    // Whatever is found: an answer, and not the end of this program.
    assertNotNull(verdict(module.toByteArray()));
  }

  private static byte[] leb(int value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int left = value;
    while (left > 0x7f) {
      out.write((left & 0x7f) | 0x80);
      left >>= 7;
    }
    out.write(left);
    return out.toByteArray();
  }

  @Test
  void anInvalidProgramIsRefusedByNameBeforeAnythingIsSent() throws Exception {
    Path program = Files.write(folder.resolve("bad.wasm"), module("4201451a"));
    TaskException refused =
        assertThrows(
            TaskException.class, () -> PreparedTask.of(TaskDraft.of(program).build()).close());
    assertEquals(TaskException.Code.BAD_PROGRAM, refused.code());
    assertTrue(refused.getMessage().contains("bad.wasm cannot be run"), refused.getMessage());
  }

  @Test
  void whatWasNotedIsNotReadAgain() throws Exception {
    byte[] bad = module("4201451a");
    BlobId id = BlobId.of(bad);
    List<String> said = new ArrayList<>();
    ProgramCheck check = new ProgramCheck(Optional.of(folder.resolve("checked")), said::add);
    assertInstanceOf(ProgramCheck.Verdict.Refused.class, check.of(bad, id));
    Files.createDirectories(folder.resolve("checked"));
    Files.createFile(folder.resolve("checked").resolve("1-" + id));
    assertInstanceOf(ProgramCheck.Verdict.Sound.class, check.of(bad, id), "by its note");
    assertEquals(List.of(), said, "a small one takes no time");
  }
}
