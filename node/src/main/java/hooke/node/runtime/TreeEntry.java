package hooke.node.runtime;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// One entry of a tree of files that a run is given or leaves. Names are text of our own, whatever
/// the host calls them: contents lie on the host under numbers, so no file system, locale or code
/// page of a machine has a say in what a program sees.
public sealed interface TreeEntry {
  /// Depth-first, a directory before what is in it, the names of one directory by their UTF-8
  /// bytes: the order in which a tree is told and loaded.
  Comparator<TreeEntry> DEPTH_FIRST = (a, b) -> compare(a.path(), b.path());

  /// Relative, with slashes between names; valid Unicode. No name is empty, `.` or `..`, or holds a
  /// NUL.
  String path();

  /// A directory. Needed also where something lies in it.
  record Directory(String path) implements TreeEntry {}

  /// A file.
  ///
  /// @param content where its bytes lie on the host
  record File(String path, Path content, long size) implements TreeEntry {}

  /// A symbolic link.
  ///
  /// @param target relative to the directory that the link is in
  record Link(String path, String target) implements TreeEntry {}

  /// [#DEPTH_FIRST] for paths.
  static int compare(String a, String b) {
    int shared = Math.min(a.length(), b.length());
    for (int n = 0; n < shared; n++) {
      char x = a.charAt(n);
      char y = b.charAt(n);
      if (x == y) {
        continue;
      }
      // What is in a directory comes before its next sibling, whatever that one's name.
      if (x == '/' || y == '/') {
        return x == '/' ? -1 : 1;
      }
      // By UTF-8's bytes, which is by code points: UTF-16 differs in that surrogates, which stand
      // for the highest, are not its highest units.
      boolean high = Character.isSurrogate(x);
      return high == Character.isSurrogate(y) ? Character.compare(x, y) : high ? 1 : -1;
    }
    return Integer.compare(a.length(), b.length());
  }

  /// Longest name, in bytes.
  int NAME_BYTES = 255;

  /// Longest target of a link, in bytes.
  int LINK_BYTES = 1_024;

  /// Why a symbolic link may not stand at `path` of a tree that travels; null if it may.
  ///
  /// A target is read from the link's own directory. It may begin with `..`, as often as the link
  /// lies deep below its top, and goes on in names without `..`; `.` and doubled slashes mean
  /// nothing. Since nothing lies below a link, and by this rule for every other link, it ends below
  /// the top or nowhere.
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
    if (target.getBytes(StandardCharsets.UTF_8).length > LINK_BYTES) {
      return "has more than %,d bytes".formatted(LINK_BYTES);
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
        if (name.getBytes(StandardCharsets.UTF_8).length > NAME_BYTES) {
          return "has a name of more than %d bytes".formatted(NAME_BYTES);
        }
      }
    }
    return null;
  }
}
