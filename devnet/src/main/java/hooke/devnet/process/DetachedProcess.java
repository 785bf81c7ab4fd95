package hooke.devnet.process;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Starts processes that belong to nobody's terminal: a session of their own, so ^C and a closed
/// window do not reach them; nothing on standard input; both outputs appended to a log.
public final class DetachedProcess {
  /// Becomes the command by exec, so the number that Java sees is the command's own. Where `setsid`
  /// is missing the signals of the terminal are ignored instead, which a JVM respects.
  private static final String DETACH =
      """
      if command -v setsid >/dev/null 2>&1; then exec setsid "$@"; fi
      trap '' HUP INT
      exec "$@"
      """;

  private DetachedProcess() {}

  /// Starts `command` and returns at once.
  ///
  /// @param name for messages and as `$0` of the short-lived shell
  /// @param directory working directory
  /// @param log created or appended to; its directory must exist
  public static ProcessRef start(String name, List<String> command, Path directory, Path log) {
    return start(name, command, directory, log, System.getenv());
  }

  /// The same with another environment than this process's.
  public static ProcessRef start(
      String name,
      List<String> command,
      Path directory,
      Path log,
      Map<String, String> environment) {
    List<String> detached = new ArrayList<>(List.of("sh", "-c", DETACH, name));
    detached.addAll(command);
    try {
      ProcessBuilder builder =
          new ProcessBuilder(detached)
              .directory(directory.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().clear();
      builder.environment().putAll(environment);
      return ProcessRef.of(name, builder.start().toHandle());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + name + ": " + e.getMessage(), e);
    }
  }

  /// The last `lines` lines of a log, for an error about the process that wrote it. Reads at most
  /// the last 64 KiB.
  public static List<String> lastLines(Path log, int lines) {
    try (var channel = Files.newByteChannel(log)) {
      long start = Math.max(0, channel.size() - (64 << 10));
      channel.position(start);
      var buffer = ByteBuffer.allocate((int) (channel.size() - start));
      while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
      List<String> all =
          new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8).lines().toList();
      return all.subList(Math.max(0, all.size() - lines), all.size());
    } catch (IOException e) {
      return List.of("(no log at " + log + ")");
    }
  }
}
