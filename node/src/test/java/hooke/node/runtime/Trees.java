package hooke.node.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Trees of files between this machine's file system, where tests have them, and listings.
public final class Trees {
  private Trees() {}

  /// Lists a directory of this machine.
  ///
  /// @param to is made
  public static Path listed(Path tree, Path to) throws IOException {
    List<TreeEntry> entries = new ArrayList<>();
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path each : all.filter(path -> !path.equals(tree)).toList()) {
        String path = tree.relativize(each).toString();
        if (Files.isSymbolicLink(each)) {
          entries.add(new TreeEntry.Link(path, Files.readSymbolicLink(each).toString()));
        } else if (Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS)) {
          entries.add(new TreeEntry.Directory(path));
        } else {
          entries.add(new TreeEntry.File(path, each, Files.size(each)));
        }
      }
    }
    entries.sort(TreeEntry.DEPTH_FIRST);
    Files.createDirectory(to);
    try (TreeListing.Writer listing = new TreeListing.Writer(to)) {
      for (TreeEntry entry : entries) {
        switch (entry) {
          case TreeEntry.Directory(String path) -> listing.directory(path);
          case TreeEntry.File(String path, Path content, long size) ->
              Files.copy(content, listing.file(path, size));
          case TreeEntry.Link(String path, String target) -> listing.link(path, target);
        }
      }
      listing.finish();
    }
    return to;
  }

  /// Where the content of a listing's file lies.
  public static Path content(Path listing, String path) throws IOException {
    return TreeListing.read(listing).stream()
        .filter(TreeEntry.File.class::isInstance)
        .map(TreeEntry.File.class::cast)
        .filter(file -> file.path().equals(path))
        .findFirst()
        .orElseThrow(() -> new AssertionError("there is no " + path))
        .content();
  }

  /// What a listing's file says.
  public static String text(Path listing, String path) throws IOException {
    return Files.readString(content(listing, path));
  }
}
