package hooke.node.spec;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The names of one archive while it is read or written: each is looked at by itself, and against
/// those before it.
///
/// They are kept as a tree, so that what a stranger can make this hold is bounded by
/// [ResultArchive#MAX_ENTRIES] names of [ResultArchive#MAX_NAME_BYTES].
final class ArchivePaths {
  /// What takes part in a path.
  enum Kind {
    FILE,
    LINK,
    /// A directory that was named.
    DIRECTORY,
    /// A directory that only what lies in it has named so far.
    IMPLIED
  }

  /// What is told of a directory before anything in it.
  @FunctionalInterface
  interface Implied {
    void directory(String path) throws java.io.IOException;
  }

  private static final class Node {
    Kind kind;
    @Nullable Map<String, Node> within;

    Node(Kind kind) {
      this.kind = kind;
    }
  }

  private final Node root = new Node(Kind.DIRECTORY);
  private int nodes;

  /// Adds a name, and tells of the directories that it lies in and that are new.
  ///
  /// @return false when it is a directory that was told of before
  boolean add(String path, Kind kind, Implied implied) throws java.io.IOException {
    String[] names = checked(path);
    Node parent = root;
    int end = -1;
    for (int n = 0; n < names.length - 1; n++) {
      end = path.indexOf('/', end + 1);
      Node found = find(parent, names[n]);
      if (found == null) {
        found = put(parent, names[n], Kind.IMPLIED);
        implied.directory(path.substring(0, end));
      } else if (found.kind == Kind.FILE || found.kind == Kind.LINK) {
        throw new BadArchive(
            "the archive's entry '%s' lies below '%s', which is no directory"
                .formatted(Escaped.name(path), Escaped.name(path.substring(0, end))));
      }
      parent = found;
    }
    String last = names[names.length - 1];
    Node found = find(parent, last);
    if (found == null) {
      put(parent, last, kind);
      return true;
    }
    if (kind != Kind.DIRECTORY || found.kind != Kind.IMPLIED) {
      throw new BadArchive("the archive names '%s' twice".formatted(Escaped.name(path)));
    }
    found.kind = Kind.DIRECTORY;
    return false;
  }

  private static @Nullable Node find(Node parent, String name) {
    return parent.within == null ? null : parent.within.get(name);
  }

  private Node put(Node parent, String name, Kind kind) throws BadArchive {
    if (++nodes > ResultArchive.MAX_ENTRIES) {
      throw new BadArchive(
          "the archive holds more than %,d files and directories"
              .formatted(ResultArchive.MAX_ENTRIES));
    }
    Map<String, Node> within = parent.within;
    if (within == null) {
      within = new HashMap<>(4);
      parent.within = within;
    }
    Node node = new Node(kind);
    within.put(name, node);
    return node;
  }

  private static String[] checked(String path) throws BadArchive {
    if (path.isEmpty() || path.startsWith("/") || path.indexOf('\0') >= 0) {
      throw new BadArchive(
          "the archive's entry '%s' is not a relative path".formatted(Escaped.name(path)));
    }
    if (bytes(path) > ResultArchive.MAX_PATH_BYTES) {
      throw new BadArchive(
          "the archive's entry '%s' has a path of more than %,d bytes"
              .formatted(Escaped.name(path), ResultArchive.MAX_PATH_BYTES));
    }
    String[] names = path.split("/", -1);
    for (String name : names) {
      if (name.isEmpty() || name.equals(".") || name.equals("..")) {
        throw new BadArchive(
            "the archive's entry '%s' leaves its place".formatted(Escaped.name(path)));
      }
      if (bytes(name) > ResultArchive.MAX_NAME_BYTES) {
        throw new BadArchive(
            "the archive's entry '%s' has a name of more than %d bytes"
                .formatted(Escaped.name(path), ResultArchive.MAX_NAME_BYTES));
      }
    }
    return names;
  }

  /// Why a symbolic link may not stand at `path`; null if it may.
  ///
  /// A target is read from the link's own directory. It may begin with `..`, as often as the link
  /// lies deep below `top`, and goes on in names without `..`; `.` and doubled slashes mean
  /// nothing. Since nothing lies below a link, and by this rule for every other link, it ends below
  /// `top` or nowhere.
  ///
  /// @param top names of `path` that the link may not leave: 1 for `out/` and `work/` of a result,
  ///   0 for an input's tree
  static @Nullable String linkProblem(String path, String target, int top) {
    if (target.isEmpty() || target.indexOf('\0') >= 0) {
      return "names nothing";
    }
    if (target.startsWith("/")) {
      return "is absolute: it means something else on every machine";
    }
    if (bytes(target) > ResultArchive.MAX_LINK_BYTES) {
      return "has more than %,d bytes".formatted(ResultArchive.MAX_LINK_BYTES);
    }
    int depth = path.split("/", -1).length - 1 - top;
    if (depth < 0) {
      return "stands where no link may stand";
    }
    boolean down = false;
    for (String name : target.split("/", -1)) {
      if (name.equals("..")) {
        if (down) {
          return "goes up again after a name";
        }
        if (--depth < 0) {
          return "leads out of its tree";
        }
      } else if (!name.isEmpty() && !name.equals(".")) {
        down = true;
        if (bytes(name) > ResultArchive.MAX_NAME_BYTES) {
          return "has a name of more than %d bytes".formatted(ResultArchive.MAX_NAME_BYTES);
        }
      }
    }
    return null;
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /// Text of exactly these bytes.
  static String utf8(byte[] bytes, int offset, int length, String what) throws BadArchive {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, offset, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw new BadArchive(
          "%s '%s' is not UTF-8"
              .formatted(
                  what,
                  Escaped.name(java.util.Arrays.copyOfRange(bytes, offset, offset + length))));
    }
  }
}
