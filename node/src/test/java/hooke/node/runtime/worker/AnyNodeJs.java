package hooke.node.runtime.worker;

import hooke.node.runtime.v8.NodeJs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The Node.js of tests: the system's, or else the one that `contracts/` has from npm. One of them
/// is there, since the contracts are built before.
public final class AnyNodeJs {
  public static final NodeJs FOUND = find();

  private AnyNodeJs() {}

  private static NodeJs find() {
    if (NodeJs.find(null) instanceof NodeJs.Found(NodeJs system)) {
      return system;
    }
    Path modules = Path.of("../contracts/node_modules");
    try (Stream<Path> all = Files.list(modules)) {
      List<Path> candidates =
          all.filter(path -> String.valueOf(path.getFileName()).startsWith("node-"))
              .map(path -> path.resolve("bin/node").toAbsolutePath().normalize())
              .toList();
      for (Path candidate : candidates) {
        if (NodeJs.find(candidate) instanceof NodeJs.Found(NodeJs own)) {
          return own;
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("no Node.js: build contracts/ first", e);
    }
    throw new IllegalStateException("no Node.js in " + modules);
  }
}
