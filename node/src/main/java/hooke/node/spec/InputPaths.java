package hooke.node.spec;

import hooke.node.runtime.wasi.FileTree;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Where inputs may stand: what a run's file tree takes, so that nothing is promised that could not
/// be laid out.
final class InputPaths {
  private static final int IN = "in".length();

  private InputPaths() {}

  /// What is wrong with a path below an input; empty if nothing is.
  ///
  /// @param above bytes of the input's own path, 0 where it is `/in` itself
  static Optional<String> problem(int above, String path) {
    int bytes = IN + 1;
    if (above > 0) {
      bytes += above + 1;
    }
    bytes += path.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > FileTree.PATH_BYTES) {
      return Optional.of(
          "'%s' makes a path of %d bytes; the most is %d"
              .formatted(Escaped.text(path, 40), bytes, FileTree.PATH_BYTES));
    }
    for (String segment : path.split("/", -1)) {
      int length = segment.getBytes(StandardCharsets.UTF_8).length;
      if (length > FileTree.NAME_BYTES) {
        return Optional.of(
            "'%s' has a name of %d bytes; the most is %d"
                .formatted(Escaped.text(segment, 40), length, FileTree.NAME_BYTES));
      }
    }
    return Optional.empty();
  }

  /// The first path that is given twice or lies inside another; empty if none does. Sorted
  /// bytewise, `a`, `a-b`, `a/c` has another between a path and what lies inside it, so each is
  /// compared with all.
  static Optional<String> clash(List<String> paths) {
    Set<String> all = new HashSet<>();
    for (String path : paths) {
      if (!all.add(path)) {
        return Optional.of(path);
      }
    }
    for (String path : paths) {
      for (int at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
        if (all.contains(path.substring(0, at))) {
          return Optional.of(path);
        }
      }
    }
    return Optional.empty();
  }
}
