package hooke.node.spec;

import hooke.node.runtime.TreeEntry;
import hooke.node.runtime.TreeListing;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.jspecify.annotations.Nullable;

/// The one form in which files travel: an uncompressed POSIX tar (IEEE 1003.1 pax) whose bytes
/// depend on names and contents alone. Entries come in the order of [TreeEntry#DEPTH_FIRST], times
/// and owners are zero, modes are 0644, 0755 and 0777 for links, so equal trees give equal
/// archives, and equal archives one BlobId.
///
/// A result is `stdout`, `stderr`, whatever the program left under `/out`, as `out/...`, and what
/// it left in its working directory, as `work/...`. An input directory is the tree itself.
///
/// Names are UTF-8 and are never changed: `\` and `:` are characters like others. A symbolic link
/// is relative and stays in its tree (`out/` and `work/` are two), see [TreeEntry#linkProblem].
public final class ResultArchive {
  /// Files, links and directories of one archive, those among them that only lie between others:
  /// what one run may leave or be given, and the names that a result begins with.
  public static final int MAX_ENTRIES = 100_016;

  /// Bytes of one name.
  public static final int MAX_NAME_BYTES = 255;

  /// Bytes of a path: the longest that a program can make, below `work/`.
  public static final int MAX_PATH_BYTES = 1_024 + 8;

  private static final int FILE_MODE = 0_100_644;
  private static final int DIRECTORY_MODE = 0_040_755;
  private static final int LINK_MODE = 0_120_777;

  private ResultArchive() {}

  /// What an archive holds.
  public enum Kind {
    /// Files `stdout` and `stderr`, directories `out` and `work`.
    RESULT(1),
    /// Any names.
    TREE(0);

    private final int top;

    Kind(int top) {
      this.top = top;
    }
  }

  /// Is told what an archive holds, in its order. Each directory comes once and before what lies in
  /// it, also where the archive does not name it; no path comes twice, and nothing lies below a
  /// file or a link.
  public interface Visitor {
    void directory(String path) throws IOException;

    /// A regular file.
    ///
    /// @param content ends after `size` bytes; what is not read is passed over
    void file(String path, long size, InputStream content) throws IOException;

    /// A symbolic link.
    ///
    /// @param target passed [#linkProblem]
    void link(String path, String target) throws IOException;
  }

  /// Reads a stranger's archive: all checks of names, links, sizes and numbers are made here,
  /// before the visitor hears of an entry. Holds no more memory than [#MAX_ENTRIES] names take,
  /// whatever the archive says. Bytes after the archive's end mark are not read.
  ///
  /// @param maxBytes most content of all files together
  /// @throws BadArchive when it breaks a rule or ends early; the visitor may have heard of what
  ///   came before
  /// @throws IOException of the stream or the visitor
  public static void read(InputStream archive, Kind kind, long maxBytes, Visitor visitor)
      throws IOException {
    TarReader tar = new TarReader(new BufferedInputStream(archive, 1 << 16));
    ArchivePaths paths = new ArchivePaths();
    long left = maxBytes;
    for (TarReader.Entry entry = tar.next(); entry != null; entry = tar.next()) {
      String path = entry.path();
      if (kind == Kind.RESULT) {
        checkTop(path, entry.type());
      }
      switch (entry.type()) {
        case '5' -> {
          if (paths.add(path, ArchivePaths.Kind.DIRECTORY, visitor::directory)) {
            visitor.directory(path);
          }
        }
        case '2' -> {
          paths.add(path, ArchivePaths.Kind.LINK, visitor::directory);
          String problem = TreeEntry.linkProblem(path, entry.target(), kind.top);
          if (problem != null) {
            throw new BadArchive(
                "the archive's link '%s' to '%s' %s"
                    .formatted(Escaped.name(path), Escaped.name(entry.target()), problem));
          }
          visitor.link(path, entry.target());
        }
        default -> {
          paths.add(path, ArchivePaths.Kind.FILE, visitor::directory);
          if (entry.size() > left) {
            throw new BadArchive("the archive unpacks to more than " + maxBytes + " bytes");
          }
          left -= entry.size();
          visitor.file(path, entry.size(), tar.content());
        }
      }
    }
  }

