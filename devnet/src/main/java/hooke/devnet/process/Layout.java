package hooke.devnet.process;

import hooke.devnet.DevnetException;
import hooke.node.spec.HostNames;
import hooke.node.spec.HostWords;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;

/// Where a devnet keeps things, under the command line's home.
///
/// @param home `$HOOKE_HOME`, by default `~/.hooke`
/// @param checkout the project's root, which has `contracts` and `examples`
public record Layout(Path home, Path checkout) {

  /// From the environment and the launcher's system property `hooke.home`.
  ///
  /// @throws IllegalStateException if the program was not started by the launcher
  public static Layout ofEnvironment() {
    String told = HostWords.environment().get("HOOKE_HOME");
    String checkout = System.getProperty("hooke.home");
    if (checkout == null) {
      throw new IllegalStateException(
          "a devnet needs the project's checkout (its contracts): start it with ./hooke");
    }
    Path home =
        told == null || told.isBlank()
            ? Path.of(System.getProperty("user.home"), ".hooke")
            : HostNames.path(told).toAbsolutePath().normalize();
    if (!HostNames.isSayable(home)) {
      // The processes of a devnet are told of it in words.
      throw new DevnetException(
          "a devnet cannot live in %s under this locale, whose character set lacks that name; set LC_ALL=C.UTF-8"
              .formatted(HostNames.shown(home)),
          DevnetException.Code.UNAVAILABLE);
    }
    return new Layout(home, Path.of(checkout).toAbsolutePath().normalize());
  }

  public Path devnet() {
    return home.resolve("devnet");
  }

  public Path stateFile() {
    return devnet().resolve("state.json");
  }

  /// Held while a command changes the devnet.
  public Path lockFile() {
    return devnet().resolve("lock");
  }

  public Path chain() {
    return devnet().resolve("chain");
  }

  public Path logs() {
    return devnet().resolve("logs");
  }

  public Path log(String process) {
    return logs().resolve(process + ".log");
  }

  public Path nodes() {
    return devnet().resolve("nodes");
  }

  public Path node(String name) {
    return nodes().resolve(name);
  }

  public Path wallets() {
    return home.resolve("wallets");
  }

  public Path contracts() {
    return checkout.resolve("contracts");
  }

  /// Creates a directory and its parents, readable by the owner alone where the system can say so.
  public static void create(Path directory) {
    try {
      if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        Files.createDirectories(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } else {
        Files.createDirectories(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + directory, e);
    }
  }

  /// Deletes a directory with all that is in it; links are not followed.
  public static void delete(Path directory) {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + directory, e);
    }
  }
}
