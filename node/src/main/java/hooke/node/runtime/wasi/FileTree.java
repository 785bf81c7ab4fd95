package hooke.node.runtime.wasi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// All the files a program sees: `/in`, its inputs, read-only; `/out`, what it leaves as its
/// result; `/tmp`, empty at first, where many programs want to write, and gone when the program
/// ends.
///
/// The tree is in memory, made from the inputs' directory once, in sorted order. Contents of files
/// under `/out` and `/tmp` lie in the [Scratch] file and count against the same budget;
/// [#deliver(Output)] gives away those under `/out`. One thread.
public final class FileTree {
  /// Longest name of one file, in bytes.
  public static final int NAME_BYTES = 255;

  /// Longest path below the root, in bytes: with the host's own prefix it stays below what Linux
  /// takes.
  public static final int PATH_BYTES = 1_024;

  /// Most files and directories an input may have.
  public static final int INPUT_ENTRIES = 100_000;

  /// Inode of the first input: after the root, `/in`, `/out` and `/tmp`.
  private static final long FIRST_INPUT = 5;

  private static final int DELIVERED = 64 << 10;

  private final Scratch scratch;
  private final OutputBudget budget;
  private final Inode.Directory root;
  private final Inode.Directory out;
  private long nextInode = 1;

  /// @param inputs host directory shown as `/in`, or null when there is none. Nobody else writes to
  ///   it while the tree lives.
  /// @param scratch empty
  /// @throws Halt.HostDisk when inputs cannot be read, or hold something that is neither file nor
  ///   directory
  public FileTree(@Nullable Path inputs, Scratch scratch, OutputBudget budget, long now) {
    this.scratch = scratch;
    this.budget = budget;
    root = new Inode.Directory(nextInode++, false, now, null, "");
    Inode.Directory in = new Inode.Directory(nextInode++, false, now, root, "in");
    root.put("in", in);
    out = new Inode.Directory(nextInode++, true, now, root, "out");
    root.put("out", out);
    root.put("tmp", new Inode.Directory(nextInode++, true, now, root, "tmp"));
    if (inputs != null) {
      try {
        load(inputs, in, now);
      } catch (IOException e) {
        throw Inode.disk(e);
      }
    }
  }

  Inode.Directory root() {
    return root;
  }

