package hooke.node.task;

import hooke.node.spec.HostNames;
import hooke.storage.BlobHasher;
import hooke.storage.BlobId;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Bytes on this machine that a task names by their content.
///
/// @param what the user's word for it, for messages
/// @param file where the bytes are
public record LocalBlob(String what, Path file, BlobId id, long size) {

  /// Reads the file once and names it.
  static LocalBlob of(String what, Path file) {
    return of(what, file, Reading.SILENT);
  }

  /// The same, telling how far it is.
  static LocalBlob of(String what, Path file, Reading reading) {
    BlobHasher hasher = new BlobHasher();
    byte[] buffer = new byte[BlobHasher.CHUNK_SIZE];
    try (InputStream in = Files.newInputStream(file)) {
      long size = Files.size(file);
      for (int n; (n = in.read(buffer)) >= 0; ) {
        hasher.update(buffer, 0, n);
        reading.at(what, file, hasher.size(), size);
      }
    } catch (IOException e) {
      throw new TaskException(
          TaskException.Code.NO_INPUT,
          "%s %s cannot be read: %s".formatted(what, HostNames.shown(file), reason(e)),
          "check the path and its permissions",
          e);
    }
    long size = hasher.size();
    return new LocalBlob(what, file, hasher.finish(), size);
  }

  /// The bytes again. The stream fails with `INPUT_CHANGED` at its end, or as soon as it grows
  /// longer, when they are not the bytes that were named: a provider never sees a blob under a
  /// wrong name.
  public InputStream open() throws IOException {
    return new Checked(Files.newInputStream(file));
  }

  /// Some of the bytes, as they are now.
  byte[] piece(long from, int most) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      in.skipNBytes(from);
      return in.readNBytes(most);
    }
  }

  static String reason(IOException e) {
    return switch (e) {
      case java.nio.file.NoSuchFileException ignored -> "there is no such file";
      case java.nio.file.AccessDeniedException ignored -> "permission denied";
      case java.nio.file.FileSystemException system when system.getReason() != null ->
          system.getReason();
      default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    };
  }

  private final class Checked extends FilterInputStream {
    private final BlobHasher hasher = new BlobHasher();
    private boolean ended;

    Checked(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int n = super.read(bytes, offset, length);
      if (n > 0) {
        hasher.update(bytes, offset, n);
      }
      if (hasher.size() > size || (n < 0 && !ended && !same())) {
        throw new TaskException(
            TaskException.Code.INPUT_CHANGED,
            "%s %s changed while it was being uploaded".formatted(what, HostNames.shown(file)),
            "nothing was ordered; try again when nobody writes to it");
      }
      return n;
    }

    @Override
    public boolean markSupported() {
      return false;
    }

    @Override
    public long skip(long n) {
      return 0;
    }

    private boolean same() {
      ended = true;
      return hasher.size() == size && hasher.finish().equals(id);
    }
  }
}
