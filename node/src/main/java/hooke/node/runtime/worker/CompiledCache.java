package hooke.node.runtime.worker;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Compiled code on disk, one file a program, the longest unused deleted first.
///
/// A file is named by a version, which stands for everything that turns a program into code
/// (engine, metering, JDK), and by the program's hash. The node alone writes here, and only what
/// came from a worker that had never run a program: who runs in a worker could otherwise leave code
/// that other people's workers run. A file is a checksum against a broken disk, the size the
/// program's memory starts with, the metered module, and the code: reading and metering a program
/// again would take longer than starting it.
///
/// For many threads.
final class CompiledCache {
  private static final String TEMPORARY = ".new";
  private static final int HASH = 32;
  private static final int HEADER = HASH + Long.BYTES;

  /// No program may take more than this part of the whole: one that does is compiled each time.
  private static final int SHARE = 4;

  private final Path directory;
  private final String version;
  private final long maximumBytes;

  /// @param directory made when missing
  /// @param version as above; names no path
  CompiledCache(Path directory, String version, long maximumBytes) throws IOException {
    this.directory = Files.createDirectories(directory);
    this.version = version;
    this.maximumBytes = maximumBytes;
    for (Entry entry : entries()) {
      if (entry.path().toString().endsWith(TEMPORARY)) {
        Files.deleteIfExists(entry.path());
      }
    }
  }

  /// Code that is kept.
  ///
  /// @param memoryBytes what the program's memory starts with
  record Kept(Path file, long memoryBytes) {}

  /// The code of a program, if it is here.
  ///
  /// @param program SHA-256 of its bytes, hexadecimal
  Optional<Kept> find(String program) throws IOException {
    Path file = file(program);
    try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
      in.skipNBytes(HASH);
      long memoryBytes = in.readLong();
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
      return Optional.of(new Kept(file, memoryBytes));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (java.io.EOFException e) {
      Files.deleteIfExists(file);
      return Optional.empty();
    }
  }

