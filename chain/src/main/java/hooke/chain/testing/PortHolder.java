package hooke.chain.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Tells whose socket takes connections at a port. An answer from there proves nothing: a child
/// that found its port taken may not have ended yet while another's answers.
public final class PortHolder {
  private static final String LISTENS = "0A";

  private PortHolder() {}

  /// Who holds a port.
  public enum Verdict {
    /// The process, or one that it started.
    OWN,
    /// Another, or nobody.
    OTHER,
    /// This system does not tell: only Linux does, in `/proc`.
    UNKNOWN
  }

  /// Looks once; a child binds a while after it was started.
  public static Verdict of(ProcessHandle process, int port) {
    Set<String> sockets = new HashSet<>();
    boolean told = false;
    for (String table : List.of("tcp", "tcp6")) {
      Path file = Path.of("/proc", Long.toString(process.pid()), "net", table);
      try (Stream<String> rows = Files.lines(file)) {
        rows.skip(1)
            .map(row -> row.strip().split("\\s+"))
            .filter(row -> row.length > 9 && row[3].equals(LISTENS))
            .filter(row -> Integer.parseInt(row[1].substring(row[1].indexOf(':') + 1), 16) == port)
            .forEach(row -> sockets.add("socket:[" + row[9] + "]"));
        told = true;
      } catch (IOException | UncheckedIOException e) {
        // Without IPv6 there is one table; a process that has just ended has none.
      }
    }
    if (!told && process.isAlive() && !Files.exists(Path.of("/proc/self/net/tcp"))) {
      return Verdict.UNKNOWN;
    }
    boolean own =
        !sockets.isEmpty()
            && Stream.concat(Stream.of(process), process.descendants())
                .anyMatch(each -> holds(each, sockets));
    return own ? Verdict.OWN : Verdict.OTHER;
  }

  private static boolean holds(ProcessHandle process, Set<String> sockets) {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
      for (Path file : files) {
        if (sockets.contains(target(file))) {
          return true;
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // It has just ended, and holds nothing any more.
    }
    return false;
  }

  private static String target(Path file) {
    try {
      return Files.readSymbolicLink(file).toString();
    } catch (IOException e) {
      return ""; // Closed meanwhile.
    }
  }
}
