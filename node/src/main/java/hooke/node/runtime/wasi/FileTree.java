package hooke.node.runtime.wasi;

import hooke.node.runtime.TreeEntry;
import hooke.node.runtime.TreeListing;
import hooke.node.runtime.wasm.Schedule;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All the files a program sees. `/` is its working directory, since that is where C libraries take
/// a relative path to; what it leaves there is part of its result. In it are `/in`, its inputs,
/// read-only; `/out`, which is part of its result, too; and `/tmp`, gone when the program ends.
///
/// What stands under `/in` is also in the working directory, under the same path, unless its first
/// name is one of those three. The files are the same, and read-only; the directories are twins
/// that take new entries.
///
/// The tree is in memory, made from the inputs' names once, in sorted order. Contents of the
/// program's own files lie in the [Scratch] file and count against the same budget;
/// [#deliver(Output)] gives away those that are part of its result. One thread.
public final class FileTree {
  /// Longest name of one file, in bytes.
  public static final int NAME_BYTES = 255;

  /// Longest path that a program may make, in bytes, as it is below [#WORK]: with the host's own
  /// prefix it stays below what Linux takes.
  public static final int PATH_BYTES = 1_024;

  /// Longest target of a symbolic link, in bytes: it is kept in memory, which no order pays for.
  public static final int TARGET_BYTES = 1_024;

  /// Most symbolic links that one path may lead through.
  public static final int LINKS = 40;

  /// Most files, directories and links an input may have.
  public static final int INPUT_ENTRIES = 100_000;

  private static final String IN = "in";
  private static final String OUT = "out";
  private static final String TMP = "tmp";

  /// What the working directory is called in a result.
  private static final String WORK = "work";

  private static final Set<String> OWN_PLACES = Set.of(IN, OUT, TMP);
  private static final int DELIVERED = 64 << 10;

  private final Scratch scratch;
  private final OutputBudget budget;
  private final Inode.Directory root;
  private final Inode.Directory out;
  private long nextInode = 1;

  /// @param inputs a [TreeListing] of what stands under `/in`, or null when there is nothing.
  ///   Nobody else writes to it while the tree lives.
  /// @param scratch empty
  /// @throws Halt.HostDisk when inputs cannot be read
  public FileTree(@Nullable Path inputs, Scratch scratch, OutputBudget budget, long now) {
    this.scratch = scratch;
    this.budget = budget;
    // Lengths of paths are counted as they will be in the result.
    root = new Inode.Directory(nextInode++, true, true, now, null, "/" + WORK);
    Inode.Directory in = place(IN, false, now);
    out = place(OUT, true, now);
    place(TMP, true, now);
    if (inputs != null) {
      try {
        new Loading(in, now).all(inputs);
      } catch (IOException e) {
        throw Inode.disk(e);
      }
    }
  }

  private Inode.Directory place(String name, boolean writable, long now) {
    Inode.Directory place = new Inode.Directory(nextInode++, true, writable, now, root, name);
    root.put(name, place);
    return place;
  }

  Inode.Directory root() {
    return root;
  }

  /// Puts inputs where they stand. What a listing holds is in order, so that the directories above
  /// the last entry are all that can take the next one.
  private final class Loading {
    /// A directory under `/in`, and its twin in the working directory where it has one.
    private record Pair(Inode.Directory in, Inode.@Nullable Directory work) {}

    private final Deque<Pair> above = new ArrayDeque<>();
    private final long now;
    private int entries;

    Loading(Inode.Directory in, long now) {
      this.now = now;
      above.push(new Pair(in, root));
    }

    void all(Path listing) throws IOException {
      TreeListing.read(listing, this::take);
    }

    private void take(TreeEntry entry) {
      String path = entry.path();
      String name = path.substring(path.lastIndexOf('/') + 1);
      if (++entries > INPUT_ENTRIES) {
        throw new Halt.HostDisk("more than " + INPUT_ENTRIES + " inputs");
      }
      if (!isName(name)) {
        throw new Halt.HostDisk("input " + path + " has a name that no file has");
      }
      int depth = (int) path.chars().filter(c -> c == '/').count();
      while (above.size() > depth + 1) {
        above.pop();
      }
      Pair parent = above.element();
      Inode.Directory work = depth == 0 && OWN_PLACES.contains(name) ? null : parent.work();
      switch (entry) {
        case TreeEntry.Directory _ -> {
          Inode.Directory shown = directory(parent.in(), name, false);
          above.push(new Pair(shown, work == null ? null : directory(work, name, true)));
        }
        case TreeEntry.File(_, Path content, long size) -> {
          if (size < 0) {
            throw new Halt.HostDisk("input " + path + " has a size of " + size);
          }
          put(parent.in(), work, name, new Inode.Input(nextInode++, now, content, size));
        }
        case TreeEntry.Link(_, String target) -> {
          boolean bad = target.indexOf('\0') >= 0 || Inode.bytes(target) > TARGET_BYTES;
          if (bad || !Inode.Link.staysWithin(target, depth)) {
            throw new Halt.HostDisk("input " + path + " is a link out of its tree");
          }
          put(parent.in(), work, name, new Inode.Link(nextInode++, true, now, target, budget));
        }
      }
    }