  private void load(Path host, Inode.Directory into, long now) throws IOException {
    List<Path> children;
    try (Stream<Path> listed = Files.list(host)) {
      children = new ArrayList<>(listed.toList());
    }
    children.sort((a, b) -> Inode.BYTEWISE.compare(nameOf(a), nameOf(b)));
    for (Path child : children) {
      if (nextInode - FIRST_INPUT >= INPUT_ENTRIES) {
        throw new Halt.HostDisk("more than " + INPUT_ENTRIES + " input files");
      }
      BasicFileAttributes attributes =
          Files.readAttributes(child, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      String name = nameOf(child);
      if (attributes.isDirectory()) {
        Inode.Directory directory = new Inode.Directory(nextInode++, false, now, into, name);
        into.put(name, directory);
        load(child, directory, now);
      } else if (attributes.isRegularFile()) {
        into.put(name, new Inode.Input(nextInode++, now, child, attributes.size()));
      } else {
        throw new Halt.HostDisk("input " + child + " is neither a file nor a directory");
      }
    }
  }

  private static String nameOf(Path path) {
    return String.valueOf(path.getFileName());
  }

  private static int below(Inode.Directory parent, String name) {
    return parent.pathBytes() + 1 + Inode.bytes(name);
  }

  /// Where a path leads: the directory it ends in, the last name (null when the path names that
  /// directory itself), and what is there now.
  record Place(
      Inode.Directory directory,
      @Nullable String name,
      @Nullable Inode inode,
      boolean mustBeDirectory) {
    Inode existing() {
      if (inode == null) {
        throw new WasiError(Errno.NOENT);
      }
      if (mustBeDirectory && !(inode instanceof Inode.Directory)) {
        throw new WasiError(Errno.NOTDIR);
      }
      return inode;
    }

    /// The last name, for changes; the directory must be writable.
    String changeable() {
      if (!directory.writable) {
        throw new WasiError(Errno.ROFS);
      }
      if (name == null) {
        throw new WasiError(Errno.INVAL);
      }
      return name;
    }
  }

  /// Follows a path from a directory. `..` may not climb above it, as WASI demands; there are no
  /// symbolic links.
  Place resolve(Inode.Directory from, byte[] path) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(path)).toString();
    } catch (CharacterCodingException e) {
      throw new WasiError(Errno.ILSEQ);
    }
    if (text.isEmpty()) {
      throw new WasiError(Errno.NOENT);
    }
    if (text.indexOf('\0') >= 0) {
      throw new WasiError(Errno.INVAL);
    }
    if (text.startsWith("/")) {
      throw new WasiError(Errno.NOTCAPABLE);
    }
    Inode.Directory at = from;
    int depth = 0;
    @Nullable String last = null;
    for (int start = 0, end; start < text.length(); start = end + 1) {
      int slash = text.indexOf('/', start);
      end = slash < 0 ? text.length() : slash;
      String part = text.substring(start, end);
      if (part.isEmpty() || part.equals(".")) {
        continue;
      }
      if (last != null) {
        at = entered(at, last);
        depth++;
        last = null;
      }
      if (part.equals("..")) {
        Inode.Directory parent = at.parent;
        if (--depth < 0 || parent == null) {
          throw new WasiError(Errno.NOTCAPABLE);
        }
        at = parent;
        continue;
      }
      if (part.length() > NAME_BYTES || Inode.bytes(part) > NAME_BYTES) {
        throw new WasiError(Errno.NAMETOOLONG);
      }
      last = part;
    }
    return last == null
        ? new Place(at, null, at, false)
        : new Place(at, last, at.entries.get(last), text.endsWith("/"));
  }

  private static Inode.Directory entered(Inode.Directory directory, String name) {
    return switch (directory.entries.get(name)) {
      case null -> throw new WasiError(Errno.NOENT);
      case Inode.File _ -> throw new WasiError(Errno.NOTDIR);
      case Inode.Directory inner -> inner;
    };
  }

  private void mayEnter(Inode.Directory parent, String name) {
    if (below(parent, name) > PATH_BYTES) {
      throw new WasiError(Errno.NAMETOOLONG);
    }
    // A directory that was removed while open takes nothing any more.
    if (parent.parent == null) {
      throw new WasiError(Errno.NOENT);
    }
  }

  Inode.File createFile(Place place, long now) {
    String name = place.changeable();
    mayEnter(place.directory(), name);
    budget.takeEntry();
    Inode.File file = new Inode.Own(nextInode++, now, scratch, budget);
    place.directory().put(name, file);
    place.directory().modified = now;
    return file;
  }

  void createDirectory(Place place, long now) {
    if (place.inode() != null) {
      throw new WasiError(Errno.EXIST);
    }
    String name = place.changeable();
    Inode.Directory parent = place.directory();
    mayEnter(parent, name);
    budget.takeEntry();
    parent.put(name, new Inode.Directory(nextInode++, true, now, parent, name));
    parent.modified = now;
  }

  void removeFile(Place place, long now) {
    Inode inode = place.existing();
    String name = place.changeable();
    if (!(inode instanceof Inode.File file)) {
      throw new WasiError(Errno.ISDIR);
    }
    place.directory().remove(name);
    place.directory().modified = now;
    budget.giveBackEntry();
    file.unlink();
  }

  void removeDirectory(Place place, long now) {
    Inode inode = place.existing();
    if ((place.name() != null && !place.directory().writable) || inode == root) {
      throw new WasiError(Errno.ROFS);
    }
    if (!(inode instanceof Inode.Directory directory)) {
      throw new WasiError(Errno.NOTDIR);
    }
    String name = place.changeable();
    if (!directory.entries.isEmpty()) {
      throw new WasiError(Errno.NOTEMPTY);
    }
    place.directory().remove(name);
    place.directory().modified = now;
    directory.orphan();
    budget.giveBackEntry();
  }

  void rename(Place from, Place to, long now) {
    Inode moved = from.existing();
    String oldName = from.changeable();
    String newName = to.changeable();
    Inode replaced = to.inode();
    if (replaced == moved) {
      return;
    }
    if (moved instanceof Inode.Directory directory) {
      for (Inode.Directory d = to.directory(); d != null; d = d.parent) {
        if (d == directory) {
          throw new WasiError(Errno.INVAL);
        }
      }
      if (below(to.directory(), newName) + directory.height() > PATH_BYTES) {
        throw new WasiError(Errno.NAMETOOLONG);
      }
    } else if (to.mustBeDirectory()) {
      throw new WasiError(Errno.NOTDIR);
    }
    mayEnter(to.directory(), newName);
    switch (replaced) {
      case null -> {}
      case Inode.Directory _ when !(moved instanceof Inode.Directory) ->
          throw new WasiError(Errno.ISDIR);
      case Inode.Directory _ -> removeDirectory(to, now);
      case Inode.File _ when moved instanceof Inode.Directory -> throw new WasiError(Errno.NOTDIR);
      case Inode.File _ -> removeFile(to, now);
    }
    from.directory().remove(oldName);
    to.directory().put(newName, moved);
    from.directory().modified = now;
    to.directory().modified = now;
  }

  /// Gives away what is under `/out`, a directory before what is in it, names in order. The tree is
  /// of no use after that.
  public void deliver(Output to) throws IOException {
    deliver(out, "", to);
  }

  private static void deliver(Inode.Directory directory, String prefix, Output to)
      throws IOException {
    byte[] buffer = new byte[DELIVERED];
    for (Map.Entry<String, Inode> entry : directory.entries.entrySet()) {
      String path = prefix + entry.getKey();
      switch (entry.getValue()) {
        case Inode.Directory child -> {
          to.directory(path);
          deliver(child, path + "/", to);
        }
        case Inode.File file -> {
          to.file(path, file.size());
          for (long at = 0; at < file.size(); at += buffer.length) {
            int length = (int) Math.min(buffer.length, file.size() - at);
            file.read(at, buffer, length);
            to.content(buffer, length);
          }
        }
      }
    }
  }
}
