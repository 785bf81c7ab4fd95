package hooke.node.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.node.spec.ResultArchive;
import hooke.storage.BlobId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResultFolderTest {
  @TempDir Path folder;

  private Path archive(String name) throws IOException {
    Path file = folder.resolve("a.tar");
    try (TarArchiveOutputStream tar =
        new TarArchiveOutputStream(Files.newOutputStream(file), "UTF-8")) {
      TarArchiveEntry entry = new TarArchiveEntry(name, true);
      entry.setSize(2);
      tar.putArchiveEntry(entry);
      tar.write(new byte[] {'h', 'i'});
      tar.closeArchiveEntry();
    }
    return file;
  }

  @Test
  void aResultAppearsWhole() throws IOException {
    ResultFolder.unpack(archive("out/x"), folder.resolve("r"), false);
    assertEquals("hi", Files.readString(folder.resolve("r/out/x")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "/x", "a/../../x", "a//b", "./x"})
  void hostileNamesLeaveNothingBehind(String name) throws IOException {
    Path file = archive(name);
    TaskException e =
        assertThrows(
            TaskException.class, () -> ResultFolder.unpack(file, folder.resolve("r"), false));
    assertEquals(TaskException.Code.BAD_RESULT, e.code());
    assertOnly("a.tar");
  }

  @Test
  void aFullDirectoryIsReplacedOnlyByForce() throws IOException {
    Path target = Files.createDirectory(folder.resolve("r"));
    Files.writeString(target.resolve("mine"), "precious");
    Path file = archive("out/x");
    blocked(() -> ResultFolder.unpack(file, target, false));
    assertEquals("precious", Files.readString(target.resolve("mine")));
    ResultFolder.unpack(file, target, true);
    assertFalse(Files.exists(target.resolve("mine")));
    assertEquals("hi", Files.readString(target.resolve("out/x")));
    assertOnly("a.tar", "r");
  }

  /// An archive of a result whose files hold their own names.
  private byte[] result(List<String> files, Map<String, String> links) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8")) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (String file : files) {
        byte[] content = file.getBytes(StandardCharsets.UTF_8);
        TarArchiveEntry entry = new TarArchiveEntry(file, true);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
      for (Map.Entry<String, String> link : links.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(link.getKey(), TarConstants.LF_SYMLINK, true);
        entry.setLinkName(link.getValue());
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void aBackslashIsACharacter() throws IOException {
    Path file = folder.resolve("a.tar");
    Files.write(file, result(List.of("out/a\\b", "out/..\\..\\x"), Map.of()));
    assertEquals("", ResultFolder.unpack(file, folder.resolve("r"), false));
    assertEquals("out/a\\b", Files.readString(folder.resolve("r/out/a\\b")));
    assertEquals("out/..\\..\\x", Files.readString(folder.resolve("r/out/..\\..\\x")));
  }

  @Test
  void linksAreMadeAndStayInTheResult() throws IOException {
    Path file = folder.resolve("a.tar");
    Files.write(file, result(List.of("out/d/x"), Map.of("out/d/l", "../d/x")));
    ResultFolder.unpack(file, folder.resolve("r"), false);
    assertEquals("out/d/x", Files.readString(folder.resolve("r/out/d/l")));
    Files.write(file, result(List.of("out/d/x"), Map.of("out/d/l", "../../../outside")));
    TaskException e =
        assertThrows(
            TaskException.class, () -> ResultFolder.unpack(file, folder.resolve("s"), false));
    assertEquals(TaskException.Code.BAD_RESULT, e.code());
    assertFalse(Files.exists(folder.resolve("s")));
  }

  /// To Windows `\\` is a separator and `:` begins a stream or a drive, wherever they stand in a
  /// name.
  @Test
  void onWindowsNoNameLeadsOutOfItsDirectory() throws IOException {
    List<String> names = List.of("out/..\\..\\..\\x", "out/C:\\x", "out/a\\..\\b", "out/com\u00b9");
    byte[] archive = result(names, Map.of("out/l", "..\\..\\x"));
    Path target = Files.createDirectory(folder.resolve("target"));
    ResultUnpacking.into(new ByteArrayInputStream(archive), target, archive.length, true);
    try (Stream<Path> all = Files.walk(target)) {
      assertTrue(
          all.skip(1)
              .map(path -> path.getFileName().toString())
              .allMatch(ResultUnpacking::windowsHolds));
    }
    for (int n = 1; n <= names.size(); n++) {
      assertTrue(Files.exists(target.resolve("out/~" + n)));
    }
    assertFalse(Files.exists(target.resolve("out/l"), LinkOption.NOFOLLOW_LINKS));
  }

  /// As any other program's directory: not the temporary one's, which is its owner's alone.
  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void theUmaskDecidesWhoMayReadAResult() throws IOException {
    Path file = folder.resolve("a.tar");
    Files.write(file, result(List.of("stdout"), Map.of()));
    ResultFolder.unpack(file, folder.resolve("r"), false);
    Path other = Files.createDirectory(folder.resolve("other"));
    assertEquals(
        Files.getPosixFilePermissions(other), Files.getPosixFilePermissions(folder.resolve("r")));
  }

  @Test
  void whatADiskCannotHoldIsHadUnderAnotherNameAndListed() throws IOException {
    byte[] archive =
        result(
            List.of("out/con/x", "out/a:b", "out/good", "out/~1", "stdout"),
            Map.of("out/l", "a:b", "out/m", "good"));
    String said =
        ResultUnpacking.into(new ByteArrayInputStream(archive), folder, archive.length, true);
    assertTrue(said.contains("3 names and 1 symbolic link"), said);
    assertEquals("out/good", Files.readString(folder.resolve("out/m")));
    String names = Files.readString(folder.resolve("names.json"));
    assertEquals(
        """
        {
          "names": {
            "out/~1": "out/con",
            "out/~2": "out/a:b",
            "out/~3": "out/~1"
          },
          "links": {
            "out/l": "a:b"
          }
        }
        """,
        names);
    assertEquals("out/con/x", Files.readString(folder.resolve("out/~1/x")));
    assertEquals("out/a:b", Files.readString(folder.resolve("out/~2")));
    assertEquals("out/~1", Files.readString(folder.resolve("out/~3")));
    assertEquals("stdout", Files.readString(folder.resolve("stdout")));
  }

  /// A path that ends just where Linux ends paths: what lies deeper is had all the same.
  @Test
  void aPathThatIsTooLongForThisDiskLosesNothing() throws IOException {
    Path target = folder;
    while (target.toString().length() < 3_500) {
      target = target.resolve("p".repeat(200));
    }
    Files.createDirectories(target);
    String deep = "out/" + ("d".repeat(250) + "/").repeat(3) + "deep";
    byte[] archive = result(List.of(deep, "stdout"), Map.of());
    String said =
        ResultUnpacking.into(new ByteArrayInputStream(archive), target, archive.length, false);
    assertTrue(said.contains("names.json"), said);
    try (Stream<Path> all = Files.walk(target)) {
      assertTrue(all.anyMatch(each -> content(each).equals(deep)));
    }
  }

  private static String content(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void equalTreesGiveOneIdWhateverTheirTimesAndOrder() throws IOException {
    assertEquals(
        tree("one", List.of("b", "a", "d/e"), 1), tree("two", List.of("d/e", "a", "b"), 2));
  }

  private BlobId tree(String name, List<String> files, long time) throws IOException {
    Path root = folder.resolve(name);
    for (String file : files) {
      Path path = root.resolve(file);
      Files.createDirectories(path.getParent());
      Files.writeString(path, file);
      Files.setLastModifiedTime(path, FileTime.fromMillis(time * 1_000_000));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ResultArchive.writeTree(bytes, root);
    return BlobId.of(bytes.toByteArray());
  }

  @Test
  void aFileThatChangesDuringUploadIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("book"), "before");
    LocalBlob blob = LocalBlob.of("the input", file);
    Files.writeString(file, "after!");
    try (var in = blob.open()) {
      TaskException e = assertThrows(TaskException.class, in::readAllBytes);
      assertEquals(TaskException.Code.INPUT_CHANGED, e.code());
    }
  }

  private void blocked(org.junit.jupiter.api.function.Executable body) {
    assertEquals(TaskException.Code.OUTPUT_BLOCKED, assertThrows(TaskException.class, body).code());
  }

  private void assertOnly(String... names) throws IOException {
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(names), left.map(p -> p.getFileName().toString()).sorted().toList());
    }
  }
}
