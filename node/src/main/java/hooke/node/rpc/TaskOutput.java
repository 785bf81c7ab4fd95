package hooke.node.rpc;

import com.google.protobuf.ByteString;
import hooke.storage.BlobId;
import hooke.storage.BlobStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/// Pieces of a task's standard output and error: from the files that grow while it runs, and from
/// the result archive afterwards. The bytes are the same.
final class TaskOutput {
  private final BlobStore store;

  TaskOutput(BlobStore store) {
    this.store = store;
  }

  /// Bytes so far; zero when the run has no such file (any more).
  static long size(Path run, String name) {
    try {
      return Files.size(run.resolve(name));
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ByteString growing(Path run, String name, long offset, int most) {
    try (FileChannel file = FileChannel.open(run.resolve(name), StandardOpenOption.READ)) {
      ByteBuffer piece =
          ByteBuffer.allocate((int) Math.min(most, Math.max(0, file.size() - offset)));
      while (piece.hasRemaining() && file.read(piece, offset + piece.position()) > 0) {
        // Reads on until the piece is full.
      }
      return ByteString.copyFrom(piece.flip());
    } catch (NoSuchFileException e) {
      // The run has just ended: the archive has it.
      return ByteString.EMPTY;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// From a result archive; empty when it is gone.
  ByteString kept(BlobId archive, String name, long offset, int most) {
    try (InputStream bytes = store.read(archive, 0).<InputStream>map(r -> r).orElse(null)) {
      if (bytes == null) {
        return ByteString.EMPTY;
      }
      TarArchiveInputStream tar = new TarArchiveInputStream(bytes);
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (entry.getName().equals(name)) {
          tar.skipNBytes(Math.min(offset, entry.getSize()));
          return ByteString.copyFrom(tar.readNBytes(most));
        }
      }
      return ByteString.EMPTY;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
