package hooke.node.task;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Files for a while, below `$TMPDIR` where that is set: a JVM would take `/tmp` whatever it says.
/// What is not removed when it is done with goes when the process is told to end.
public final class Scratch {
  /// So often the ending process tries to remove what others of its threads still write to.
  private static final int TRIES = 3;

  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(Scratch::removeAll, "scratch"));
  }

  private Scratch() {}

  /// A new folder that its owner alone can read.
  public static Path folder(String prefix) throws IOException {
    return kept(Files.createTempDirectory(base(), prefix));
  }

  /// A new file that its owner alone can read.
  public static Path file(String prefix) throws IOException {
    return kept(Files.createTempFile(base(), prefix, ""));
  }

  private static Path kept(Path made) {
    OPEN.add(made);
    return made;
  }

  private static Path base() {
    String named = System.getenv("TMPDIR");
    if (named != null && !named.isBlank()) {
      try {
        return Path.of(named);
      } catch (InvalidPathException e) {
        // Its name is lost on this JVM; the usual place will do.
      }
    }
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  /// Removes a file, or a folder with all that is in it.
  public static void remove(Path made) {
    ResultFolder.delete(made);
    OPEN.remove(made);
  }

  private static void removeAll() {
    for (int n = 0; n < TRIES; n++) {
      OPEN.forEach(ResultFolder::delete);
    }
  }
}
