package hooke.node.spec;

import hooke.node.runtime.TreeEntry;
import hooke.node.runtime.wasi.FileTree;
import hooke.v1.BlobRef;
import hooke.v1.Input;
import hooke.v1.TaskSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a spec's inputs are under `/in`: the one reading of them, by which a buyer finds out before
/// he pays, and a provider before it bids, whether a run can begin with them.
public final class InputTree {
  /// Most bytes of all paths together, so that a tree of names fits in anybody's memory. A hundred
  /// thousand files have some ten million.
  public static final int PATHS_BYTES = 32 << 20;

  private final Contents contents;
  private final List<TreeEntry> entries = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private final Set<String> directories = new HashSet<>();
  private long pathsBytes;

  private InputTree(Contents contents) {
    this.contents = contents;
  }

  /// Opens the blobs that a spec names.
  @FunctionalInterface
  public interface Blobs {
    InputStream open(BlobRef blob) throws IOException;
  }

  /// Takes the contents of files.
  @FunctionalInterface
  public interface Contents {
    /// Takes one; called once for each file, in the order of the archives.
    ///
    /// @return where it can be read later
    Path take(InputStream content, long size) throws IOException;
  }

  /// Reads all inputs.
  ///
  /// @param spec as [Specs#decode] takes it
  /// @return in the order of [TreeEntry#DEPTH_FIRST]
  /// @throws Specs.BadSpec when no run can begin with them, anywhere
  /// @throws IOException when they cannot be read or kept here
  public static List<TreeEntry> read(TaskSpec spec, Blobs blobs, Contents contents)
      throws IOException, Specs.BadSpec {
    InputTree tree = new InputTree(contents);
    for (Input input : spec.getInputsList()) {
      try {
        tree.add(input, blobs);
      } catch (BadArchive e) {
        throw new Specs.BadSpec(
            "the input '%s': %s".formatted(Escaped.name(input.getPath()), e.getMessage()));
      }
    }
    tree.entries.sort(TreeEntry.DEPTH_FIRST);
    return tree.entries;
  }

  /// Reads all inputs to the end and keeps nothing.
  ///
  /// @throws Specs.BadSpec as [#read]
  public static void check(TaskSpec spec, Blobs blobs) throws IOException, Specs.BadSpec {
    Path nowhere = Path.of("");
    read(
        spec,
        blobs,
        (content, _) -> {
          content.transferTo(java.io.OutputStream.nullOutputStream());
          return nowhere;
        });
  }

  private void add(Input input, Blobs blobs) throws IOException {
    String path = input.getPath();
    String prefix = path.equals(".") ? "" : path + "/";
    try (InputStream blob = blobs.open(input.getBlob())) {
      if (input.getFormat() == Input.Format.FILE) {
        above(path);
        name(path);
        long size = input.getBlob().getSizeBytes();
        entries.add(new TreeEntry.File(path, contents.take(blob, size), size));
        return;
      }
      if (!prefix.isEmpty()) {
        directory(path);
      }
      ResultArchive.read(
          blob,
          ResultArchive.Kind.TREE,
          input.getBlob().getSizeBytes(),
          new ResultArchive.Visitor() {
            @Override
            public void directory(String name) throws IOException {
              InputTree.this.directory(prefix + name);
            }

            @Override
            public void file(String name, long size, InputStream content) throws IOException {
              above(prefix + name);
              InputTree.this.name(prefix + name);
              entries.add(new TreeEntry.File(prefix + name, contents.take(content, size), size));
            }

            @Override
            public void link(String name, String target) throws IOException {
              above(prefix + name);
              InputTree.this.name(prefix + name);
              entries.add(new TreeEntry.Link(prefix + name, target));
            }
          });
    }
  }

  /// Takes a directory, perhaps again: several inputs may lie in one.
  private void directory(String path) throws BadArchive {
    if (!directories.contains(path)) {
      above(path);
      name(path);
      directories.add(path);
      entries.add(new TreeEntry.Directory(path));
    }
  }

  /// Takes the directory that a path lies in.
  private void above(String path) throws BadArchive {
    int slash = path.lastIndexOf('/');
    if (slash > 0) {
      directory(path.substring(0, slash));
    }
  }

  private void name(String path) throws BadArchive {
    Optional<String> problem = InputPaths.problem(0, path);
    if (problem.isPresent()) {
      throw new BadArchive(problem.get());
    }
    if (!names.add(path)) {
      throw new BadArchive("'%s' is there twice".formatted(Escaped.name(path)));
    }
    pathsBytes += path.getBytes(StandardCharsets.UTF_8).length;
    if (names.size() > FileTree.INPUT_ENTRIES) {
      throw new BadArchive(
          "all inputs together have more than %,d files and directories"
              .formatted(FileTree.INPUT_ENTRIES));
    }
    if (pathsBytes > PATHS_BYTES) {
      throw new BadArchive(
          "all inputs' paths together have more than %d MiB".formatted(PATHS_BYTES >> 20));
    }
  }
}
