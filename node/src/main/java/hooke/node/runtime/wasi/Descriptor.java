package hooke.node.runtime.wasi;

import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a file descriptor number stands for.
abstract sealed class Descriptor {

  static final class In extends Descriptor {
    final InputStream stream;

    In(InputStream stream) {
      this.stream = stream;
    }
  }

  static final class Log extends Descriptor {
    final int number;

    Log(int number) {
      this.number = number;
    }
  }

  static final class Folder extends Descriptor {
    final Inode.Directory directory;
    final boolean preopened;

    /// What a listing that started with cookie 0 saw; later cookies read on in it.
    @Nullable List<Entry> listing;

    Folder(Inode.Directory directory, boolean preopened) {
      this.directory = directory;
      this.preopened = preopened;
    }
  }

  record Entry(String name, long inode, int type) {}

  static final class OpenFile extends Descriptor {
    final Inode.File file;
    final boolean reads;
    final boolean writes;
    int flags;
    long position;

    OpenFile(Inode.File file, boolean reads, boolean writes, int flags) {
      this.file = file;
      this.reads = reads;
      this.writes = writes;
      this.flags = flags;
    }
  }
}
