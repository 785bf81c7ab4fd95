package hooke.node.runtime.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// A program of the host's that workers run in: where it lies, what it loads, and which system
/// calls it lives on. One value per installation; a [Launch] says what it is started for.
///
/// @param executable without symbolic links in its path
/// @param folders directories of its own, shown as a whole
/// @param binaries files of these that it loads while it runs, whose shared libraries it needs too
/// @param libraryPath where it looks for shared libraries first; empty for the system's folders
///   only. Without `/proc` a loader cannot tell where the program lies that it loads for
/// @param calls the system calls it lives on
/// @param probe arguments with which it shows that it can run, and ends
public record Program(
    Path executable,
    List<Path> folders,
    List<Path> binaries,
    List<Path> libraryPath,
    Calls calls,
    List<String> probe) {

  /// Sets of system calls, by what needs them.
  public enum Calls {
    JVM,
    NODE_JS
  }

  public Program {
    folders = List.copyOf(folders);
    binaries = List.copyOf(binaries);
    libraryPath = List.copyOf(libraryPath);
    probe = List.copyOf(probe);
  }

  /// The JVM that this process runs in.
  public static Program jvm() {
    try {
      Path jdk = Path.of(System.getProperty("java.home")).toRealPath();
      return new Program(
          jdk.resolve("bin/java"),
          List.of(jdk),
          Stream.of("server/libjvm.so", "libjava.so", "libzip.so", "libnio.so")
              .map(library -> jdk.resolve("lib").resolve(library))
              .toList(),
          List.of(jdk.resolve("lib")),
          Calls.JVM,
          List.of("-Xmx32m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--version"));
    } catch (IOException e) {
      throw new UncheckedIOException("this JVM does not know where it lies", e);
    }
  }

  /// A Node.js: one executable that needs the system's C and C++ libraries alone.
  ///
  /// @param executable its `node`, without symbolic links
  public static Program nodeJs(Path executable) {
    return new Program(
        executable, List.of(), List.of(), List.of(), Calls.NODE_JS, List.of("--version"));
  }

  /// For people.
  String name() {
    return switch (calls) {
      case JVM -> "JVM";
      case NODE_JS -> "Node.js";
    };
  }
}
