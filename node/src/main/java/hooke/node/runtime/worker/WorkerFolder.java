package hooke.node.runtime.worker;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A worker's directory on the host: `in`, which it reads and the node fills for one job after the
/// other, and `scratch`, the one file it writes.
///
/// @param home the directory
record WorkerFolder(Path home) {
  /// Names within [#in()].
  static final String PROGRAM = "program.wasm";

  static final String CODE = "code";
  static final String STDIN = "stdin";
  static final String INPUTS = "in";

  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwxr-xr-x");
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r--r--");

  private static final String NAME = "worker";

  static WorkerFolder create(Path parent) throws IOException {
    Files.createDirectories(parent);
    WorkerFolder folder = new WorkerFolder(Files.createTempDirectory(parent, NAME));
    Files.createDirectory(folder.in());
    permit(folder.in(), FOLDER);
    Files.createFile(folder.scratch());
    return folder;
  }

  Path in() {
    return home.resolve("in");
  }

  Path scratch() {
    return home.resolve("scratch");
  }

  /// Puts in what a job needs.
  void fill(
      @Nullable Path program, @Nullable Path code, @Nullable Path stdin, @Nullable Path inputs)
      throws IOException {
    if (program != null) {
      share(program, in().resolve(PROGRAM));
    }
    if (code != null) {
      share(code, in().resolve(CODE));
    }
    if (stdin != null) {
      share(stdin, in().resolve(STDIN));
    }
    if (inputs != null) {
      shareAll(inputs, in().resolve(INPUTS));
    }
  }

  /// Shows a file without copying it where that can be: a hard link. The worker can only read it,
  /// and as a user that may be nobody, so it must be readable for all.
  private static void share(Path from, Path to) throws IOException {
    if (!Files.isRegularFile(from, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(from + " is not a file");
    }
    if (isReadableForAll(from)) {
      try {
        Files.createLink(to, from);
        return;
      } catch (IOException | UnsupportedOperationException e) {
        // Another file system, or one without links: a copy does as well.
        Files.deleteIfExists(to);
      }
    }
    Files.copy(from, to, LinkOption.NOFOLLOW_LINKS);
    makeReadable(to);
  }

  /// For everybody on this machine: what protects a file of the node's are the directories above
  /// it.
  static void makeReadable(Path file) throws IOException {
    permit(file, FILE);
  }

  private static boolean isReadableForAll(Path file) throws IOException {
    try {
      return Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS)
          .contains(PosixFilePermission.OTHERS_READ);
    } catch (UnsupportedOperationException e) {
      return false;
    }
  }

  private static void permit(Path path, Set<PosixFilePermission> permissions) throws IOException {
    try {
      Files.setPosixFilePermissions(path, permissions);
    } catch (UnsupportedOperationException e) {
      // A file system without permissions: there is nobody to keep out.
    }
  }

  /// Shows a [hooke.node.runtime.TreeListing]: a flat directory of the node's own making.
  private static void shareAll(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    permit(to, FOLDER);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(from)) {
      for (Path file : files) {
        share(file, to.resolve(file.getFileName()));
      }
    }
  }

  /// Takes out what the last job needed.
  void clear() throws IOException {
    try (Stream<Path> files = Files.walk(in())) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(in())) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  /// Removes what workers left whose node was killed. The caller knows that no other node uses
  /// `parent`.
  static void sweep(Path parent) throws IOException {
    try (Stream<Path> all = Files.list(parent)) {
      for (Path left : all.toList()) {
        if (String.valueOf(left.getFileName()).matches(NAME + "\\d+")
            && Files.isDirectory(left, LinkOption.NOFOLLOW_LINKS)) {
          new WorkerFolder(left).delete();
        }
      }
    }
  }

  /// Removes all of it.
  void delete() throws IOException {
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
