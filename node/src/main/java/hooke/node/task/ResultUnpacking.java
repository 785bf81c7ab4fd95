package hooke.node.task;

import hooke.node.spec.HostNames;
import hooke.node.spec.ResultArchive;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Lays a result's files out on this machine's disk, which may not hold all their names: one that
/// is blind to case has no room for `a` beside `A`, Windows none for `con` or `a:b`, and every disk
/// has a longest path. What cannot be held under its name is written beside, as `~1`, and stands in
/// [#LISTING]; nothing else is touched by it. Links are made last and none is followed.
final class ResultUnpacking implements ResultArchive.Visitor {
  /// Where it is said which name stands for which; only there when there is something to say. No
  /// file of a result can have this name.
  static final String LISTING = "names.json";

  /// Names that Windows keeps for devices, whatever comes after a point.
  private static final Set<String> DEVICES =
      Set.of(
          "con",
          "prn",
          "aux",
          "nul",
          "com0",
          "com1",
          "com2",
          "com3",
          "com4",
          "com5",
          "com6",
          "com7",
          "com8",
          "com9",
          "lpt0",
          "lpt1",
          "lpt2",
          "lpt3",
          "lpt4",
          "lpt5",
          "lpt6",
          "lpt7",
          "lpt8",
          "lpt9",
          "conin$",
          "conout$",
          "com\u00b9",
          "com\u00b2",
          "com\u00b3",
          "lpt\u00b9",
          "lpt\u00b2",
          "lpt\u00b3");

  private static final int TRIES = 200_000;

  private final Path target;
  private final boolean windows;

  /// Directories that are not where their names say.
  private final Map<String, Path> moved = new HashMap<>();

  private final Map<String, String> links = new LinkedHashMap<>();

  /// From the name on this disk to the result's own.
  private final Map<String, String> names = new LinkedHashMap<>();

  private final Map<String, String> missingLinks = new LinkedHashMap<>();
  private int last;

  private ResultUnpacking(Path target, boolean windows) {
    this.target = target;
    this.windows = windows;
  }

  /// Unpacks a result into a directory that is there and empty.
  ///
  /// @return what could not be had under its name: a sentence for people; empty when there is
  ///   nothing
  static String into(InputStream archive, Path target, long maxBytes) throws IOException {
    return into(archive, target, maxBytes, java.io.File.separatorChar == '\\');
  }

  /// The same with names that Windows can hold, or any.
  static String into(InputStream archive, Path target, long maxBytes, boolean windows)
      throws IOException {
    ResultUnpacking unpacking = new ResultUnpacking(target, windows);
    ResultArchive.read(archive, ResultArchive.Kind.RESULT, maxBytes, unpacking);
    unpacking.makeLinks();
    return unpacking.list();
  }

  @FunctionalInterface
  private interface Making {
    void at(Path path) throws IOException;
  }

  @Override
  public void directory(String path) throws IOException {
    Path made = make(path, Files::createDirectory);
    if (!made.equals(plain(path))) {
      moved.put(path, made);
    }
  }

  @Override
  public void file(String path, long size, InputStream content) throws IOException {
    Path made = make(path, Files::createFile);
    try (OutputStream file = Files.newOutputStream(made, StandardOpenOption.WRITE)) {
      content.transferTo(file);
    }
  }

  @Override
  public void link(String path, String to) {
    links.put(path, to);
  }

