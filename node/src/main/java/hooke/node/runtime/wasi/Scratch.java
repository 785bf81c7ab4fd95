package hooke.node.runtime.wasi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/// One host file that holds the contents of all files a program writes, in blocks.
///
/// A single file, so that a worker needs no host directory it may write to, and so that the size
/// limit the kernel puts on a process's files (RLIMIT_FSIZE) is a limit on all it can leave on the
/// disk. Blocks are as small as what [OutputBudget] counts for a file's name: however a program
/// cuts its output into files, this file is never longer than the budget.
///
/// One thread.
public final class Scratch implements AutoCloseable {
  /// Bytes of a block.
  static final int BLOCK = 512;

  private static final int MAX_BLOCKS = Integer.MAX_VALUE - 8;

  private final FileChannel channel;
  private int[] free = new int[64];
  private int freeCount;
  private int next;

  private Scratch(FileChannel channel) {
    this.channel = channel;
  }

  /// Opens and empties the file.
  public static Scratch open(Path file) throws IOException {
    return new Scratch(
        FileChannel.open(
            file,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING));
  }

  /// A block of zeros.
  int allocate() throws IOException {
    if (freeCount > 0) {
      int block = free[--freeCount];
      write(block, 0, new byte[BLOCK], 0, BLOCK);
      return block;
    }
    if (next == MAX_BLOCKS) {
      throw new IOException("the scratch file is full");
    }
    return next++;
  }

  void free(int block) {
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, freeCount * 2);
    }
    free[freeCount++] = block;
  }

  /// Reads from within a block on, over as many of the blocks that follow it as `length` reaches.
  void read(int block, int within, byte[] to, int offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(to, offset, length);
    long start = (long) block * BLOCK + within;
    while (buffer.hasRemaining()) {
      int n = channel.read(buffer, start + buffer.position() - offset);
      if (n < 0) {
        // Allocated and never written.
        Arrays.fill(to, buffer.position(), offset + length, (byte) 0);
        return;
      }
    }
  }

  /// Writes from within a block on, over as many of the blocks that follow it as `length` reaches.
  void write(int block, int within, byte[] from, int offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(from, offset, length);
    long start = (long) block * BLOCK + within;
    while (buffer.hasRemaining()) {
      channel.write(buffer, start + buffer.position() - offset);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
