package hooke.devnet.process;

import hooke.devnet.DevnetException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/// Lets one command at a time change a devnet. The system drops the lock when its holder dies,
/// however it dies.
public final class DevnetLock implements AutoCloseable {
  private final FileChannel channel;
  private final FileLock lock;

  private DevnetLock(FileChannel channel, FileLock lock) {
    this.channel = channel;
    this.lock = lock;
  }

  /// Takes the lock, or fails at once.
  ///
  /// @throws DevnetException if another command holds it
  public static DevnetLock take(Layout layout) {
    Path file = layout.lockFile();
    Layout.create(layout.devnet());
    try {
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = attempt(channel);
      if (lock == null) {
        channel.close();
        throw new DevnetException(
            "another devnet command is changing this devnet right now: try again when it is done",
            DevnetException.Code.BUSY);
      }
      return new DevnetLock(channel, lock);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot lock " + file, e);
    }
  }

  private static @Nullable FileLock attempt(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // Held by this very process: for the caller the same as by another.
    }
  }

  @Override
  public void close() {
    try (channel) {
      lock.release();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot release the devnet's lock", e);
    }
  }
}
