package hooke.node.runtime.wasi;

import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a file descriptor number stands for.
abstract sealed class Descriptor {
  static final long READ = 1 << 1;
  static final long WRITE = 1 << 6;
  private static final long POLL = 1 << 27;

  /// To change a file's size, at once or beforehand.
  private static final long RESIZE = 1 << 8 | 1 << 22;

  private static final long FILE = 0x08e0_01ffL;
  private static final long FOLDER = 0x0fb7_fe18L;

  /// WASI's rights, which a program can lower. [#READ] and [#WRITE] decide; the others are only
  /// told.
  long rights;

  /// What is told of the rights of whatever is opened in it.
  long inheriting;

  private Descriptor(long rights, long inheriting) {
    this.rights = rights;
    this.inheriting = inheriting;
  }

  /// Whether it has all of these rights.
  boolean may(long wanted) {
    return (wanted & ~rights) == 0;
  }

  static final class In extends Descriptor {
    final InputStream stream;

    In(InputStream stream) {
      super(READ | POLL, 0);
      this.stream = stream;
    }
  }

  static final class Log extends Descriptor {
    final int number;

    Log(int number) {
      super(WRITE | POLL, 0);
      this.number = number;
    }
  }

  static final class Folder extends Descriptor {
    final Inode.Directory directory;
    final boolean preopened;

    /// What a listing that started with cookie 0 saw; later cookies read on in it.
    @Nullable List<Entry> listing;

    Folder(Inode.Directory directory, boolean preopened) {
      super(FOLDER, FOLDER | FILE);
      this.directory = directory;
      this.preopened = preopened;
    }
  }

  record Entry(String name, long inode, int type) {
    static Entry of(String name, Inode inode) {
      return new Entry(name, inode.number, inode.type());
    }
  }

  static final class OpenFile extends Descriptor {
    final Inode.File file;
    int flags;
    long position;

    OpenFile(Inode.File file, boolean reads, boolean writes, int flags) {
      super(FILE & ~(reads ? 0 : READ) & ~(writes ? 0 : WRITE | RESIZE), 0);
      this.file = file;
      this.flags = flags;
    }
  }
}
