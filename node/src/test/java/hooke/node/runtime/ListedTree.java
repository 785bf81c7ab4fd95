package hooke.node.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;

/// Trees of files for tests, as text: a path and its content, one character a byte; a directory's
/// path ends in `/`, and a link's content is `-> ` and its target.
public final class ListedTree {
  private static final String LINK = "-> ";

  private ListedTree() {}

  /// Lists a tree. Directories that things lie in need not be named.
  ///
  /// @param directory is made
  /// @return the directory
  public static Path write(Path directory, Map<String, String> tree) throws IOException {
    TreeMap<String, String> whole =
        new TreeMap<>(Comparator.comparing(ListedTree::entry, TreeEntry::compare));
    tree.forEach((path, content) -> {
      for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
        whole.put(path.substring(0, slash + 1), "");
      }
      whole.put(path, content);
    });
    try (TreeListing.Writer writer = new TreeListing.Writer(Files.createDirectory(directory))) {
      for (Map.Entry<String, String> each : whole.entrySet()) {
        String path = entry(each.getKey());
        String content = each.getValue();
        if (each.getKey().endsWith("/")) {
          writer.directory(path);
        } else if (content.startsWith(LINK)) {
          writer.link(path, content.substring(LINK.length()));
        } else {
          byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
          Files.write(writer.file(path, bytes.length), bytes);
        }
      }
      writer.finish();
    }
    return directory;
  }

  /// What [#write(Path, Map)] would write so, with every directory named.
  public static Map<String, String> read(Path directory) throws IOException {
    Map<String, String> tree = new TreeMap<>();
    for (TreeEntry entry : TreeListing.read(directory)) {
      switch (entry) {
        case TreeEntry.Directory(String path) -> tree.put(path + "/", "");
        case TreeEntry.File(String path, Path content, _) -> tree.put(path, bytes(content));
        case TreeEntry.Link(String path, String target) -> tree.put(path, LINK + target);
      }
    }
    return tree;
  }

  private static String bytes(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String entry(String path) {
    return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }
}
