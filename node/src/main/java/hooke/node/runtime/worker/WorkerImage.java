package hooke.node.runtime.worker;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/// What a worker's JVM is started from, made once and kept on disk:
///
/// - one jar with the classes that a worker needs, and no other class of the node's;
/// - the practice program's code ([Practice]);
/// - the JVM's archive of those classes, loaded and linked, with the profiles of a run that
///   practised: its AOT cache (JEP 483, 514, 515). It is what makes a worker ready in a fraction of
///   the time.
///
/// Jar and archive lie in a folder named by the hash of JDK and classes, so another version never
/// meets them. Both run as the node's own code, so only the node's own user may be able to write
/// there; the jar is compared with the node's classes whenever a node starts, and the archive with
/// the checksum it was made with, against a broken disk.
final class WorkerImage {
  /// Flags that a run and the run that its archive is made from must share.
  static final List<String> SHARED_FLAGS =
      Stream.concat(
              Stream.of(
                  "-XX:+UseSerialGC",
                  "-XX:ActiveProcessorCount=2",
                  // The methods that read a module, and many that come from one, are larger than
                  // what the JVM would compile by default.
                  "-XX:-DontCompileHugeMethods",
                  // Words of the JVM's on standard output, as when memory ends, would break the
                  // protocol.
                  "-XX:+DisplayVMOutputToStderr",
                  "-Xlog:disable"),
              Surroundings.FLAGS.stream())
          .toList();

  private static final String JAR = "worker.jar";
  private static final String ARCHIVE = "worker.aot";
  private static final String CHECKSUM = "worker.aot.sha256";
  private static final String PRACTICE = "practice";
  private static final String LOCK = "lock";
  private static final long TRAINING_SECONDS = 180;
  private static final Path NICE = Path.of("/usr/bin/nice");
  private static final Path SESSION = Path.of("/usr/bin/setsid");
  private static final Path SHELL = Path.of("/bin/sh");

  /// Runs a command in a group of processes of its own, all of which end when the shell's input
  /// does: with the node, which holds the other end, however that ends. A JVM that makes an archive
  /// starts another one, so it could not see to it itself.
  private static final String TOGETHER =
      """
      exec 3<&0 </dev/null
      { read -r end <&3; kill -KILL 0; } &
      exec 3<&-
      "$@"
      code=$?
      kill $!
      exit $code
      """;

  /// Folders of other versions that stay: a machine may run a few.
  private static final int VERSIONS = 4;

  /// Of this module, what runs in a worker lies below.
  private static final String OWN = "hooke/node/runtime/";

  private final Path folder;
  private volatile boolean archived;

  private WorkerImage(Path folder) {
    this.folder = folder;
  }

  /// Finds or makes the jar. The archive is made by [#train()].
  ///
  /// @param directory of the node's user alone; made when missing
  static WorkerImage open(Path directory) throws IOException {
    Path own = own(directory.toAbsolutePath());
    byte[] jar = packed();
    String jvm =
        String.join(
            "\n",
            System.getProperty("java.vm.version"),
            System.getProperty("java.home"),
            String.join(" ", SHARED_FLAGS));
    MessageDigest digest = CompiledCache.sha256();
    digest.update(CompiledCache.sha256().digest(jvm.getBytes(StandardCharsets.UTF_8)));
    digest.update(jar);
    String key = HexFormat.of().formatHex(digest.digest(), 0, 16);
    WorkerImage image = new WorkerImage(Files.createDirectories(own.resolve(key)));
    if (!Files.isRegularFile(image.jar(), LinkOption.NOFOLLOW_LINKS)
        || !Arrays.equals(Files.readAllBytes(image.jar()), jar)) {
      // An archive belongs to a jar's very file.
      Files.deleteIfExists(image.checksum());
      place(jar, image.jar());
    }
    image.archived = image.verified();
    forgetOthers(own, image.folder);
    return image;
  }

