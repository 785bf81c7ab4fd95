package hooke.node.runtime.wasi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A file or directory of the program's tree. Times are nanoseconds of the program's clock.
abstract sealed class Inode {
  /// Names are sorted by their UTF-8 bytes, on every machine.
  static final Comparator<String> BYTEWISE =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  final long number;
  final boolean writable;
  long accessed;
  long modified;

  private Inode(long number, boolean writable, long now) {
    this.number = number;
    this.writable = writable;
    this.accessed = now;
    this.modified = now;
  }

  abstract long size();

  static final class Directory extends Inode {
    final NavigableMap<String, Inode> entries = new TreeMap<>(BYTEWISE);
    @Nullable Directory parent;

    /// Bytes of the path from the tree's root, kept below a bound so that the tree fits on any
    /// host.
    int pathBytes;

    Directory(long number, boolean writable, long now, @Nullable Directory parent, int pathBytes) {
      super(number, writable, now);
      this.parent = parent;
      this.pathBytes = pathBytes;
    }

    @Override
    long size() {
      return 0;
    }
  }

  /// Content lies in one host file, opened while the program has it open.
  static final class File extends Inode {
    final Path content;
    private final @Nullable OutputBudget budget;
    private long size;
    private int opened;
    private boolean linked = true;
    private @Nullable FileChannel channel;

    /// A file of the program's own, empty. Counts against the budget.
    File(long number, long now, Path content, OutputBudget budget) {
      super(number, true, now);
      this.content = content;
      this.budget = budget;
    }

    /// An input file.
    File(long number, long now, Path content, long size) {
      super(number, false, now);
      this.content = content;
      this.budget = null;
      this.size = size;
    }

    @Override
    long size() {
      return size;
    }

    void open() {
      opened++;
    }

    void close() {
      opened--;
      if (opened == 0) {
        closeChannel();
        reclaim();
      }
    }

    void unlink() {
      linked = false;
      reclaim();
    }

    private void reclaim() {
      if (!linked && opened == 0 && budget != null) {
        budget.giveBack(size);
        try {
          Files.deleteIfExists(content);
        } catch (IOException e) {
          throw disk(e);
        }
      }
    }

    void closeChannel() {
      FileChannel open = channel;
      channel = null;
      if (open != null) {
        try {
          open.close();
        } catch (IOException e) {
          throw disk(e);
        }
      }
    }

    private FileChannel channel() throws IOException {
      FileChannel open = channel;
      if (open == null) {
        open =
            budget == null
                ? FileChannel.open(content, StandardOpenOption.READ)
                : FileChannel.open(
                    content,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.CREATE);
        channel = open;
      }
      return open;
    }

    void read(long position, byte[] to, int length) {
      ByteBuffer buffer = ByteBuffer.wrap(to, 0, length);
      try {
        while (buffer.hasRemaining()) {
          int n = channel().read(buffer, position + buffer.position());
          if (n < 0) {
            if (budget == null) {
              throw new Halt.HostDisk("an input file became shorter while the task ran");
            }
            // The tail of a file that was enlarged and never written.
            Arrays.fill(to, buffer.position(), length, (byte) 0);
            return;
          }
        }
      } catch (IOException e) {
        throw disk(e);
      }
    }

    /// Makes room up to `end`, or ends the program at its output limit.
    void reserve(long end) {
      if (end > size && budget != null) {
        budget.take(end - size);
        size = end;
      }
    }

    void write(long position, byte[] from, int length) {
      ByteBuffer buffer = ByteBuffer.wrap(from, 0, length);
      try {
        while (buffer.hasRemaining()) {
          channel().write(buffer, position + buffer.position());
        }
      } catch (IOException e) {
        throw disk(e);
      }
    }

    void resize(long newSize) {
      if (newSize > size) {
        reserve(newSize);
        return;
      }
      if (budget != null) {
        budget.giveBack(size - newSize);
      }
      size = newSize;
      try {
        if (channel().size() > newSize) {
          channel().truncate(newSize);
        }
      } catch (IOException e) {
        throw disk(e);
      }
    }

    /// Moves the content to where the result is collected.
    void deliver(Path to) throws IOException {
      try (FileChannel out = channel()) {
        if (out.size() < size) {
          out.write(ByteBuffer.wrap(new byte[1]), size - 1);
        }
      }
      channel = null;
      Files.move(content, to);
    }
  }

  static Halt.HostDisk disk(IOException e) {
    return new Halt.HostDisk(e.toString());
  }
}
