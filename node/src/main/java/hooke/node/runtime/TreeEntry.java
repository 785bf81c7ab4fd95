package hooke.node.runtime;

import java.nio.file.Path;
import java.util.Comparator;

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
}
