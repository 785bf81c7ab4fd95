package hooke.node.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// What surrounds a command: its streams, its environment, and somebody who may be asked.
///
/// @param out results; nothing else
/// @param err progress, questions, errors
/// @param environment variables
/// @param directory relative paths are meant from here
/// @param ask asks for a secret without echo; empty when nobody is there
public record Terminal(
    InputStream in,
    PrintStream out,
    PrintStream err,
    Map<String, String> environment,
    Path directory,
    Function<String, Optional<char[]>> ask) {

  /// The process's own.
  // Whether there is a console object without a terminal differs between versions and vendors of
  // the JDK.
  @SuppressWarnings("SystemConsoleNull")
  public static Terminal ofProcess() {
    return new Terminal(
        System.in,
        System.out,
        System.err,
        System.getenv(),
        Path.of("").toAbsolutePath(),
        question ->
            System.console() != null && System.console().isTerminal()
                ? Optional.ofNullable(System.console().readPassword("%s: ", question))
                : Optional.empty());
  }

  /// `$HOOKE_HOME`, else `~/.hooke`.
  public Path home() {
    String home = environment.get("HOOKE_HOME");
    return home != null && !home.isBlank()
        ? directory.resolve(home)
        : Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".hooke");
  }
}