  private @org.jspecify.annotations.Nullable Path plain(String path) {
    try {
      return HostNames.child(target, path);
    } catch (InvalidPathException e) {
      return null;
    }
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  /// Where a directory of the result stands on this disk.
  private Path directoryOf(String path) {
    if (path.isEmpty()) {
      return target;
    }
    Path there = moved.get(path);
    return there != null ? there : HostNames.child(directoryOf(parent(path)), name(path));
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private Path make(String path, Making making) throws IOException {
    Path parent = directoryOf(parent(path));
    FileSystemException failure;
    try {
      if (windows && !windowsHolds(name(path))) {
        throw new InvalidPathException(name(path), "is no name on Windows");
      }
      Path wanted = HostNames.child(parent, name(path));
      making.at(wanted);
      return wanted;
    } catch (InvalidPathException e) {
      failure = new FileSystemException(path, null, e.getReason());
    } catch (FileSystemException e) {
      failure = e;
    }
    Path beside = beside(parent, making);
    if (beside == null) {
      // Perhaps the way to it is too long already.
      beside = beside(target, making);
    }
    if (beside == null) {
      throw failure;
    }
    names.put(HostNames.shown(target.relativize(beside)), path);
    return beside;
  }

  private @org.jspecify.annotations.Nullable Path beside(Path parent, Making making) {
    for (int tries = 0; tries < TRIES; tries++) {
      Path safe = parent.resolve("~" + ++last);
      try {
        making.at(safe);
        return safe;
      } catch (FileAlreadyExistsException e) {
        // The result has a file of that name itself.
      } catch (IOException e) {
        return null;
      }
    }
    return null;
  }

  static boolean windowsHolds(String name) {
    int point = name.indexOf('.');
    String base = (point < 0 ? name : name.substring(0, point)).stripTrailing();
    return !name.endsWith(".")
        && !name.endsWith(" ")
        && name.chars().noneMatch(c -> c < 0x20 || "<>:\"/\\|?*".indexOf(c) >= 0)
        && !DEVICES.contains(base.toLowerCase(Locale.ROOT));
  }

  private void makeLinks() {
    links.forEach((path, to) -> {
      if (!makeLink(path, to)) {
        missingLinks.put(path, to);
      }
    });
  }

  /// A link whose directory stands elsewhere would lead elsewhere.
  private boolean makeLink(String path, String to) {
    for (String at = parent(path); !at.isEmpty(); at = parent(at)) {
      if (moved.containsKey(at)) {
        return false;
      }
    }
    for (String name : windows ? (name(path) + "/" + to).split("/", -1) : new String[0]) {
      if (!name.isEmpty() && !name.equals(".") && !name.equals("..") && !windowsHolds(name)) {
        return false;
      }
    }
    try {
      Files.createSymbolicLink(HostNames.child(target, path), HostNames.child(Path.of(""), to));
      return true;
    } catch (IOException | UnsupportedOperationException | InvalidPathException e) {
      return false;
    }
  }

  private String list() throws IOException {
    if (names.isEmpty() && missingLinks.isEmpty()) {
      return "";
    }
    StringBuilder json = new StringBuilder("{\n  \"names\": {");
    entries(json, names);
    json.append("},\n  \"links\": {");
    entries(json, missingLinks);
    json.append("}\n}\n");
    Files.writeString(target.resolve(LISTING), json, StandardCharsets.UTF_8);
    return "this disk cannot hold %s of the result as %s; %s beside stdout says which"
        .formatted(
            names.isEmpty()
                ? count(missingLinks.size(), "symbolic link")
                : count(names.size(), "name")
                    + (missingLinks.isEmpty()
                        ? ""
                        : " and " + count(missingLinks.size(), "symbolic link")),
            names.size() + missingLinks.size() == 1 ? "it is" : "they are",
            LISTING);
  }

  private static String count(int number, String what) {
    return "%,d %s%s".formatted(number, what, number == 1 ? "" : "s");
  }

  private static void entries(StringBuilder json, Map<String, String> entries) {
    String separator = "\n    ";
    for (Map.Entry<String, String> entry : entries.entrySet()) {
      json.append(separator);
      quote(json, entry.getKey());
      json.append(": ");
      quote(json, entry.getValue());
      separator = ",\n    ";
    }
    if (!entries.isEmpty()) {
      json.append("\n  ");
    }
  }

  private static void quote(StringBuilder json, String text) {
    json.append('"');
    for (int n = 0; n < text.length(); n++) {
      char c = text.charAt(n);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || Character.getType(c) == Character.FORMAT) {
        json.append("\\u%04x".formatted((int) c));
      } else {
        json.append(c);
      }
    }
    json.append('"');
  }
}
