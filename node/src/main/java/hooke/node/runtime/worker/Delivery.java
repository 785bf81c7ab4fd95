package hooke.node.runtime.worker;

import hooke.node.runtime.TreeEntry;
import hooke.node.runtime.TreeListing;
import hooke.node.runtime.wasi.FileTree;
import hooke.node.runtime.wasi.Output;
import hooke.node.runtime.wasi.OutputBudget;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes what a run leaves into a directory of the node's: `stdout`, `stderr` and `left`, a
/// [TreeListing].
///
/// A worker may be hostile: names, order and sizes are checked here again, and the worker itself
/// cannot reach the directory.
final class Delivery implements Output, AutoCloseable {
  private static final OutputStream NONE = OutputStream.nullOutputStream();

  private final OutputStream stdout;
  private final OutputStream stderr;
  private long room;
  private int entries;
  private boolean works;
  private final TreeListing.Writer left;
  private OutputStream file = NONE;
  private long missing;

  /// @param directory empty
  /// @param limit bytes, as [OutputBudget] counts them
  Delivery(Path directory, long limit) throws IOException {
    this.room = limit;
    OutputStream first = NONE;
    OutputStream second = NONE;
    try {
      first = Files.newOutputStream(directory.resolve("stdout"), StandardOpenOption.CREATE_NEW);
      second = Files.newOutputStream(directory.resolve("stderr"), StandardOpenOption.CREATE_NEW);
      this.left = new TreeListing.Writer(Files.createDirectory(directory.resolve("left")));
      left.directory("out");
    } catch (IOException e) {
      first.close();
      second.close();
      throw e;
    }
    this.stdout = first;
    this.stderr = second;
  }

  /// The worker sent what no sound worker sends.
  static final class Breach extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Breach(String what) {
      super(what);
    }
  }

  private void take(long bytes) {
    if (bytes < 0 || bytes > room) {
      throw new Breach("it sent more than the output limit");
    }
    room -= bytes;
  }

  @Override
  public void stream(int number, byte[] bytes, int offset, int length) throws IOException {
    take(length);
    switch (number) {
      case 1 -> stdout.write(bytes, offset, length);
      case 2 -> stderr.write(bytes, offset, length);
      default -> throw new Breach("it named a stream " + number);
    }
  }

  @Override
  public void directory(String path) throws IOException {
    enter(path, 0);
    try {
      left.directory(path);
    } catch (TreeListing.BadTree e) {
      throw new Breach("it named a directory wrongly: " + e.getMessage());
    }
  }

  @Override
  public void file(String path, long size) throws IOException {
    enter(path, size);
    try {
      file = Files.newOutputStream(left.file(path, size), StandardOpenOption.CREATE_NEW);
    } catch (TreeListing.BadTree e) {
      throw new Breach("it named a file wrongly: " + e.getMessage());
    }
    missing = size;
  }

  @Override
  public void link(String path, String target) throws IOException {
    enter(path, target.length());
    if (TreeEntry.linkProblem(path, target, 1) != null) {
      throw new Breach("it named a link that no result can have");
    }
    try {
      left.link(path, target);
    } catch (TreeListing.BadTree e) {
      throw new Breach("it named a link wrongly: " + e.getMessage());
    }
  }

  @Override
  public void content(byte[] bytes, int length) throws IOException {
    if (length > missing) {
      throw new Breach("it sent more of a file than it had announced");
    }
    missing -= length;
    file.write(bytes, 0, length);
  }

  private void enter(String path, long size) throws IOException {
    closeFile();
    take(OutputBudget.ENTRY);
    take(size);
    if (++entries > OutputBudget.ENTRIES) {
      throw new Breach("it named more than " + OutputBudget.ENTRIES + " files");
    }
    requireSound(path);
    if (path.startsWith("work/") && !works) {
      works = true;
      left.directory("work");
    }
  }

  private static void requireSound(String path) {
    // First, so that a long one is not taken apart.
    boolean sound = path.length() <= FileTree.PATH_BYTES;
    sound = sound && path.getBytes(StandardCharsets.UTF_8).length <= FileTree.PATH_BYTES;
    sound = sound && (path.startsWith("out/") || path.startsWith("work/"));
    for (String name : sound ? path.split("/", -1) : new String[0]) {
      sound &=
          !name.isEmpty()
              && !name.equals(".")
              && !name.equals("..")
              && name.indexOf('\0') < 0
              && name.getBytes(StandardCharsets.UTF_8).length <= FileTree.NAME_BYTES;
    }
    if (!sound) {
      throw new Breach("it named a path that no program can have");
    }
  }

  /// Call once the worker says that everything was sent.
  void finish() throws IOException {
    closeFile();
    left.finish();
  }

  private void closeFile() throws IOException {
    file.close();
    file = NONE;
    if (missing > 0) {
      throw new Breach("it sent less of a file than it had announced");
    }
  }

  /// Closes the files; what is there stays.
  @Override
  public void close() {
    @Nullable IOException failure = null;
    for (Closeable each : List.<Closeable>of(file, stdout, stderr, left)) {
      try {
        each.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw new UncheckedIOException("a result could not be closed", failure);
    }
  }
}