  /// A directory that nobody else can write to.
  private static Path own(Path directory) throws IOException {
    Files.createDirectories(directory);
    if (!Files.getFileStore(directory).supportsFileAttributeView("posix")) {
      return directory;
    }
    Path probe = Files.createTempFile(directory, "owner", null);
    boolean ours = Files.getOwner(probe).equals(Files.getOwner(directory));
    Files.delete(probe);
    if (!ours) {
      throw new IOException(
          directory
              + " belongs to another user: workers' classes are kept there, so it must be the"
              + " node's own");
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(directory);
    if (permissions.removeAll(
        EnumSet.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE))) {
      Files.setPosixFilePermissions(directory, permissions);
    }
    return directory;
  }

  /// The classes that a worker needs, as the bytes of a jar: the same for the same classes. Not
  /// compressed, to be read fast.
  private static byte[] packed() throws IOException {
    TreeMap<String, byte[]> classes = new TreeMap<>();
    for (Path source : sources()) {
      if (Files.isDirectory(source)) {
        try (Stream<Path> files = Files.walk(source.resolve(OWN))) {
          for (Path file : files.filter(Files::isRegularFile).toList()) {
            String name =
                source
                    .relativize(file)
                    .toString()
                    .replace(file.getFileSystem().getSeparator(), "/");
            classes.put(name, Files.readAllBytes(file));
          }
        }
      } else {
        unpack(source, classes);
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (var each : classes.entrySet()) {
        CRC32 crc = new CRC32();
        crc.update(each.getValue());
        ZipEntry entry = new ZipEntry(each.getKey());
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(each.getValue().length);
        entry.setCrc(crc.getValue());
        entry.setTimeLocal(java.time.LocalDateTime.of(1980, 1, 1, 0, 0, 0));
        out.putNextEntry(entry);
        out.write(each.getValue());
      }
    }
    return bytes.toByteArray();
  }

  private static void unpack(Path jar, Map<String, byte[]> classes) throws IOException {
    try (ZipInputStream in =
        new ZipInputStream(new BufferedInputStream(Files.newInputStream(jar), 1 << 16))) {
      ZipEntry entry;
      while ((entry = in.getNextEntry()) != null) {
        String name = entry.getName();
        boolean wanted =
            !entry.isDirectory()
                && !name.startsWith("META-INF/")
                && !name.equals("module-info.class")
                && (!name.startsWith("hooke/") || name.startsWith(OWN));
        if (wanted) {
          classes.putIfAbsent(name, in.readAllBytes());
        }
      }
    }
  }

  /// Where this module, Endive and ASM come from.
  private static Set<Path> sources() {
    Set<Path> sources = new LinkedHashSet<>();
    for (String name :
        List.of(
            WorkerMain.class.getName(),
            "run.endive.runtime.Instance",
            "run.endive.wasm.Parser",
            "run.endive.compiler.Cache",
            "org.objectweb.asm.ClassWriter",
            "org.objectweb.asm.commons.InstructionAdapter",
            "org.objectweb.asm.tree.ClassNode",
            "org.objectweb.asm.tree.analysis.Analyzer",
            "org.objectweb.asm.util.CheckClassAdapter")) {
      try {
        Class<?> type = Class.forName(name, false, WorkerImage.class.getClassLoader());
        sources.add(Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()));
      } catch (ClassNotFoundException | URISyntaxException e) {
        throw new IllegalStateException("the worker's class path lacks " + name, e);
      }
    }
    return sources;
  }

