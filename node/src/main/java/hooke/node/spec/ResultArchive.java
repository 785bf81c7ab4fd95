package hooke.node.spec;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/// The one form in which files travel: an uncompressed POSIX tar (IEEE 1003.1 pax) whose bytes
/// depend on names and contents alone. Names are sorted bytewise, times and owners are zero, modes
/// are 0644 and 0755, so equal trees give equal archives, and equal archives one BlobId.
///
/// A result is `stdout`, `stderr` and whatever the program left under `/out`, as `out/...`. An
/// input directory is the tree itself.
public final class ResultArchive {
  /// Entries of one archive; a program that writes more files has gone over its output limit.
  public static final int MAX_ENTRIES = 1_000_000;

  private static final int FILE_MODE = 0_100_644;
  private static final int DIRECTORY_MODE = 0_040_755;

  private ResultArchive() {}

  /// One file or directory that goes into an archive.
  ///
  /// @param name its path in the archive, with `/`
  private record Entry(String name, Path source, boolean directory) {}

  /// Writes the archive of a run.
  ///
  /// @param out what the program left under `/out`
  public static void writeResult(OutputStream to, Path stdout, Path stderr, Path out)
      throws IOException {
    List<Entry> entries = new ArrayList<>();
    entries.add(new Entry("stdout", stdout, false));
    entries.add(new Entry("stderr", stderr, false));
    entries.add(new Entry("out", out, true));
    collect(out, "out/", entries);
    write(to, entries);
  }

  /// Writes the archive of a directory tree. Symbolic links and special files are refused: what
  /// they mean depends on the machine.
  public static void writeTree(OutputStream to, Path root) throws IOException {
    List<Entry> entries = new ArrayList<>();
    collect(root, "", entries);
    write(to, entries);
  }

  private static void collect(Path root, String prefix, List<Entry> entries) throws IOException {
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : (Iterable<Path>) tree::iterator) {
        if (path.equals(root)) {
          continue;
        }
        if (entries.size() >= MAX_ENTRIES) {
          throw new IOException(root + " holds more than " + MAX_ENTRIES + " files");
        }
        String name = prefix + root.relativize(path).toString().replace('\\', '/');
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
          entries.add(new Entry(name, path, true));
        } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
          entries.add(new Entry(name, path, false));
        } else {
          throw new IOException(
              path + " is neither a file nor a directory (symbolic links are not followed)");
        }
      }
    }
  }

  private static void write(OutputStream to, List<Entry> entries) throws IOException {
    entries.sort((a, b) ->
        Arrays.compareUnsigned(
            a.name().getBytes(StandardCharsets.UTF_8), b.name().getBytes(StandardCharsets.UTF_8)));
    TarArchiveOutputStream tar = new TarArchiveOutputStream(to, 512, "UTF-8");
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setAddPaxHeadersForNonAsciiNames(true);
    for (Entry entry : entries) {
      TarArchiveEntry header =
          new TarArchiveEntry(entry.directory() ? entry.name() + "/" : entry.name(), true);
      header.setMode(entry.directory() ? DIRECTORY_MODE : FILE_MODE);
      header.setModTime(0);
      header.setIds(0, 0);
      header.setNames("", "");
      header.setSize(entry.directory() ? 0 : Files.size(entry.source()));
      tar.putArchiveEntry(header);
      if (!entry.directory()) {
        // A file that grows or shrinks meanwhile makes closing the entry fail: nothing half is
        // kept.
        Files.copy(entry.source(), tar);
      }
      tar.closeArchiveEntry();
    }
    tar.finish();
    tar.flush();
  }

  /// Unpacks an archive of a stranger into `target`, which must exist and be empty. Refuses names
  /// that leave it, links, special files, names given twice and more than `maxBytes` of content.
  public static void unpack(InputStream archive, Path target, long maxBytes) throws IOException {
    TarArchiveInputStream tar =
        new TarArchiveInputStream(new BufferedInputStream(archive, 1 << 16), "UTF-8");
    long left = maxBytes;
    int entries = 0;
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      if (++entries > MAX_ENTRIES) {
        throw new IOException("the archive holds more than " + MAX_ENTRIES + " files");
      }
      Path path = within(target, entry.getName());
      if (entry.isDirectory()) {
        Files.createDirectories(path);
        continue;
      }
      if (!isPlain(entry)) {
        throw new IOException(
            "the archive's entry '" + entry.getName() + "' is neither a file nor a directory");
      }
      if (entry.getSize() > left) {
        throw new IOException("the archive unpacks to more than " + maxBytes + " bytes");
      }
      left -= entry.getSize();
      Path parent = path.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      try (OutputStream file =
          new BufferedOutputStream(Files.newOutputStream(path, StandardOpenOption.CREATE_NEW))) {
        tar.transferTo(file);
      } catch (FileAlreadyExistsException e) {
        throw new IOException("the archive names '" + entry.getName() + "' twice", e);
      }
    }
  }

  /// `isFile` alone says yes to whatever is not a directory.
  private static boolean isPlain(TarArchiveEntry entry) {
    return entry.isFile()
        && !entry.isSparse()
        && !entry.isSymbolicLink()
        && !entry.isLink()
        && !entry.isFIFO()
        && !entry.isCharacterDevice()
        && !entry.isBlockDevice();
  }

  private static Path within(Path target, String name) throws IOException {
    String bare = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
    if (bare.isEmpty() || bare.startsWith("/") || bare.indexOf('\0') >= 0) {
      throw new IOException("the archive's entry '" + name + "' is not a relative path");
    }
    for (String segment : bare.split("/", -1)) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        throw new IOException("the archive's entry '" + name + "' leaves its place");
      }
    }
    return target.resolve(bare);
  }
}