  private static void checkTop(String path, char type) throws BadArchive {
    int slash = path.indexOf('/');
    String top = slash < 0 ? path : path.substring(0, slash);
    boolean sound =
        switch (top) {
          case "stdout", "stderr" -> slash < 0 && type == '0';
          case "out", "work" -> slash >= 0 || type == '5';
          // Refused as a name, in words of its own.
          case "", ".", ".." -> true;
          default -> false;
        };
    if (!sound) {
      throw new BadArchive(
          "the result holds '%s'; it may hold the files stdout and stderr and the directories out and work"
              .formatted(Escaped.name(path)));
    }
  }

  /// Why a symbolic link may not stand at `path` of an archive, as [TreeEntry#linkProblem] has it;
  /// null if it may.
  public static @Nullable String linkProblem(Kind kind, String path, String target) {
    return TreeEntry.linkProblem(path, target, kind.top);
  }

  /// Writes the archive of a run.
  ///
  /// @param left a [TreeListing] of what the program left: `out` and what is in it, perhaps `work`
  public static void writeResult(OutputStream to, Path stdout, Path stderr, Path left)
      throws IOException {
    TarArchiveOutputStream tar = tar(to);
    boolean[] streams = {false};
    TreeListing.read(
        left,
        entry -> {
          // Between `out` and `work`.
          if (!streams[0] && TreeEntry.compare(entry.path(), "stderr") > 0) {
            streams[0] = true;
            putStreams(tar, stdout, stderr);
          }
          put(tar, entry);
        });
    if (!streams[0]) {
      putStreams(tar, stdout, stderr);
    }
    tar.finish();
    tar.flush();
  }

  private static void putStreams(TarArchiveOutputStream tar, Path stdout, Path stderr)
      throws IOException {
    put(tar, new TreeEntry.File("stderr", stderr, Files.size(stderr)));
    put(tar, new TreeEntry.File("stdout", stdout, Files.size(stdout)));
  }

  /// Writes the archive of a directory tree. Its links must stay in it.
  ///
  /// @throws Unfit naming a file that has no place in an archive
  public static void writeTree(OutputStream to, Path root) throws IOException {
    List<TreeEntry> entries = new ArrayList<>();
    collect(root, "", entries);
    entries.sort(TreeEntry.DEPTH_FIRST);
    TarArchiveOutputStream tar = tar(to);
    for (TreeEntry entry : entries) {
      put(tar, entry);
    }
    tar.finish();
    tar.flush();
  }

  /// Something on this machine that has no place in an archive.
  public static final class Unfit extends IOException {
    private static final long serialVersionUID = 1L;

    Unfit(Path path, String problem) {
      super(HostNames.shown(path) + " " + problem);
    }
  }

