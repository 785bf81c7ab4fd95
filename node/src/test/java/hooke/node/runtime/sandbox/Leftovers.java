package hooke.node.runtime.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Control groups that processes left, for tests.
public final class Leftovers {
  private Leftovers() {}

  /// What a node does when it starts.
  public static void sweep() {
    Cgroups.find();
  }

  /// Groups whose names start so, wherever they lie.
  public static List<Path> groups(String prefix) throws IOException {
    try (Stream<Path> all =
        Files.find(
            Path.of("/sys/fs/cgroup"),
            6,
            (path, attributes) ->
                attributes.isDirectory() && path.getFileName().toString().startsWith(prefix))) {
      return all.toList();
    }
  }
}