  /// The code in a kept file, without what stands before it.
  static DataInputStream code(Path kept) throws IOException {
    DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(kept)));
    in.skipNBytes(HEADER);
    in.skipNBytes(in.readInt());
    return in;
  }

  /// What a kept file holds, in the worker that is to run it.
  ///
  /// @return null when the file is damaged
  static @Nullable Ready read(Path kept) throws IOException {
    byte[] all = Files.readAllBytes(kept);
    if (all.length < HEADER) {
      return null;
    }
    MessageDigest digest = sha256();
    digest.update(all, HEADER, all.length - HEADER);
    digest.update(all, HASH, Long.BYTES);
    ByteBuffer rest = ByteBuffer.wrap(all, HEADER, all.length - HEADER);
    if (!Arrays.equals(digest.digest(), 0, HASH, all, 0, HASH)
        || rest.remaining() < Integer.BYTES) {
      return null;
    }
    int metered = rest.getInt();
    if (metered < 0 || metered > rest.remaining()) {
      return null;
    }
    int split = rest.position() + metered;
    return new Ready(
        ByteBuffer.wrap(all).getLong(HASH),
        Arrays.copyOfRange(all, rest.position(), split),
        Arrays.copyOfRange(all, split, all.length));
  }

  /// All that is needed to run a program at once.
  ///
  /// @param memoryBytes what its memory starts with
  /// @param metered the metered module
  /// @param code what the engine made of it
  record Ready(long memoryBytes, byte[] metered, byte[] code) {
    /// What a worker sends to have it kept, in parts of any size.
    static byte[] content(byte[] metered, byte[] code) {
      return ByteBuffer.allocate(Integer.BYTES + metered.length + code.length)
          .putInt(metered.length)
          .put(metered)
          .put(code)
          .array();
    }

    /// A kept file's bytes.
    byte[] file() {
      byte[] content = content(metered, code);
      MessageDigest digest = sha256();
      digest.update(content);
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, memoryBytes));
      return ByteBuffer.allocate(HEADER + content.length)
          .put(digest.digest())
          .putLong(memoryBytes)
          .put(content)
          .array();
    }
  }

  /// As [#find(String)], with the checksum looked at: for workers that do not look themselves. A
  /// damaged file is deleted.
  Optional<Kept> findSound(String program) throws IOException {
    Optional<Kept> kept = find(program);
    if (kept.isEmpty()) {
      return kept;
    }
    MessageDigest digest = sha256();
    try (InputStream in = Files.newInputStream(kept.get().file())) {
      byte[] told = in.readNBytes(HASH);
      byte[] memory = in.readNBytes(Long.BYTES);
      byte[] buffer = new byte[1 << 16];
      int n;
      while ((n = in.read(buffer)) > 0) {
        digest.update(buffer, 0, n);
      }
      digest.update(memory);
      if (Arrays.equals(digest.digest(), told)) {
        return kept;
      }
    } catch (NoSuchFileException e) {
      // Deleted a moment ago, to make room.
      return Optional.empty();
    }
    drop(program);
    return Optional.empty();
  }

  /// Code being received. Nothing is kept until [#keep(long)].
  final class Entering implements AutoCloseable {
    private final String program;
    private final MessageDigest digest = sha256();
    private final Path temporary;
    private final FileChannel file;
    private long bytes;

    private Entering(String program) throws IOException {
      this.program = program;
      this.temporary = Files.createTempFile(directory, "code", TEMPORARY);
      this.file = FileChannel.open(temporary, StandardOpenOption.WRITE);
      file.position(HEADER);
    }

    /// Takes the next part. Code that could never be kept is counted and left out.
    void add(byte[] part) throws IOException {
      bytes += part.length;
      if (bytes <= maximumBytes / SHARE) {
        digest.update(part);
        write(ByteBuffer.wrap(part));
      }
    }

    /// Puts the code in place, if there is any and it fits.
    ///
    /// @param memoryBytes what the program's memory starts with
    void keep(long memoryBytes) throws IOException {
      if (bytes == 0 || bytes > maximumBytes / SHARE) {
        return;
      }
      byte[] memory = ByteBuffer.allocate(Long.BYTES).putLong(memoryBytes).array();
      digest.update(memory);
      file.position(0);
      write(ByteBuffer.allocate(HEADER).put(digest.digest()).put(memory).flip());
      file.close();
      WorkerFolder.makeReadable(temporary);
      makeRoom(bytes + HEADER);
      Files.move(temporary, file(program), StandardCopyOption.ATOMIC_MOVE);
    }

    private void write(ByteBuffer from) throws IOException {
      while (from.hasRemaining()) {
        file.write(from);
      }
    }

    @Override
    public void close() throws IOException {
      file.close();
      Files.deleteIfExists(temporary);
    }
  }

  /// Forgets a program's code, since it is damaged.
  void drop(String program) throws IOException {
    Files.deleteIfExists(file(program));
  }

  /// Starts to take a program's code.
  Entering enter(String program) throws IOException {
    return new Entering(program);
  }

  private record Entry(Path path, long size, FileTime used) {}

  private List<Entry> entries() throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path path : files.toList()) {
        try {
          entries.add(new Entry(path, Files.size(path), Files.getLastModifiedTime(path)));
        } catch (NoSuchFileException e) {
          // Another thread made room at the same time: nothing to count.
        }
      }
    }
    return entries;
  }

  private void makeRoom(long bytes) throws IOException {
    List<Entry> entries = new ArrayList<>(entries());
    entries.removeIf(entry -> entry.path().toString().endsWith(TEMPORARY));
    entries.sort(Comparator.comparing(Entry::used));
    long total = entries.stream().mapToLong(Entry::size).sum();
    for (Entry entry : entries) {
      if (total + bytes <= maximumBytes) {
        return;
      }
      Files.deleteIfExists(entry.path());
      total -= entry.size();
    }
  }

  private Path file(String program) {
    return directory.resolve(version + "-" + program);
  }

  /// SHA-256 of a file, hexadecimal.
  static String hash(Path file) throws IOException {
    MessageDigest digest = sha256();
    try (var in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      int n;
      while ((n = in.read(buffer)) > 0) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
