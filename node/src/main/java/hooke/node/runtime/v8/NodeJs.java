package hooke.node.runtime.v8;

import hooke.node.runtime.sandbox.Program;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A Node.js on this machine.
///
/// @param executable its `node`, without symbolic links
/// @param version such as 20.20.2
public record NodeJs(Path executable, String version) {
  /// Oldest major version that runs the scripts.
  public static final int OLDEST = 20;

  private static final Pattern VERSION = Pattern.compile("v((\\d{1,4})\\.\\d+\\.\\d+\\S*)");
  private static final int ANSWER_SECONDS = 20;

  /// What looking for one gave.
  public sealed interface Search {}

  /// It is here.
  public record Found(NodeJs nodeJs) implements Search {}

  /// There is none that could be used.
  ///
  /// @param why in words for a person who could change it
  public record Missing(String why) implements Search {}

  /// Looks for a Node.js that is recent enough, and asks it for its version.
  ///
  /// @param told where it is; null to look on PATH
  public static Search find(@Nullable Path told) {
    return find(told, System.getenv("PATH"));
  }

  static Search find(@Nullable Path told, @Nullable String searchPath) {
    if (told != null) {
      return Files.isExecutable(told) && Files.isRegularFile(told)
          ? ask(told)
          : new Missing(told + " is not a program");
    }
    Search best =
        new Missing(
            "no `node` is on PATH: install Node.js %d or newer, or say where it is"
                .formatted(OLDEST));
    for (String folder : (searchPath == null ? "" : searchPath).split(File.pathSeparator, -1)) {
      Path candidate;
      try {
        candidate = Path.of(folder, "node");
      } catch (InvalidPathException e) {
        continue;
      }
      if (candidate.isAbsolute() && Files.isRegularFile(candidate)) {
        best = ask(candidate);
        if (best instanceof Found) {
          return best;
        }
      }
    }
    return best;
  }

  /// As a sandbox starts it.
  public Program program() {
    return Program.nodeJs(executable);
  }

  private static Search ask(Path candidate) {
    try {
      ProcessBuilder builder = new ProcessBuilder(candidate.toString(), "--version");
      builder.environment().clear();
      Process process = builder.redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said =
          new String(process.getInputStream().readNBytes(1_000), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return new Missing(candidate + " does not say its version");
      }
      Matcher version = VERSION.matcher(said);
      if (!version.matches()) {
        return new Missing(candidate + " is no Node.js: it says '" + said + "'");
      }
      if (Integer.parseInt(version.group(2)) < OLDEST) {
        return new Missing(
            "%s is Node.js %s; %d or newer is needed"
                .formatted(candidate, version.group(1), OLDEST));
      }
      return new Found(new NodeJs(candidate.toRealPath(), version.group(1)));
    } catch (IOException e) {
      return new Missing(candidate + " cannot be run: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Missing("interrupted while looking for Node.js");
    }
  }
}
