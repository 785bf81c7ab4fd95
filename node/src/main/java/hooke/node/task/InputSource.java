package hooke.node.task;

import hooke.node.spec.Escaped;
import hooke.node.spec.HostNames;
import hooke.node.spec.ResultArchive;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
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
    try {
      if (equals > 0 && !Files.exists(HostNames.child(base, text), LinkOption.NOFOLLOW_LINKS)) {
        return new InputSource(
            text.substring(0, equals), HostNames.child(base, text.substring(equals + 1)));
      }
      Path from = HostNames.child(base, text);
      String name = HostNames.name(from.toAbsolutePath().normalize());
      return new InputSource(name.isEmpty() ? "." : name, from);
    } catch (HostNames.NotText | InvalidPathException e) {
      throw new IllegalArgumentException(
          "'%s' cannot be an input: %s".formatted(Escaped.name(text), e.getMessage()), e);
    }
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
            || relative.getBytes(StandardCharsets.UTF_8).length > MAX_PATH;
    for (String segment : relative.split("/", -1)) {
      bad |=
          segment.isEmpty()
              || segment.equals(".")
              || segment.equals("..")
              || segment.getBytes(StandardCharsets.UTF_8).length > ResultArchive.MAX_NAME_BYTES;
    }
    if (bad) {
      throw new IllegalArgumentException(
          "'%s' cannot stand under /in: write names joined by /, without . or .."
              .formatted(Escaped.name(path)));
    }
    return relative;
  }
}
