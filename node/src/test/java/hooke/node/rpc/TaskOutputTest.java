package hooke.node.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.node.runtime.Trees;
import hooke.node.spec.ResultArchive;
import hooke.storage.BlobId;
import hooke.storage.BlobStore;
import hooke.storage.Holding;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TaskOutputTest {
  @TempDir private Path directory;

  @Test
  void keptOutputIsWhatGrewWhileTheTaskRan() throws IOException {
    String text = "0123456789".repeat(20_000);
    Path run = Files.createDirectories(directory.resolve("run"));
    Files.writeString(run.resolve("stdout"), text);
    Files.writeString(run.resolve("stderr"), "oops");
    Path tree = directory.resolve("tree");
    Path out = Files.createDirectories(tree.resolve("out").resolve("ä".repeat(120)));
    Files.writeString(out.resolve("x".repeat(150)), "a long name needs a pax header");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ResultArchive.writeResult(
        bytes,
        run.resolve("stdout"),
        run.resolve("stderr"),
        Trees.listed(tree, run.resolve("left")));
    byte[] archive = bytes.toByteArray();
    BlobId id = BlobId.of(archive);
    try (BlobStore store = BlobStore.open(directory.resolve("blobs"), 1 << 24)) {
      store.put(
          id,
          archive.length,
          new Holding("self", Instant.now().plusSeconds(60), Holding.Access.OWNER_ONLY),
          Long.MAX_VALUE,
          new ByteArrayInputStream(archive));
      TaskOutput output = new TaskOutput(store);
      for (int offset : new int[] {0, 1, 65_535, 199_999}) {
        String expected = text.substring(offset, Math.min(text.length(), offset + 70_000));
        assertEquals(expected, output.kept(id, "stdout", offset, 70_000).toStringUtf8());
        assertEquals(expected, TaskOutput.growing(run, "stdout", offset, 70_000).toStringUtf8());
      }
      assertEquals("oops", output.kept(id, "stderr", 0, 100).toStringUtf8());
      assertTrue(output.kept(id, "stdout", text.length(), 100).isEmpty());
      assertTrue(output.kept(BlobId.of(new byte[1]), "stdout", 0, 100).isEmpty());
    }
  }
}
