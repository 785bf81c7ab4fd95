package hooke.node.task;

import java.nio.file.Files;
import java.nio.file.Path;

/// A local file or directory that becomes an input of a task.
///
/// @param path where it stands under `/in`; `.` makes a directory `/in` itself
/// @param from the local file or directory
public record InputSource(String path, Path from) {
  /// Longest path under `/in`, in bytes of UTF-8.
  public static final int MAX_PATH = 1_024;

  public InputSource {
    path = checked(path);
  }

  /// Reads `PATH` (its last name becomes its name under `/in`) or `NAME=PATH`, relative to `base`.
  ///
  /// @throws IllegalArgumentException saying what is wrong with `text`
  public static InputSource parse(String text, Path base) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("an input needs the path of a file or directory");
    }
    int equals = text.indexOf('=');
    if (equals > 0 && !Files.exists(base.resolve(text))) {
      return new InputSource(text.substring(0, equals), base.resolve(text.substring(equals + 1)));
    }
    Path from = base.resolve(text);
    Path name = from.toAbsolutePath().normalize().getFileName();
    return new InputSource(name == null ? "." : name.toString(), from);
  }

  private static String checked(String path) {
    String relative = path.startsWith("/in/") ? path.substring(4) : path;
    if (relative.equals(".") || relative.equals("/in")) {
      return ".";
    }
    boolean bad =
        relative.isEmpty()
            || relative.startsWith("/")
            || relative.indexOf('\0') >= 0
            || relative.indexOf('\\') >= 0
            || relative.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > MAX_PATH;
    for (String segment : relative.split("/", -1)) {
      bad |= segment.isEmpty() || segment.equals(".") || segment.equals("..");
    }
    if (bad) {
      throw new IllegalArgumentException(
          "'%s' cannot stand under /in: write names joined by /, without . or .."
              .formatted(path.length() > 80 ? path.substring(0, 77) + "..." : path));
    }
    return relative;
  }
}
