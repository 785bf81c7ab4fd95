package hooke.node.runtime;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// A tree of files on a host's disk: a directory with one file of names, [#NAMES], in bytes of our
/// own, and the contents, named by number from 0. So names never pass through a host's file system,
/// whose encoding, case or limits another machine does not share. A run's inputs reach a worker in
/// this form, and what a run leaves is kept in it.
///
/// The file of names has the entries in the order of [TreeEntry#DEPTH_FIRST], each name once and
/// each after the directory it lies in: a kind (1 byte: 0 directory, 1 file, 2 link), a path, and
/// after a file's its size (8 bytes, big endian like all numbers), after a link's its target; after
/// the last one a 3. Contents are numbered as their files come. A text is its length (4) and its
/// UTF-8 bytes.
public final class TreeListing {
  /// The file of names.
  public static final String NAMES = "names";

  private static final int DIRECTORY = 0;
  private static final int FILE = 1;
  private static final int LINK = 2;
  private static final int END = 3;

  /// Longest text; a path has fewer bytes.
  private static final int TEXT_BYTES = 4_096;

  private TreeListing() {}

  /// An entry that no tree can have where it is: named twice, out of order, or under what is no
  /// directory.
  public static final class BadTree extends IOException {
    private static final long serialVersionUID = 1L;

    BadTree(String problem) {
      super(problem);
    }
  }

  /// Writes a tree, entry after entry in the order of [TreeEntry#DEPTH_FIRST]. One thread.
  public static final class Writer implements Closeable {
    private final Path directory;
    private final DataOutputStream out;
    private final Order order = new Order();
    private int contents;

    /// @param directory exists and is empty
    public Writer(Path directory) throws IOException {
      this.directory = directory;
      this.out =
          new DataOutputStream(
              new BufferedOutputStream(
                  Files.newOutputStream(directory.resolve(NAMES), StandardOpenOption.CREATE_NEW),
                  1 << 16));
    }

    public void directory(String path) throws IOException {
      begin(DIRECTORY, path, true);
    }

    /// Adds a file.
    ///
    /// @return where the content goes; nothing is there yet
    public Path file(String path, long size) throws IOException {
      begin(FILE, path, false);
      out.writeLong(size);
      return directory.resolve(Integer.toString(contents++));
    }

    public void link(String path, String target) throws IOException {
      begin(LINK, path, false);
      text(out, target);
    }

    private void begin(int kind, String path, boolean isDirectory) throws IOException {
      order.next(path, isDirectory);
      out.writeByte(kind);
      text(out, path);
    }

    /// Call once everything is in it: a listing without an end is none.
    public void finish() throws IOException {
      out.writeByte(END);
      out.flush();
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }

  /// Takes entries as they are read.
  @FunctionalInterface
  public interface Visitor {
    void take(TreeEntry entry) throws IOException;
  }

  /// Reads a tree, its entries in order.
  ///
  /// @throws IOException when it is not what a [Writer] leaves
  public static void read(Path directory, Visitor visitor) throws IOException {
    Order order = new Order();
    int contents = 0;
    try (DataInputStream in =
        new DataInputStream(
            new BufferedInputStream(
                Files.newInputStream(directory.resolve(NAMES), LinkOption.NOFOLLOW_LINKS),
                1 << 16))) {
      for (int kind = in.readUnsignedByte(); kind != END; kind = in.readUnsignedByte()) {
        String path = text(in);
        order.next(path, kind == DIRECTORY);
        visitor.take(
            switch (kind) {
              case DIRECTORY -> new TreeEntry.Directory(path);
              case FILE ->
                  new TreeEntry.File(
                      path, directory.resolve(Integer.toString(contents++)), in.readLong());
              case LINK -> new TreeEntry.Link(path, text(in));
              default -> throw new IOException("an entry of an unknown kind: " + kind);
            });
      }
      if (in.read() >= 0) {
        throw new IOException("the names do not end where they should");
      }
    } catch (EOFException | CharacterCodingException e) {
      throw new IOException("the names cannot be read", e);
    }
  }

  /// All entries at once: for small trees.
  public static List<TreeEntry> read(Path directory) throws IOException {
    List<TreeEntry> entries = new ArrayList<>();
    read(directory, entries::add);
    return entries;
  }

  /// Holds a tree's entries to their order, in memory for the directories above the last one only.
  private static final class Order {
    private final List<String> above = new ArrayList<>();
    private String last = "";

    void next(String path, boolean isDirectory) throws BadTree {
      if (TreeEntry.compare(last, path) >= 0) {
        throw new BadTree("'" + path + "' is named twice or out of order");
      }
      while (!above.isEmpty() && !path.startsWith(above.getLast())) {
        above.removeLast();
      }
      int slash = path.lastIndexOf('/');
      if (slash + 1 != (above.isEmpty() ? 0 : above.getLast().length())) {
        throw new BadTree("'" + path + "' does not lie in a directory");
      }
      if (isDirectory) {
        above.add(path + "/");
      }
      last = path;
    }
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    // Strict: a name that is no Unicode must not become another one.
    ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
    if (bytes.remaining() > TEXT_BYTES) {
      throw new IOException("a name of " + bytes.remaining() + " bytes");
    }
    out.writeInt(bytes.remaining());
    out.write(bytes.array(), bytes.arrayOffset(), bytes.remaining());
  }

  private static String text(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > TEXT_BYTES) {
      throw new IOException("a name of " + length + " bytes");
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }
}
