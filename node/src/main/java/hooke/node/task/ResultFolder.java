package hooke.node.task;

import hooke.node.spec.BadArchive;
import hooke.node.spec.HostNames;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Puts a result where its owner wants it: all of it or nothing.
public final class ResultFolder {
  /// An archive cannot unpack to more than its own size; this bounds a lying header.
  private static final long HEADROOM = 1L << 20;

  private static final SecureRandom RANDOM = new SecureRandom();

  private ResultFolder() {}

  /// Fails early when `target` could not take a result.
  ///
  /// @throws TaskException `OUTPUT_BLOCKED`
  public static void check(Path target, boolean force) {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new TaskException(
          TaskException.Code.OUTPUT_BLOCKED,
          HostNames.shown(target) + " is there already and is not a directory",
          "choose another name for the result");
    }
    try (Stream<Path> entries = Files.list(target)) {
      if (!force && entries.findAny().isPresent()) {
        throw new TaskException(
            TaskException.Code.OUTPUT_BLOCKED,
            HostNames.shown(target) + " is not empty",
            "choose another directory, or --force to replace it");
      }
    } catch (IOException e) {
      throw blocked(target, e);
    }
  }

  /// Unpacks a verified archive as `target`.
  ///
  /// @return what could not be had under its name, in a sentence; empty when all could
  /// @throws TaskException `OUTPUT_BLOCKED`; `BAD_RESULT` when it is no archive of a result
  public static String unpack(Path archive, Path target, boolean force) {
    StringBuilder said = new StringBuilder();
    place(target, force, fresh -> said.append(fill(archive, fresh)));
    return said.toString();
  }

  /// Puts files into an empty directory.
  @FunctionalInterface
  public interface Filling {
    void into(Path fresh) throws IOException;
  }

  /// Unpacks a verified archive into a directory, which is made where it is missing.
  ///
  /// @return as [#unpack]
  public static String fill(Path archive, Path directory) throws IOException {
    Files.createDirectories(directory);
    try (InputStream in = Files.newInputStream(archive)) {
      return ResultUnpacking.into(in, directory, Files.size(archive) + HEADROOM);
    }
  }

  /// Fills a folder beside `target`, then gives it its name.
  public static void place(Path target, boolean force, Filling filling) {
    check(target, force);
    Path absolute = target.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    if (parent == null) {
      throw new TaskException(
          TaskException.Code.OUTPUT_BLOCKED,
          HostNames.shown(target) + " cannot be replaced",
          "choose a directory");
    }
    Path fresh = null;
    Path old = null;
    try {
      Files.createDirectories(parent);
      // Not a temporary directory of the JVM's, which only its owner may read: the umask decides.
      fresh =
          Files.createDirectory(
              parent.resolve(".hooke-result-" + Long.toHexString(RANDOM.nextLong())));
      filling.into(fresh);
      if (Files.exists(absolute)) {
        old = Files.createTempDirectory(parent, ".hooke-old-");
        Files.move(absolute, old.resolve("old"), StandardCopyOption.ATOMIC_MOVE);
      }
      Files.move(fresh, absolute, StandardCopyOption.ATOMIC_MOVE);
    } catch (BadArchive e) {
      throw new TaskException(
          TaskException.Code.BAD_RESULT,
          "the result cannot be unpacked: " + e.getMessage(),
          "its provider made it so; its bytes are what the chain names",
          e);
    } catch (IOException e) {
      throw blocked(target, e);
    } finally {
      for (Path leftover :
          List.of(fresh == null ? absolute : fresh, old == null ? absolute : old)) {
        if (!leftover.equals(absolute)) {
          delete(leftover);
        }
      }
    }
  }

  /// Removes a folder that this program made. What cannot be removed is left.
  public static void delete(Path folder) {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      folder.toFile().deleteOnExit();
    }
  }

  private static TaskException blocked(Path target, IOException e) {
    return new TaskException(
        TaskException.Code.OUTPUT_BLOCKED,
        "the result cannot be written to %s: %s"
            .formatted(HostNames.shown(target), LocalBlob.reason(e)),
        "choose another directory; the result stays with its provider until its retention ends",
        e);
  }
}
