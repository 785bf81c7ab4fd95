package hooke.node.runtime.wasi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Comparator;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A file, directory or symbolic link of the program's tree. Times are nanoseconds of the program's
/// clock.
abstract sealed class Inode {
  /// Names are sorted by their UTF-8 bytes, on every machine. That is the order of code points:
  /// UTF-16 differs in that surrogates, which stand for the highest, are not its highest units.
  static final Comparator<String> BYTEWISE =
      (a, b) -> {
        int shared = Math.min(a.length(), b.length());
        for (int n = 0; n < shared; n++) {
          char x = a.charAt(n);
          char y = b.charAt(n);
          if (x != y) {
            boolean high = Character.isSurrogate(x);
            return high == Character.isSurrogate(y) ? Character.compare(x, y) : high ? 1 : -1;
          }
        }
        return Integer.compare(a.length(), b.length());
      };

  final long number;

  /// Whether the run began with it: it is never removed, renamed or linked, and no part of the
  /// result.
  final boolean given;

  /// Whether its content may change: of a directory, what is in it.
  final boolean writable;

  long accessed;
  long modified;

  /// Names that lead to it. What was given has one, in however many places it is shown.
  int names = 1;

  private Inode(long number, boolean given, boolean writable, long now) {
    this.number = number;
    this.given = given;
    this.writable = writable;
    this.accessed = now;
    this.modified = now;
  }

  abstract long size();

  /// What WASI calls this kind of thing.
  abstract int type();

  /// Gives it one name more, whose bytes count; the name's own cost is the caller's.
  void link() {
    throw new IllegalStateException("has one name for ever: " + number);
  }

  /// Takes one name from it.
  void unlink() {
    throw new IllegalStateException("has one name for ever: " + number);
  }

  /// The length of a name.
  static int bytes(String name) {
    return name.getBytes(StandardCharsets.UTF_8).length;
  }

  static final class Directory extends Inode {
    private final NavigableMap<String, Inode> children = new TreeMap<>(BYTEWISE);

    /// What is in it, by name. Changed by [#put] and [#remove] only.
    final NavigableMap<String, Inode> entries = Collections.unmodifiableNavigableMap(children);

    @Nullable Directory parent;

    /// Whether it was removed: one that is still open takes nothing any more.
    boolean removed;

    /// Of its own name; of its whole path when it has no parent.
    private int nameBytes;

    /// Bytes of the longest path below it, or [#UNKNOWN]: then it is unknown for all above it, too.
    /// So a directory with a hundred thousand files is moved without a look at each.
    private int height;

    private static final int UNKNOWN = -1;

    Directory(
        long number,
        boolean given,
        boolean writable,
        long now,
        @Nullable Directory parent,
        String name) {
      super(number, given, writable, now);
      this.parent = parent;
      this.nameBytes = bytes(name);
    }

    /// Bytes of its path from the tree's root, kept below a bound so that the tree fits on any
    /// host.
    int pathBytes() {
      int total = 0;
      Directory at = this;
      for (Directory up = parent; up != null; at = up, up = up.parent) {
        total += 1 + at.nameBytes;
      }
      return total + at.nameBytes;
    }

    int height() {
      if (height == UNKNOWN) {
        height = 0;
        entries.forEach((name, inode) -> height = Math.max(height, tail(name, inode)));
      }
      return height;
    }

    private static int tail(String name, Inode inode) {
      return 1 + bytes(name) + (inode instanceof Directory child ? child.height() : 0);
    }

    void put(String name, Inode inode) {
      children.put(name, inode);
      if (inode instanceof Directory child) {
        child.parent = this;
        child.nameBytes = bytes(name);
      }
      int tail = tail(name, inode);
      for (Directory at = this; at != null && at.height != UNKNOWN; at = at.parent) {
        if (tail <= at.height) {
          return;
        }
        at.height = tail;
        tail += 1 + at.nameBytes;
      }
    }

    /// Takes out what `name` stands for, which keeps its parent.
    void remove(String name) {
      Inode inode = children.remove(name);
      if (inode == null || tail(name, inode) < height) {
        return;
      }
      for (Directory at = this; at != null && at.height != UNKNOWN; at = at.parent) {
        at.height = UNKNOWN;
      }
    }

    /// Makes it one that no path leads to any more.
    void orphan() {
      removed = true;
      nameBytes = pathBytes();
      parent = null;
    }

    @Override
    long size() {
      return 0;
    }

    @Override
    int type() {
      return 3;
    }
  }

  /// A symbolic link. Its target counts as a file's bytes do.
  static final class Link extends Inode {
    final String target;
    private final int bytes;
    private final OutputBudget budget;

