package hooke.node.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.node.spec.ResultArchive.Kind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResultArchiveTest {
  private static final long MIB = 1L << 20;

  @TempDir Path folder;

  /// Writes down what it is told, a line for each entry.
  private static List<String> heard(byte[] archive, Kind kind) throws IOException {
    List<String> lines = new ArrayList<>();
    ResultArchive.read(
        new ByteArrayInputStream(archive),
        kind,
        MIB,
        new ResultArchive.Visitor() {
          @Override
          public void directory(String path) {
            lines.add(path + "/");
          }

          @Override
          public void file(String path, long size, InputStream content) throws IOException {
            byte[] bytes = content.readAllBytes();
            assertEquals(size, bytes.length);
            lines.add(path + "=" + new String(bytes, StandardCharsets.UTF_8));
          }

          @Override
          public void link(String path, String target) {
            lines.add(path + " -> " + target);
          }
        });
    return lines;
  }

  private static BadArchive refused(byte[] archive) {
    return assertThrows(BadArchive.class, () -> heard(archive, Kind.TREE));
  }

  /// One 512-byte header.
  private static byte[] header(char type, byte[] name, String target, long size) {
    byte[] block = new byte[512];
    System.arraycopy(name, 0, block, 0, Math.min(100, name.length));
    put(block, 100, "0000644\0");
    put(block, 124, "%011o\0".formatted(size));
    put(block, 136, "00000000000\0");
    block[156] = (byte) type;
    put(block, 157, target);
    put(block, 257, "ustar\00000");
    put(block, 148, "        ");
    int sum = 0;
    for (byte each : block) {
      sum += each & 0xff;
    }
    put(block, 148, "%06o\0 ".formatted(sum));
    return block;
  }

  private static void put(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// Entries `type name [target]` and their content.
  private static final class Tar {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Tar add(char type, String name, String target, String content) {
      return add(type, bytes(name), target, bytes(content));
    }

    Tar add(char type, byte[] name, String target, byte[] content) {
      bytes.writeBytes(header(type, name, target, content.length));
      bytes.writeBytes(content);
      bytes.writeBytes(new byte[-content.length & 511]);
      return this;
    }

    Tar file(String name) {
      return add('0', name, "", "x");
    }

    byte[] end() {
      bytes.writeBytes(new byte[1_024]);
      return bytes.toByteArray();
    }
  }

  private static String pax(String key, String value) {
    int own = bytes(key + value).length + 3;
    int length = own + 1;
    while (String.valueOf(length).length() + own != length) {
      length++;
    }
    return length + " " + key + "=" + value + "\n";
  }

  @Test
  void namesAreTheArchivesBytes() throws IOException {
    byte[] archive =
        new Tar()
            .file("a\\b")
            .file("C:x")
            .file("\u00e9")
            .file("e\u0301")
            .file("new\nline")
            .add('x', "x", "", pax("path", "pax\\名"))
            .file("short")
            .add('L', "L", "", "gnu\\long\0")
            .file("short")
            .end();
    assertEquals(
        List.of(
            "a\\b=x", "C:x=x", "\u00e9=x", "e\u0301=x", "new\nline=x", "pax\\名=x", "gnu\\long=x"),
        heard(archive, Kind.TREE));
  }

  @Test
  void whatThisWritesIsReadBack() throws IOException {
    Path root = Files.createDirectory(folder.resolve("tree"));
    Path deep = root;
    for (int n = 0; n < 5; n++) {
      deep = Files.createDirectory(deep.resolve("d".repeat(190)));
    }
    Files.writeString(deep.resolve("deep"), "1");
    Files.writeString(root.resolve("b\\c"), "2");
    Files.writeString(root.resolve("b"), "3");
    Files.createSymbolicLink(root.resolve("link"), Path.of("b\\c"));
    Files.createSymbolicLink(deep.resolve("up"), Path.of("../../" + "t".repeat(150)));
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    ResultArchive.writeTree(archive, root);
    Path back = Files.createDirectory(folder.resolve("back"));
    ResultArchive.unpack(new ByteArrayInputStream(archive.toByteArray()), back, MIB);
    ByteArrayOutputStream again = new ByteArrayOutputStream();
    ResultArchive.writeTree(again, back);
    assertArrayEquals(archive.toByteArray(), again.toByteArray());
    assertEquals("2", Files.readString(back.resolve("link")));
  }

  @Test
  void directoriesComeOnceAndBeforeWhatLiesInThem() throws IOException {
    assertEquals(
        List.of("a/", "a/b/", "a/b/c=x", "d/"),
        heard(
            new Tar().file("a/b/c").add('5', "a/", "", "").add('5', "d", "", "").end(), Kind.TREE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "/", "/x", "../x", "a/../x", "a/..", "./x", ".", "..", "a//b", "a/./b"})
  void aNameThatLeavesItsPlaceIsRefused(String name) {
    refused(new Tar().file(name).end());
    refused(new Tar().add('x', "x", "", pax("path", name)).file("good").end());
  }

  @Test
  void noNameComesTwiceAndNothingLiesBelowAFileOrALink() {
    refused(new Tar().file("a").file("a").end());
    refused(new Tar().file("a").add('5', "a/", "", "").end());
    refused(new Tar().add('5', "a/", "", "").add('5', "a/", "", "").end());
    refused(new Tar().file("a/b").file("a").end());
    refused(new Tar().file("a").file("a/b").end());
    refused(new Tar().add('2', "a", "b", "").file("a/x").end());
    refused(new Tar().file("a/x").add('2', "a", "b", "").end());
  }

  @Test
  void namesAndPathsHaveALongest() throws IOException {
    refused(new Tar().add('x', "x", "", pax("path", "n".repeat(256))).file("n").end());
    String path = ("n".repeat(255) + "/").repeat(4) + "12345678";
    assertEquals(
        5, heard(new Tar().add('x', "x", "", pax("path", path)).file("n").end(), Kind.TREE).size());
    refused(new Tar().add('x', "x", "", pax("path", path + "9")).file("n").end());
  }

  @Test
  void aNameThatIsNotUtf8IsRefusedAndShownEscaped() {
    byte[] name = {'b', 'a', 'd', (byte) 0xff};
    assertTrue(
        String.valueOf(refused(new Tar().add('0', name, "", new byte[0]).end()))
            .contains("bad\\xff"));
  }

  @ParameterizedTest
  @ValueSource(chars = {'1', '3', '4', '6', 'S', 'D', 'M', 'V', 'A'})
  void whatIsNoFileDirectoryOrLinkIsRefused(char type) {
    refused(new Tar().add(type, "x", "y", "").end());
  }

  @ParameterizedTest
  @CsvSource({
    "out/l, x, true",
    "out/l, ./x//y/, true",
    "out/l, .., false",
    "out/l, ../out/x, false",
    "out/d/l, .., true",
    "out/d/l, ../x, true",
    "out/d/l, ./../x, true",
    "out/d/l, ../../x, false",
    "out/d/l, x/../y, false",
    "out/d/l, ../x/.., false",
    "out/l, /etc/passwd, false",
    "out/l, '', false",
    "work/a/b/l, ../../x, true",
    "work/a/b/l, ../../../out/x, false",
  })
  void aLinkStaysInItsTree(String path, String target, boolean stays) throws IOException {
    byte[] archive = new Tar().add('2', path, target, "").end();
    if (stays) {
      List<String> lines = heard(archive, Kind.RESULT);
      assertEquals(path + " -> " + target, lines.getLast());
      assertNull(ResultArchive.linkProblem(Kind.RESULT, path, target));
    } else {
      assertThrows(BadArchive.class, () -> heard(archive, Kind.RESULT));
    }
  }

  @Test
  void aResultHoldsNothingButItsFourTops() throws IOException {
    assertEquals(
        List.of("out/", "out/a=x", "stderr=x", "stdout=x", "work/"),
        heard(
            new Tar()
                .add('5', "out/", "", "")
                .file("out/a")
                .file("stderr")
                .file("stdout")
                .add('5', "work/", "", "")
                .end(),
            Kind.RESULT));
    for (Tar tar :
        List.of(
            new Tar().file("NAMES"),
            new Tar().file("out"),
            new Tar().file("stdout/x"),
            new Tar().add('5', "stdout/", "", ""),
            new Tar().add('2', "stdout", "out", ""))) {
      byte[] archive = tar.end();
      assertThrows(BadArchive.class, () -> heard(archive, Kind.RESULT));
    }
  }

  @Test
  void aHeaderThatClaimsGigabytesTakesNone() {
    for (char type : "xgLK".toCharArray()) {
      // Octal and GNU's binary; the content itself is not there.
      refused(header(type, bytes("h"), "", 2L << 30));
      byte[] binary = header(type, bytes("h"), "", 0);
      binary[124] = (byte) 0x80;
      binary[125] = 0x7f;
      binary[148 + 6] = 0;
      refused(binary);
    }
    refused(new Tar().add('0', bytes("big"), "", new byte[(int) MIB + 1]).end());
  }

  @Test
  void sparseFilesAndRepeatedHeadersAreRefused() {
    refused(new Tar().add('x', "x", "", pax("GNU.sparse.major", "1")).file("a").end());
    refused(new Tar().add('x', "x", "", pax("size", "1") + pax("size", "2")).file("a").end());
    refused(
        new Tar()
            .add('x', "x", "", pax("path", "a"))
            .add('x', "x", "", pax("path", "b"))
            .file("a")
            .end());
    refused(new Tar().add('g', "g", "", pax("path", "a")).file("a").end());
    refused(new Tar().add('x', "x", "", "12 path").file("a").end());
    refused(new Tar().add('x', "x", "", "999999 path=a\n").file("a").end());
  }

  @Test
  void anArchiveThatEndsEarlyIsNotTakenForAWholeOne() throws IOException {
    byte[] whole = new Tar().file("a").file("b").end();
    for (int length = 0; length <= 4 * 512; length += 256) {
      refused(java.util.Arrays.copyOf(whole, length));
    }
    assertEquals(2, heard(java.util.Arrays.copyOf(whole, 5 * 512), Kind.TREE).size());
  }

  @Test
  void tooManyEntriesAreRefusedAlsoWhereTheyOnlyLieBetween() throws IOException {
    Tar many = new Tar();
    for (int n = 0; n < 200; n++) {
      many.add('x', "x", "", pax("path", n + "/" + "d/".repeat(505) + "f")).add('0', "f", "", "");
    }
    assertTrue(String.valueOf(refused(many.end())).contains("100,016"));
  }

  /// Whatever the bytes, the answer is an archive or a [BadArchive].
  @Test
  void damagedArchivesAreRefusedInWords() {
    byte[] sound =
        new Tar()
            .add('x', "x", "", pax("path", "é") + pax("size", "3"))
            .add('0', "n", "", "123")
            .add('2', "l", "n", "")
            .add('5', "d/", "", "")
            .end();
    for (long seed = 0; seed < 2_000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      byte[] bytes = sound.clone();
      for (int n = random.nextInt(1, 6); n > 0; n--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      for (int at = 0; random.nextBoolean() && at + 512 <= bytes.length; at += 512) {
        byte[] block = java.util.Arrays.copyOfRange(bytes, at, at + 512);
        put(block, 148, "        ");
        int sum = 0;
        for (byte each : block) {
          sum += each & 0xff;
        }
        put(bytes, at + 148, "%06o\0 ".formatted(sum));
      }
      try {
        heard(bytes, Kind.TREE);
      } catch (BadArchive e) {
        assertTrue(e.toString().length() < 500);
      } catch (IOException | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  @Test
  void whatTheLibraryWritesIsRead() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8")) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
      TarArchiveEntry entry = new TarArchiveEntry("long".repeat(50) + "é", true);
      entry.setSize(1);
      tar.putArchiveEntry(entry);
      tar.write('x');
      tar.closeArchiveEntry();
    }
    assertEquals(List.of("long".repeat(50) + "é=x"), heard(bytes.toByteArray(), Kind.TREE));
  }
}
