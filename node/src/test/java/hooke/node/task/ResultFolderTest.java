package hooke.node.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hooke.node.spec.ResultArchive;
import hooke.storage.BlobId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
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
    blocked(() -> ResultFolder.unpack(file, folder.resolve("r"), false));
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
