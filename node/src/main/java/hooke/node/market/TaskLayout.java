package hooke.node.market;

import hooke.node.runtime.TreeEntry;
import hooke.node.runtime.TreeListing;
import hooke.node.spec.InputTree;
import hooke.node.spec.Specs;
import hooke.storage.BlobStore;
import hooke.v1.BlobRef;
import hooke.v1.EnvironmentVariable;
import hooke.v1.TaskSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A spec's blobs as files that a runtime takes. No name of a stranger's becomes one of the host's:
/// inputs lie there as a [TreeListing].
///
/// @param stdin null where there is none
/// @param inputs null where there are none
/// @param entries files and directories of the inputs
/// @param env the program's variables
record TaskLayout(
    Path program,
    @Nullable Path stdin,
    @Nullable Path inputs,
    int entries,
    Map<String, String> env) {

  /// Lays a task out.
  ///
  /// @param directory exists and is empty
  /// @throws Specs.BadSpec when no node could
  /// @throws IOException when this one cannot
  static TaskLayout of(BlobStore store, TaskSpec spec, Path directory)
      throws IOException, Specs.BadSpec {
    Path program = directory.resolve("program.wasm");
    copy(store, spec.getProgram(), program);
    Path stdin = null;
    if (spec.hasStdin()) {
      stdin = directory.resolve("stdin");
      copy(store, spec.getStdin(), stdin);
    }
    Path inputs = null;
    int entries = 0;
    if (spec.getInputsCount() > 0) {
      inputs = Files.createDirectory(directory.resolve("in"));
      entries = layOut(store, spec, Files.createDirectory(directory.resolve("contents")), inputs);
    }
    Map<String, String> env = new TreeMap<>();
    for (EnvironmentVariable variable : spec.getEnvList()) {
      env.put(variable.getName(), variable.getValue());
    }
    return new TaskLayout(program, stdin, inputs, entries, env);
  }

  /// Contents come in the order of their archives, and are numbered in that of their names.
  ///
  /// @return how many entries there are
  private static int layOut(BlobStore store, TaskSpec spec, Path contents, Path inputs)
      throws IOException, Specs.BadSpec {
    int[] taken = {0};
    List<TreeEntry> entries =
        InputTree.read(
            spec,
            blob -> open(store, blob),
            (content, size) -> {
              Path file = contents.resolve(Integer.toString(taken[0]++));
              Files.copy(content, file);
              return file;
            });
    try (TreeListing.Writer listing = new TreeListing.Writer(inputs)) {
      for (TreeEntry entry : entries) {
        switch (entry) {
          case TreeEntry.Directory(String path) -> listing.directory(path);
          case TreeEntry.File(String path, Path content, long size) ->
              Files.move(content, listing.file(path, size));
          case TreeEntry.Link(String path, String target) -> listing.link(path, target);
        }
      }
      listing.finish();
    }
    Files.delete(contents);
    return entries.size();
  }

  private static void copy(BlobStore store, BlobRef blob, Path target) throws IOException {
    try (InputStream content = open(store, blob)) {
      Files.copy(content, target);
    }
  }

  static InputStream open(BlobStore store, BlobRef blob) throws IOException {
    return store
        .read(Specs.id(blob), 0)
        .orElseThrow(
            () -> new IOException("blob " + Specs.id(blob).prefix() + " is not held here"));
  }
}