    Link(long number, boolean given, long now, String target, OutputBudget budget) {
      super(number, given, !given, now);
      this.target = target;
      this.bytes = bytes(target);
      this.budget = budget;
    }

    @Override
    long size() {
      return bytes;
    }

    @Override
    int type() {
      return 7;
    }

    @Override
    void link() {
      budget.take(bytes);
      names++;
    }

    @Override
    void unlink() {
      budget.giveBack(bytes);
      names--;
    }

    /// Whether its target stays in a tree by its words alone, wherever that is unpacked: any number
    /// of `..`, not more than the directories between the tree's top and the link, and then at
    /// least one name.
    static boolean staysWithin(String target, int directories) {
      String[] parts = target.split("/", -1);
      int up = 0;
      while (up < parts.length && parts[up].equals("..")) {
        up++;
      }
      for (int n = up; n < parts.length; n++) {
        if (parts[n].isEmpty() || parts[n].equals(".") || parts[n].equals("..")) {
          return false;
        }
      }
      return up <= directories && up < parts.length;
    }
  }

  /// A file. Opened and closed as often as the program does.
  abstract static sealed class File extends Inode {
    private int opened;

    private File(long number, boolean given, long now) {
      super(number, given, !given, now);
    }

    @Override
    final int type() {
      return 4;
    }

    final void open() {
      opened++;
    }

    final void close() {
      opened--;
      if (opened == 0) {
        lastClosed();
      }
    }

    final boolean isOpen() {
      return opened > 0;
    }

    abstract void lastClosed();

    /// Reads `length` bytes, all of them below [#size()].
    abstract void read(long position, byte[] to, int length);

    /// Makes room up to `end`, or ends the program at its output limit.
    void reserve(long end) {
      throw readOnly();
    }

    /// Writes into room that was reserved.
    void write(long position, byte[] from, int length) {
      throw readOnly();
    }

    void resize(long newSize) {
      throw readOnly();
    }

    private static IllegalStateException readOnly() {
      return new IllegalStateException("inputs are never opened for writing");
    }
  }

  /// A file of the host's, opened while the program has it open.
  static final class Input extends File {
    private final Path content;
    private final long size;
    private @Nullable FileChannel channel;

    Input(long number, long now, Path content, long size) {
      super(number, true, now);
      this.content = content;
      this.size = size;
    }

    @Override
    long size() {
      return size;
    }

    @Override
    void lastClosed() {
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

    @Override
    void read(long position, byte[] to, int length) {
      ByteBuffer buffer = ByteBuffer.wrap(to, 0, length);
      try {
        FileChannel open = channel;
        if (open == null) {
          open = FileChannel.open(content, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
          channel = open;
        }
        while (buffer.hasRemaining()) {
          if (open.read(buffer, position + buffer.position()) < 0) {
            throw new Halt.HostDisk("an input file became shorter while the task ran");
          }
        }
      } catch (IOException e) {
        throw disk(e);
      }
    }
  }

  /// A file of the program's own. Counts against the budget for each name, and until nothing names
  /// it or has it open.
  static final class Own extends File {
    private final Blocks blocks;
    private final OutputBudget budget;
    private long size;

    Own(long number, long now, Scratch scratch, OutputBudget budget) {
      super(number, false, now);
      this.blocks = new Blocks(scratch);
      this.budget = budget;
    }

    @Override
    long size() {
      return size;
    }

    @Override
    void lastClosed() {
      reclaim();
    }

    @Override
    void link() {
      budget.take(size);
      names++;
    }

    @Override
    void unlink() {
      names--;
      if (names > 0) {
        budget.giveBack(size);
      }
      reclaim();
    }

    private void reclaim() {
      if (names == 0 && !isOpen()) {
        resize(0);
      }
    }

    /// How often its bytes count.
    private int copies() {
      return Math.max(1, names);
    }

    @Override
    void read(long position, byte[] to, int length) {
      try {
        blocks.read(position, to, length);
      } catch (IOException e) {
        throw disk(e);
      }
    }

    @Override
    void reserve(long end) {
      if (end > size) {
        budget.take(end - size, copies());
        size = end;
      }
    }

    @Override
    void write(long position, byte[] from, int length) {
      try {
        blocks.write(position, from, length);
      } catch (IOException e) {
        throw disk(e);
      }
    }

    @Override
    void resize(long newSize) {
      if (newSize > size) {
        reserve(newSize);
        return;
      }
      budget.giveBack((size - newSize) * copies());
      size = newSize;
      try {
        blocks.cut(newSize);
      } catch (IOException e) {
        throw disk(e);
      }
    }
  }

  static Halt.HostDisk disk(IOException e) {
    return new Halt.HostDisk(e.toString());
  }
}
