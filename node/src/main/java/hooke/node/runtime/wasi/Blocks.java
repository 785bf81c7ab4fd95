package hooke.node.runtime.wasi;

import java.io.IOException;
import java.util.Arrays;

/// The contents of one file of a program's own: which blocks of the [Scratch] file hold it. What
/// was never written has no block and reads as zeros, so a sparse giant costs a table of pages
/// only.
final class Blocks {
  private static final int PAGE = 1_024;

  private final Scratch scratch;

  /// Per block of the file: its block in the scratch file + 1, or 0 for none.
  private int[][] pages = {};

  Blocks(Scratch scratch) {
    this.scratch = scratch;
  }

  private int at(long index) {
    int page = (int) Math.min(index / PAGE, Integer.MAX_VALUE);
    return page >= pages.length || pages[page] == null ? 0 : pages[page][(int) (index % PAGE)];
  }

  private void allocate(long index) throws IOException {
    int page = Math.toIntExact(index / PAGE);
    if (page >= pages.length) {
      pages = Arrays.copyOf(pages, Math.max(page + 1, pages.length * 3 / 2));
    }
    if (pages[page] == null) {
      pages[page] = new int[PAGE];
    }
    pages[page][(int) (index % PAGE)] = scratch.allocate() + 1;
  }

  /// Bytes from `within` the block `index` on that lie in one piece in the scratch file, or that
  /// are all not there, at most `most`.
  private int piece(long index, int within, int most) {
    int first = at(index);
    int length = Scratch.BLOCK - within;
    for (int n = 1; length < most; n++, length += Scratch.BLOCK) {
      int wanted = first == 0 ? 0 : first + n;
      if (at(index + n) != wanted) {
        break;
      }
    }
    return Math.min(length, most);
  }

  void read(long position, byte[] to, int length) throws IOException {
    int done = 0;
    while (done < length) {
      long index = (position + done) / Scratch.BLOCK;
      int within = (int) ((position + done) % Scratch.BLOCK);
      int piece = piece(index, within, length - done);
      int block = at(index);
      if (block == 0) {
        Arrays.fill(to, done, done + piece, (byte) 0);
      } else {
        scratch.read(block - 1, within, to, done, piece);
      }
      done += piece;
    }
  }

  void write(long position, byte[] from, int length) throws IOException {
    long end = position + length;
    for (long index = position / Scratch.BLOCK; index * Scratch.BLOCK < end; index++) {
      if (at(index) == 0) {
        allocate(index);
      }
    }
    int done = 0;
    while (done < length) {
      long index = (position + done) / Scratch.BLOCK;
      int within = (int) ((position + done) % Scratch.BLOCK);
      int piece = piece(index, within, length - done);
      scratch.write(at(index) - 1, within, from, done, piece);
      done += piece;
    }
  }

  /// Frees what lies beyond `size` and clears the rest of its last block, which a later growth
  /// shows again.
  void cut(long size) throws IOException {
    int within = (int) (size % Scratch.BLOCK);
    long index = size / Scratch.BLOCK;
    if (within > 0) {
      int block = at(index);
      if (block > 0) {
        scratch.write(block - 1, within, new byte[Scratch.BLOCK], 0, Scratch.BLOCK - within);
      }
      index++;
    }
    for (long page = index / PAGE; page < pages.length; page++) {
      int[] entries = pages[(int) page];
      if (entries == null) {
        continue;
      }
      int from = page == index / PAGE ? (int) (index % PAGE) : 0;
      for (int n = from; n < PAGE; n++) {
        if (entries[n] > 0) {
          scratch.free(entries[n] - 1);
          entries[n] = 0;
        }
      }
      if (from == 0) {
        pages[(int) page] = null;
      }
    }
  }
}
