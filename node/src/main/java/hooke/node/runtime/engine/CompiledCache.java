package hooke.node.runtime.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import run.endive.compiler.Cache;

/// Compiled classes on disk, one file a module, named by the metered module's hash and the engine's
/// version, oldest use deleted first.
///
/// A file carries a checksum against a broken disk. It does not protect against a worker that
/// writes something else on purpose: whoever can write here can run code in every worker that reads
/// here. Several processes may share one directory.
public final class CompiledCache implements Cache {
  /// Part of each file's name; a new engine or format takes a new one.
  private static final String VERSION = "endive-1.0.0-1";

  private final Path directory;
  private final long maximumBytes;

  /// @param directory made when missing
  public CompiledCache(Path directory, long maximumBytes) {
    this.directory = directory;
    this.maximumBytes = maximumBytes;
  }

  @Override
  public byte @Nullable [] get(String key) throws IOException {
    Path file = file(key);
    byte[] stored;
    try {
      stored = Files.readAllBytes(file);
      Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis()));
    } catch (NoSuchFileException e) {
      return null;
    }
    if (stored.length < 32
        || !Arrays.equals(sha256(stored, 32, stored.length - 32), 0, 32, stored, 0, 32)) {
      Files.deleteIfExists(file);
      return null;
    }
    return Arrays.copyOfRange(stored, 32, stored.length);
  }

  @Override
  public void putIfAbsent(String key, byte[] data) throws IOException {
    if (data.length > maximumBytes) {
      return;
    }
    Files.createDirectories(directory);
    Path file = file(key);
    if (Files.exists(file)) {
      return;
    }
    makeRoom(data.length + 32L);
    Path temporary = Files.createTempFile(directory, "new", ".tmp");
    try (var out = Files.newOutputStream(temporary)) {
      out.write(sha256(data, 0, data.length));
      out.write(data);
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private void makeRoom(long bytes) throws IOException {
    record Entry(Path path, long size, FileTime used) {}
    List<Entry> entries = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path path : files.toList()) {
        try {
          entries.add(new Entry(path, Files.size(path), Files.getLastModifiedTime(path)));
        } catch (NoSuchFileException e) {
          // Another process made room at the same time: nothing to count.
        }
      }
    }
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

  private Path file(String key) {
    byte[] hash = sha256(key.getBytes(java.nio.charset.StandardCharsets.UTF_8), 0, key.length());
    return directory.resolve(
        String.format(Locale.ROOT, "%s-%s", VERSION, HexFormat.of().formatHex(hash)));
  }

  private static byte[] sha256(byte[] data, int offset, int length) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(data, offset, length);
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
