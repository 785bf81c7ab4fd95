package hooke.node.spec;

import java.io.BufferedInputStream;
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
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;

/// The one form in which files travel: an uncompressed POSIX tar (IEEE 1003.1 pax) whose bytes
/// depend on names and contents alone. Names are sorted bytewise, times and owners are zero, modes
/// are 0644 and 0755, so equal trees give equal archives, and equal archives one BlobId.
///
/// A result is `stdout`, `stderr` and whatever the program left under `/out`, as `out/...`. An
/// input directory is the tree itself.
public final class ResultArchive {
  /// Entries of one archive; a program that writes more files has gone over its output limit.
  public static final int MAX_ENTRIES = 1_000_000;

  /// What may stand before a file's content: its header, a pax header or two with its name.
  private static final int HEADER_BYTES = 64 << 10;

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
  ///
  /// @throws BadArchive if the archive is at fault
  public static void unpack(InputStream archive, Path target, long maxBytes) throws IOException {
    unpack(archive, target, maxBytes, name -> {});
  }

  /// The same for an input, whose names must be ones that a run can have.
  ///
  /// @param above bytes of the input's own path
  /// @throws BadArchive if the archive is at fault
  public static void unpackInput(InputStream archive, Path target, long maxBytes, int above)
      throws IOException {
    unpack(
        archive,
        target,
        maxBytes,
        name -> {
          Optional<String> problem = InputPaths.problem(above, name);
          if (problem.isPresent()) {
            throw new BadArchive("the archive's entry " + problem.get());
          }
        });
  }

  @FunctionalInterface
  private interface NameCheck {
    void accept(String name) throws BadArchive;
  }

  private static void unpack(InputStream archive, Path target, long maxBytes, NameCheck names)
      throws IOException {
    MeteredStream bounded = new MeteredStream(new BufferedInputStream(archive, 1 << 16));
    TarArchiveInputStream tar = new TarArchiveInputStream(bounded, "UTF-8");
    byte[] buffer = new byte[1 << 16];
    long left = maxBytes;
    int entries = 0;
    while (true) {
      bounded.allow(HEADER_BYTES);
      TarArchiveEntry entry = next(tar);
      if (entry == null) {
        return;
      }
      if (++entries > MAX_ENTRIES) {
        throw new BadArchive("the archive holds more than " + MAX_ENTRIES + " files");
      }
      Path path = within(target, entry.getName());
      names.accept(bare(entry.getName()));
      try {
        if (entry.isDirectory()) {
          if (entry.getSize() != 0) {
            throw new BadArchive("the archive's directory '" + entry.getName() + "' has content");
          }
          Files.createDirectories(path);
          continue;
        }
        if (!isPlain(entry)) {
          throw new BadArchive(
              "the archive's entry '" + entry.getName() + "' is neither a file nor a directory");
        }
        if (entry.getSize() > left) {
          throw new BadArchive("the archive unpacks to more than " + maxBytes + " bytes");
        }
        left -= entry.getSize();
        Path parent = path.getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        bounded.allow(entry.getSize() + HEADER_BYTES);
        try (OutputStream file = Files.newOutputStream(path, StandardOpenOption.CREATE_NEW)) {
          for (int n = read(tar, buffer); n >= 0; n = read(tar, buffer)) {
            file.write(buffer, 0, n);
          }
        }
      } catch (FileAlreadyExistsException e) {
        throw new BadArchive(
            "the archive names '%s' twice, or as a file and as a directory"
                .formatted(entry.getName()),
            e);
      }
    }
  }

  /// What the parser finds wrong lies in the archive.
  private static @Nullable TarArchiveEntry next(TarArchiveInputStream tar) throws IOException {
    try {
      return tar.getNextEntry();
    } catch (BadArchive e) {
      throw e;
    } catch (IOException | IllegalArgumentException e) {
      throw new BadArchive("the archive is no tar that can be read: " + e.getMessage(), e);
    }
  }

  private static int read(TarArchiveInputStream tar, byte[] buffer) throws IOException {
    try {
      return tar.read(buffer, 0, buffer.length);
    } catch (BadArchive e) {
      throw e;
    } catch (IOException e) {
      throw new BadArchive("the archive is cut short, or no tar: " + e.getMessage(), e);
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
    String bare = bare(name);
    if (bare.isEmpty() || bare.startsWith("/") || bare.indexOf('\0') >= 0) {
      throw new BadArchive("the archive's entry '" + name + "' is not a relative path");
    }
    for (String segment : bare.split("/", -1)) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        throw new BadArchive("the archive's entry '" + name + "' leaves its place");
      }
    }
    return target.resolve(bare);
  }

  private static String bare(String name) {
    return name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
  }
}