    private Inode.Directory directory(Inode.Directory parent, String name, boolean writable) {
      Inode.Directory directory =
          new Inode.Directory(nextInode++, true, writable, now, parent, name);
      parent.put(name, directory);
      return directory;
    }

    private static void put(
        Inode.Directory in, Inode.@Nullable Directory work, String name, Inode inode) {
      in.put(name, inode);
      if (work != null) {
        work.put(name, inode);
      }
    }
  }

  private static boolean isName(String name) {
    return !name.isEmpty()
        && !name.equals(".")
        && !name.equals("..")
        && name.indexOf('\0') < 0
        && Inode.bytes(name) <= NAME_BYTES;
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

    /// Where a link is to be made. Nothing is there, and nothing says that a directory should be.
    private void isFree() {
      if (inode != null) {
        boolean isFile = mustBeDirectory && !(inode instanceof Inode.Directory);
        throw new WasiError(isFile ? Errno.NOTDIR : Errno.EXIST);
      }
      if (mustBeDirectory) {
        throw new WasiError(Errno.NOENT);
      }
    }
  }

  /// What a path's last name means where it is a symbolic link.
  enum Last {
    /// What that leads to.
    FOLLOWED,
    /// The link itself, unless a `/` comes after it.
    LOOKED_AT,
    /// The link itself: a name to be made, moved or taken away.
    CHANGED
  }

