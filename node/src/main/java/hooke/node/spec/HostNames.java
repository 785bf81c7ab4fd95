package hooke.node.spec;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Names of this machine's files as the bytes that they are, whatever the locale says.
///
/// A JVM reads and writes names in the character set of its environment. Under `LANG=C`, as in
/// cron, systemd units and containers, that is ASCII: `é` becomes U+FFFD when read and cannot be
/// written at all. Its paths keep the bytes, however, and two ways in and out of them do not pass
/// that character set: `toUri` and `Path.of(URI)`, by percent escapes. This is those two ways. On
/// Windows names are UTF-16 and nothing is lost.
public final class HostNames {
  private static final boolean BYTES = java.io.File.separatorChar == '/';

  private HostNames() {}

  /// A name that is not text, which neither a spec nor an archive can carry.
  public static final class NotText extends IOException {
    private static final long serialVersionUID = 1L;

    NotText(String shown) {
      super("the name '%s' is not UTF-8".formatted(shown));
    }
  }

  /// The last name of a path; empty for a root.
  ///
  /// @throws NotText when it is not UTF-8
  public static String name(Path path) throws NotText {
    Path last = path.getFileName();
    if (last == null) {
      return "";
    }
    String text = last.toString();
    if (ascii(text)) {
      return text;
    }
    if (!BYTES) {
      if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
        throw new NotText(Escaped.name(text));
      }
      return text;
    }
    byte[] own = bytes(last);
    try {
      return ArchivePaths.utf8(own, 0, own.length, "a name");
    } catch (BadArchive e) {
      throw new NotText(Escaped.name(own));
    }
  }

  /// All of a path, such as the target of a link, with `/` between its names.
  ///
  /// @throws NotText when a name is not UTF-8
  static String text(Path path) throws NotText {
    if (ascii(path.toString())) {
      return path.toString().replace(java.io.File.separatorChar, '/');
    }
    List<String> names = new ArrayList<>();
    for (Path each : path) {
      names.add(name(each));
    }
    return (path.isAbsolute() ? "/" : "") + String.join("/", names);
  }

  /// `directory`'s entry of exactly this name.
  ///
  /// @param name one name, or several with `/` between them
  /// @throws InvalidPathException when this machine can have no such name
  public static Path child(Path directory, String name) {
    if (!BYTES || ascii(name)) {
      return directory.resolve(name);
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(name) || name.indexOf('\0') >= 0) {
      throw new InvalidPathException(Escaped.name(name), "is not text");
    }
    Path absolute = exact(name.startsWith("/") ? name : "/" + name);
    // Both are of one machine, so the second's bytes may follow the first's.
    return name.startsWith("/") ? absolute : directory.resolve(Path.of("/").relativize(absolute));
  }

  /// The path that a user wrote, in a file or on the command line.
  ///
  /// @throws InvalidPathException when this machine can have no such name
  public static Path path(String text) {
    Path path = child(Path.of(""), text);
    return path.isAbsolute() || !Here.LOST ? path : Here.DIRECTORY.resolve(path);
  }

  /// A path as its user would write it, for messages: its bytes as UTF-8, what is none escaped.
  public static String shown(Path path) {
    String text = path.toString();
    if (ascii(text) || !BYTES) {
      return Escaped.text(text, ResultArchive.MAX_PATH_BYTES);
    }
    List<String> names = new ArrayList<>();
    for (Path each : path) {
      names.add(Escaped.name(bytes(each)));
    }
    return (path.isAbsolute() ? "/" : "") + String.join("/", names);
  }

  /// Whether this JVM can say the path in words that lead back to it: what other programs and
  /// libraries are told of must be such a one.
  public static boolean isSayable(Path path) {
    try {
      return Path.of(path.toString()).equals(path);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /// The bytes of one name. Asks for it below a root, since the name of the directory that this
  /// process runs in may itself be lost.
  private static byte[] bytes(Path name) {
    String raw = Path.of("/").resolve(name).toUri().getRawPath();
    byte[] bytes = new byte[raw.length()];
    int count = 0;
    for (int n = 0; n < raw.length(); n++) {
      char each = raw.charAt(n);
      if (each == '%') {
        each = (char) Integer.parseInt(raw, n + 1, n + 3, 16);
        n += 2;
      }
      bytes[count++] = (byte) each;
    }
    // A directory's address ends in a slash.
    return Arrays.copyOfRange(bytes, 1, count > 1 && bytes[count - 1] == '/' ? count - 1 : count);
  }

  private static Path exact(String absolute) {
    StringBuilder address = new StringBuilder("file://");
    for (byte each : absolute.getBytes(StandardCharsets.UTF_8)) {
      if (each == '/' || (each > 0 && Character.isLetterOrDigit(each))) {
        address.append((char) each);
      } else {
        address.append("%%%02X".formatted(each & 0xff));
      }
    }
    return Path.of(URI.create(address.toString()));
  }

  static boolean ascii(String text) {
    for (int n = 0; n < text.length(); n++) {
      if (text.charAt(n) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  /// The directory that this process runs in. Where its name is lost, no relative path works in
  /// this JVM; Linux knows better.
  private static final class Here {
    static final Path DIRECTORY = directory();
    static final boolean LOST = !DIRECTORY.equals(Path.of("").toAbsolutePath());

    private static Path directory() {
      Path said = Path.of("").toAbsolutePath();
      if (!BYTES) {
        return said;
      }
      try {
        return Files.readSymbolicLink(Path.of("/proc/self/cwd"));
      } catch (IOException | UnsupportedOperationException e) {
        return said;
      }
    }
  }
}