  private static void place(byte[] bytes, Path file) throws IOException {
    Path temporary = Files.createTempFile(file.getParent(), "new", null);
    try {
      Files.write(temporary, bytes);
      WorkerFolder.makeReadable(temporary);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void forgetOthers(Path directory, Path mine) throws IOException {
    Files.setLastModifiedTime(mine, java.nio.file.attribute.FileTime.from(java.time.Instant.now()));
    List<Path> versions = new ArrayList<>();
    try (Stream<Path> all = Files.list(directory)) {
      all.filter(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)).forEach(versions::add);
    }
    versions.sort(Comparator.comparingLong(WorkerImage::modified).reversed());
    for (Path old : versions.subList(Math.min(VERSIONS, versions.size()), versions.size())) {
      try (Stream<Path> files = Files.walk(old)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }
  }

  private static long modified(Path path) {
    return path.toFile().lastModified();
  }

  private Path checksum() {
    return folder.resolve(CHECKSUM);
  }

  private boolean verified() throws IOException {
    try {
      String sum = Files.readString(checksum());
      return sum.equals(sumOf(folder.resolve(ARCHIVE), folder.resolve(PRACTICE)));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static String sumOf(Path archive, Path practice) throws IOException {
    return CompiledCache.hash(archive) + " " + CompiledCache.hash(practice) + "\n";
  }

  /// The class path.
  Path jar() {
    return folder.resolve(JAR);
  }

  /// The archive, if it is there.
  Optional<Path> archive() {
    return archived ? Optional.of(folder.resolve(ARCHIVE)) : Optional.empty();
  }

  /// Flags for a JVM that runs from here.
  List<String> flags() {
    List<String> flags = new ArrayList<>(SHARED_FLAGS);
    archive().ifPresent(archive -> flags.add("-XX:AOTCache=" + archive));
    return flags;
  }

  /// Code of the practice program, if there is some.
  Optional<Path> practice() {
    return archived ? Optional.of(folder.resolve(PRACTICE)) : Optional.empty();
  }

  /// Makes the archive, unless it is there or somebody else is at it. Takes some seconds. Runs the
  /// node's own classes and the practice program only, so it needs no sandbox.
  ///
  /// @return whether it is there now
  boolean train() throws IOException, InterruptedException {
    if (archived) {
      return true;
    }
    try (FileChannel channel =
            FileChannel.open(
                folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = lock(channel)) {
      if (lock == null) {
        return false;
      }
      if (!verified()) {
        Path archive = folder.resolve(ARCHIVE + ".new");
        Path practice = folder.resolve(PRACTICE + ".new");
        Path scratch = folder.resolve("scratch");
        try {
          practise(archive, practice, scratch);
          WorkerFolder.makeReadable(archive);
          WorkerFolder.makeReadable(practice);
          byte[] sum = sumOf(archive, practice).getBytes(StandardCharsets.UTF_8);
          Files.deleteIfExists(checksum());
          Files.move(archive, folder.resolve(ARCHIVE), StandardCopyOption.ATOMIC_MOVE);
          Files.move(practice, folder.resolve(PRACTICE), StandardCopyOption.ATOMIC_MOVE);
          place(sum, checksum());
        } finally {
          for (Path left : List.of(archive, practice, scratch)) {
            Files.deleteIfExists(left);
          }
        }
      }
      archived = true;
      return true;
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private void practise(Path archive, Path practice, Path scratch)
      throws IOException, InterruptedException {
    java(List.of(), List.of(practice.toString()), practice);
    java(
        List.of("-XX:AOTCacheOutput=" + archive),
        List.of(practice.toString(), scratch.toString()),
        archive);
  }

  private void java(List<String> flags, List<String> arguments, Path made)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(SESSION) && Files.isExecutable(SHELL)) {
      command.addAll(List.of(SESSION.toString(), SHELL.toString(), "-c", TOGETHER, "sh"));
    }
    if (Files.isExecutable(NICE)) {
      // Whoever waits for a first worker comes first.
      command.addAll(List.of(NICE.toString(), "-n", "19"));
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    command.addAll(SHARED_FLAGS);
    command.addAll(flags);
    command.addAll(List.of("-cp", jar().toString(), Practice.class.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().put("TZ", "UTC");
    Path log = Files.createTempFile(folder, "training", ".log");
    Process process = builder.redirectOutput(log.toFile()).start();
    OutputStream whileWeLive = process.getOutputStream();
    try {
      boolean ended = process.waitFor(TRAINING_SECONDS, TimeUnit.SECONDS);
      if (!ended || process.exitValue() != 0 || !Files.isRegularFile(made)) {
        throw new IOException(
            "the JVM made no "
                + made.getFileName()
                + ": "
                + (ended ? Files.readString(log).strip() : "too slow"));
      }
    } finally {
      process.destroyForcibly();
      whileWeLive.close();
      Files.deleteIfExists(log);
    }
  }
}