  /// The text of a path or target.
  static String text(byte[] bytes) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
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
    return text;
  }

  /// Follows a path from a directory, and symbolic links from where they are. Nothing climbs above
  /// that directory, as WASI demands.
  ///
  /// @param guest pays for each link that is followed
  Place resolve(Inode.Directory from, String path, Last last, Guest guest) {
    Parts parts = new Parts(path);
    boolean slash = path.endsWith("/");
    Inode.Directory at = from;
    int depth = 0;
    int links = 0;
    while (parts.next()) {
      if (parts.isDots(1)) {
        continue;
      }
      if (parts.isDots(2)) {
        Inode.Directory parent = at.parent;
        if (--depth < 0 || parent == null) {
          throw new WasiError(Errno.NOTCAPABLE);
        }
        at = parent;
        continue;
      }
      String part = parts.text();
      // Three bytes are the most that a character has here.
      if (part.length() > NAME_BYTES / 3 && Inode.bytes(part) > NAME_BYTES) {
        throw new WasiError(Errno.NAMETOOLONG);
      }
      Inode inode = at.entries.get(part);
      boolean ends = parts.isLast();
      if (inode instanceof Inode.Link link
          && (!ends || last == Last.FOLLOWED || (slash && last == Last.LOOKED_AT))) {
        if (++links > LINKS) {
          throw new WasiError(Errno.LOOP);
        }
        guest.charge(Schedule.HOST_PATH);
        slash |= ends && link.target.endsWith("/");
        parts.insert(link.target);
        continue;
      }
      if (ends) {
        return new Place(at, part, inode, slash);
      }
      at =
          switch (inode) {
            case null -> throw new WasiError(Errno.NOENT);
            case Inode.Directory inner -> inner;
            default -> throw new WasiError(Errno.NOTDIR);
          };
      depth++;
    }
    return new Place(at, null, at, false);
  }

  /// The names of a path, one after the other, and of what comes in the place of some. Empty ones
  /// say nothing. Makes no list of them: a path can be two thousand dots.
  private static final class Parts {
    private record Rest(String text, int at) {}

    /// What comes after `text`, the next first. Each has a name in it.
    private final Deque<Rest> rest = new ArrayDeque<>();

    private String text;
    private int start;
    private int end;

    /// Where the next name in `text` begins; its length when there is none.
    private int next;

    Parts(String path) {
      text = path;
      next = afterSlashes(0);
    }

    private int afterSlashes(int from) {
      int at = from;
      while (at < text.length() && text.charAt(at) == '/') {
        at++;
      }
      return at;
    }

    /// Goes to the next name, if there is one.
    boolean next() {
      if (next == text.length()) {
        Rest more = rest.poll();
        if (more == null) {
          return false;
        }
        text = more.text();
        next = more.at();
      }
      start = next;
      int slash = text.indexOf('/', start);
      end = slash < 0 ? text.length() : slash;
      next = afterSlashes(end);
      return true;
    }

    boolean isDots(int count) {
      return end - start == count && text.startsWith("..".substring(0, count), start);
    }

    String text() {
      return text.substring(start, end);
    }

    boolean isLast() {
      return next == text.length() && rest.isEmpty();
    }

    /// Goes on with a target before what is left.
    void insert(String target) {
      if (next < text.length()) {
        rest.push(new Rest(text, next));
      }
      text = target;
      next = afterSlashes(0);
    }
  }

  private void mayEnter(Inode.Directory parent, String name) {
    if (below(parent, name) > PATH_BYTES) {
      throw new WasiError(Errno.NAMETOOLONG);
    }
    if (parent.removed) {
      throw new WasiError(Errno.NOENT);
    }
  }

  private static void put(Place place, String name, Inode inode, long now) {
    place.directory().put(name, inode);
    place.directory().modified = now;
  }

  Inode.File createFile(Place place, long now) {
    String name = place.changeable();
    mayEnter(place.directory(), name);
    budget.takeEntry();
    Inode.File file = new Inode.Own(nextInode++, now, scratch, budget);
    put(place, name, file, now);
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
    put(place, name, new Inode.Directory(nextInode++, false, true, now, parent, name), now);
  }

  /// @param target what [#text(byte[])] gave
  void createLink(String target, Place place, long now) {
    place.isFree();
    String name = place.changeable();
    mayEnter(place.directory(), name);
    budget.takeEntry();
    budget.take(Inode.bytes(target));
    put(place, name, new Inode.Link(nextInode++, false, now, target, budget), now);
  }

  /// Gives what is at a place one name more.
  void link(Place from, Place to, long now) {
    Inode inode = from.existing();
    if (inode instanceof Inode.Directory) {
      throw new WasiError(Errno.PERM);
    }
    if (inode.given) {
      throw new WasiError(Errno.XDEV);
    }
    to.isFree();
    String name = to.changeable();
    mayEnter(to.directory(), name);
    budget.takeEntry();
    inode.link();
    put(to, name, inode, now);
  }

  private void take(Place place, String name, long now) {
    place.directory().remove(name);
    place.directory().modified = now;
    budget.giveBackEntry();
  }

  void removeFile(Place place, long now) {
    Inode inode = place.existing();
    String name = place.changeable();
    if (inode instanceof Inode.Directory) {
      throw new WasiError(Errno.ISDIR);
    }
    requireOwn(inode);
    take(place, name, now);
    inode.unlink();
  }

  void removeDirectory(Place place, long now) {
    Inode inode = place.existing();
    String name = place.changeable();
    if (!(inode instanceof Inode.Directory directory)) {
      throw new WasiError(Errno.NOTDIR);
    }
    requireOwn(inode);
    if (!directory.entries.isEmpty()) {
      throw new WasiError(Errno.NOTEMPTY);
    }
    take(place, name, now);
    directory.orphan();
  }

  private static void requireOwn(Inode inode) {
    if (inode.given) {
      throw new WasiError(Errno.ROFS);
    }
  }

  void rename(Place from, Place to, long now) {
    Inode moved = from.existing();
    String oldName = from.changeable();
    requireOwn(moved);
    String newName = to.changeable();
    Inode replaced = to.inode();
    if (to.mustBeDirectory() && !(moved instanceof Inode.Directory)) {
      throw new WasiError(Errno.NOTDIR);
    }
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
    }
    mayEnter(to.directory(), newName);
    switch (replaced) {
      case null -> {}
      case Inode.Directory _ when !(moved instanceof Inode.Directory) ->
          throw new WasiError(Errno.ISDIR);
      case Inode.Directory _ -> removeDirectory(to, now);
      default -> {
        if (moved instanceof Inode.Directory) {
          throw new WasiError(Errno.NOTDIR);
        }
        removeFile(to, now);
      }
    }
    from.directory().remove(oldName);
    from.directory().modified = now;
    put(to, newName, moved, now);
  }

  /// Gives away what is under `/out`, then what the program made in its working directory, a
  /// directory before what is in it, names in order. A link that does not stay where it is
  /// ([Inode.Link#staysWithin(String, int)]) is left out. The tree is of no use after that.
  public void deliver(Output to) throws IOException {
    new Delivering(to).all(out, OUT + "/", 0);
    new Delivering(to).all(root, WORK + "/", 0);
  }

  private final class Delivering {
    private final Output to;
    private final byte[] buffer = new byte[DELIVERED];

    /// Directories on the way that were given, and are told once something in them is.
    private final Deque<String> untold = new ArrayDeque<>();

    Delivering(Output to) {
      this.to = to;
    }

    void all(Inode.Directory directory, String prefix, int depth) throws IOException {
      for (Map.Entry<String, Inode> entry : directory.entries.entrySet()) {
        String path = prefix + entry.getKey();
        switch (entry.getValue()) {
          case Inode.Directory child -> {
            if (directory != root || !OWN_PLACES.contains(entry.getKey())) {
              untold.addLast(path);
              if (!child.given) {
                tell();
              }
              all(child, path + "/", depth + 1);
              untold.pollLast();
            }
          }
          case Inode.Link link -> {
            if (!link.given && Inode.Link.staysWithin(link.target, depth)) {
              tell();
              to.link(path, link.target);
            }
          }
          case Inode.Own file -> {
            tell();
            to.file(path, file.size());
            for (long at = 0; at < file.size(); at += buffer.length) {
              int length = (int) Math.min(buffer.length, file.size() - at);
              file.read(at, buffer, length);
              to.content(buffer, length);
            }
          }
          case Inode.Input _ -> {}
        }
      }
    }

    private void tell() throws IOException {
      while (!untold.isEmpty()) {
        to.directory(untold.removeFirst());
      }
    }
  }
}
