package hooke.node.runtime.sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Finds what a process needs of the host: programs, the shared libraries they load, and what a
/// JDK's own links point to.
final class HostFiles {
  private static final List<String> FOLDERS =
      List.of("/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/sbin");
  private static final Pattern LIBRARY = Pattern.compile("(?:=> )?(/\\S+) \\(0x");
  private static final int LDD_SECONDS = 20;

  private HostFiles() {}

  /// A program by its name, from the usual folders only: what is first on somebody's PATH is not
  /// what a sandbox is made of.
  static Optional<Path> program(String name) {
    return FOLDERS.stream()
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// Shared libraries that programs and libraries load, under the names by which the dynamic loader
  /// asks for them, the loader and its index among them.
  static Set<Path> libraries(Collection<Path> binaries) throws IOException, InterruptedException {
    Path ldd = program("ldd").orElseThrow(() -> new IOException("there is no ldd"));
    List<String> command = new ArrayList<>(List.of(ldd.toString()));
    binaries.forEach(binary -> command.add(binary.toString()));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    PlainProcess.clean(builder.environment());
    Process process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(LDD_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("ldd does not answer");
    }
    Set<Path> found = new TreeSet<>();
    Matcher matcher = LIBRARY.matcher(said);
    while (matcher.find()) {
      Path library = Path.of(matcher.group(1));
      if (Files.isRegularFile(library)) {
        found.add(library);
      }
    }
    if (found.isEmpty()) {
      throw new IOException("ldd names no libraries");
    }
    Path index = Path.of("/etc/ld.so.cache");
    if (Files.isRegularFile(index)) {
      found.add(index);
    }
    return found;
  }

  /// The C library's files of the locale that workers are started in, where it has them in files:
  /// without them a process in a sandbox has ASCII, and loses what is not in the paths it is told.
  static Optional<Path> locale() {
    return Stream.of(
            "/usr/lib/locale/C.utf8", "/usr/lib/locale/C.UTF-8", "/usr/lib64/locale/C.utf8")
        .map(Path::of)
        .filter(Files::isDirectory)
        .findFirst();
  }

  /// Where links inside a directory lead outside of it, as in JDKs of Linux distributions, whose
  /// settings lie under `/etc`.
  static Set<Path> linkedFrom(Path directory) throws IOException {
    Set<Path> targets = new TreeSet<>();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path link : all.filter(Files::isSymbolicLink).toList()) {
        try {
          Path target = link.resolveSibling(Files.readSymbolicLink(link)).normalize();
          if (!target.startsWith(directory) && Files.exists(target)) {
            targets.add(target);
          }
        } catch (InvalidPathException e) {
          throw new IOException("a link in " + directory + " cannot be read", e);
        }
      }
    }
    return targets;
  }
}
