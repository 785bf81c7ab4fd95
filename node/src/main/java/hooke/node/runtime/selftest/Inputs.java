package hooke.node.runtime.selftest;

import hooke.node.runtime.TreeEntry;
import hooke.node.runtime.TreeListing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Inputs under names that a host's file system, locale or code page may not know. Each file holds
/// its own path.
final class Inputs {
  private static final List<String> FILES =
      List.of(
          "plain",
          "with space",
          "é",
          "e\u0301",
          "名",
          "\ud83d\ude00",
          "\uff21",
          "\ue000",
          "new\nline",
          "back\\slash",
          "..not up",
          "a:b",
          "CON",
          "Case",
          "case",
          "I\u0307",
          "ı",
          "n".repeat(255),
          "é".repeat(127),
          "deep/er/é/名/file",
          "deep/er-/file",
          "deep.file");

  private static final List<String> DIRECTORIES =
      List.of("deep", "deep/er", "deep/er/é", "deep/er/é/名", "deep/er-", "empty");

  private Inputs() {}

  /// Lays them out in a directory, which is made.
  static Path in(Path directory) throws IOException {
    Files.createDirectory(directory);
    List<TreeEntry> entries =
        Stream.of(
                DIRECTORIES.stream().map(TreeEntry.Directory::new),
                FILES.stream().map(path -> new TreeEntry.File(path, directory, 0)),
                Stream.of(
                    new TreeEntry.Link("link", "deep/er/é"),
                    new TreeEntry.Link("deep/link é", "../é")))
            .<TreeEntry>flatMap(each -> each)
            .sorted(TreeEntry.DEPTH_FIRST)
            .toList();
    try (TreeListing.Writer listing = new TreeListing.Writer(directory)) {
      for (TreeEntry entry : entries) {
        switch (entry) {
          case TreeEntry.Directory(String path) -> listing.directory(path);
          case TreeEntry.File(String path, Path _, long _) -> {
            byte[] content = path.getBytes(StandardCharsets.UTF_8);
            Files.write(listing.file(path, content.length), content);
          }
          case TreeEntry.Link(String path, String target) -> listing.link(path, target);
        }
      }
      listing.finish();
    }
    return directory;
  }
}