  private static void collect(Path root, String prefix, List<TreeEntry> entries)
      throws IOException {
    // Listed first: a deep tree would else keep a directory open for each level.
    List<Path> listed = new ArrayList<>();
    try (DirectoryStream<Path> directory = Files.newDirectoryStream(root)) {
      for (Path path : directory) {
        if (entries.size() + listed.size() >= MAX_ENTRIES) {
          throw new Unfit(root, "and what lies beside it are more than 100,000 files");
        }
        listed.add(path);
      }
    } catch (java.nio.file.DirectoryIteratorException e) {
      throw e.getCause();
    }
    for (Path path : listed) {
      String name = prefix + name(path);
      if (entries.size() >= MAX_ENTRIES) {
        throw new Unfit(root, "and what lies beside it are more than 100,000 files");
      }
      if (name.getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
        throw new Unfit(path, "has a path of more than 1,024 bytes");
      }
      if (Files.isSymbolicLink(path)) {
        entries.add(new TreeEntry.Link(name, target(path, name)));
      } else if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        entries.add(new TreeEntry.Directory(name));
        collect(path, name + "/", entries);
      } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        entries.add(new TreeEntry.File(name, path, Files.size(path)));
      } else {
        throw new Unfit(path, "is no file, directory or symbolic link");
      }
    }
  }

  private static String name(Path path) throws IOException {
    try {
      return HostNames.name(path);
    } catch (HostNames.NotText e) {
      throw new Unfit(path, "has a name that is not UTF-8, which no task can carry");
    }
  }

  private static String target(Path link, String name) throws IOException {
    String target;
    try {
      target = HostNames.text(Files.readSymbolicLink(link));
    } catch (HostNames.NotText e) {
      throw new Unfit(link, "is a symbolic link to a name that is not UTF-8");
    }
    String problem = linkProblem(Kind.TREE, name, target);
    if (problem != null) {
      throw new Unfit(
          link, "is a symbolic link to '%s', which %s".formatted(Escaped.name(target), problem));
    }
    return target;
  }

  private static TarArchiveOutputStream tar(OutputStream to) {
    TarArchiveOutputStream tar = new TarArchiveOutputStream(to, 512, "UTF-8");
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setAddPaxHeadersForNonAsciiNames(true);
    return tar;
  }

  private static void put(TarArchiveOutputStream tar, TreeEntry entry) throws IOException {
    tar.putArchiveEntry(header(entry));
    if (entry instanceof TreeEntry.File file) {
      // A file that grows or shrinks meanwhile makes closing the entry fail: nothing half is kept.
      Files.copy(file.content(), tar);
    }
    tar.closeArchiveEntry();
  }

  private static TarArchiveEntry header(TreeEntry entry) {
    TarArchiveEntry header =
        switch (entry) {
          case TreeEntry.File(String path, Path _, long size) -> {
            TarArchiveEntry file = new TarArchiveEntry(path, true);
            file.setMode(FILE_MODE);
            file.setSize(size);
            yield file;
          }
          case TreeEntry.Directory(String path) -> {
            TarArchiveEntry directory = new TarArchiveEntry(path + "/", true);
            directory.setMode(DIRECTORY_MODE);
            yield directory;
          }
          case TreeEntry.Link(String path, String target) -> {
            TarArchiveEntry link = new TarArchiveEntry(path, TarConstants.LF_SYMLINK, true);
            link.setLinkName(target);
            link.setMode(LINK_MODE);
            yield link;
          }
        };
    header.setModTime(0);
    header.setIds(0, 0);
    header.setNames("", "");
    return header;
  }

  /// Unpacks a stranger's archive of a directory tree into `target`, which must exist and be empty,
  /// on a file system that can hold its names; links last, so that none is followed.
  ///
  /// @throws BadArchive as [#read]
  public static void unpack(InputStream archive, Path target, long maxBytes) throws IOException {
    Map<Path, String> links = new LinkedHashMap<>();
    read(
        archive,
        Kind.TREE,
        maxBytes,
        new Visitor() {
          @Override
          public void directory(String path) throws IOException {
            Files.createDirectory(HostNames.child(target, path));
          }

          @Override
          public void file(String path, long size, InputStream content) throws IOException {
            try (OutputStream file =
                Files.newOutputStream(
                    HostNames.child(target, path), StandardOpenOption.CREATE_NEW)) {
              content.transferTo(file);
            }
          }

          @Override
          public void link(String path, String to) {
            links.put(HostNames.child(target, path), to);
          }
        });
    for (Map.Entry<Path, String> link : links.entrySet()) {
      Files.createSymbolicLink(link.getKey(), HostNames.child(Path.of(""), link.getValue()));
    }
  }
}
