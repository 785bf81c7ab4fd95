package hooke.node.rpc;

import com.google.protobuf.ByteString;
import hooke.storage.BlobId;
import hooke.storage.BlobReader;
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
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/// Pieces of a task's standard output and error: from the files that grow while it runs, and from
/// the result archive afterwards. The bytes are the same.
final class TaskOutput {
  private static final int REMEMBERED = 1_000;

  private final BlobStore store;
  private final Map<Place, Span> found =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Span> eldest) {
          return size() > REMEMBERED;
        }
      };

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

  /// Bytes of an entry of a result archive; zero when it is gone.
  long keptSize(BlobId archive, String name) {
    try {
      Span entry = find(new Place(archive, name));
      return entry == null ? 0 : entry.size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// From a result archive; empty when it is gone.
  ByteString kept(BlobId archive, String name, long offset, int most) {
    try {
      Span entry = find(new Place(archive, name));
      if (entry == null || offset >= entry.size()) {
        return ByteString.EMPTY;
      }
      Optional<BlobReader> bytes = store.read(archive, entry.start() + offset);
      if (bytes.isEmpty()) {
        return ByteString.EMPTY;
      }
      try (InputStream content = bytes.get()) {
        return ByteString.copyFrom(content.readNBytes((int) Math.min(most, entry.size() - offset)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Looks for an entry once: output stands behind everything else the program wrote.
  private @Nullable Span find(Place place) throws IOException {
    synchronized (found) {
      Span known = found.get(place);
      if (known != null) {
        return known;
      }
    }
    Optional<BlobReader> bytes = store.read(place.archive(), 0);
    if (bytes.isEmpty()) {
      return null;
    }
    try (TarArchiveInputStream tar = new TarArchiveInputStream(bytes.get())) {
      for (TarArchiveEntry next = tar.getNextEntry(); next != null; next = tar.getNextEntry()) {
        if (next.getName().equals(place.name())) {
          Span entry = new Span(tar.getBytesRead(), next.getSize());
          synchronized (found) {
            found.put(place, entry);
          }
          return entry;
        }
      }
      return null;
    }
  }

  private record Place(BlobId archive, String name) {}

  /// Where an entry's bytes are in the archive.
  private record Span(long start, long size) {}
}
