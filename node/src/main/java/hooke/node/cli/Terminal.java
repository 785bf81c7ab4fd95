package hooke.node.cli;

import hooke.node.spec.Escaped;
import hooke.node.spec.HostNames;
import hooke.node.spec.HostWords;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
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
/// @param outShown whether `out` is a terminal, and no pipe or file
/// @param errShown the same of `err`
public record Terminal(
    InputStream in,
    PrintStream out,
    PrintStream err,
    Map<String, String> environment,
    Path directory,
    Function<String, Optional<char[]>> ask,
    boolean outShown,
    boolean errShown) {

  /// Streams of which none is a terminal.
  public Terminal(
      InputStream in,
      PrintStream out,
      PrintStream err,
      Map<String, String> environment,
      Path directory,
      Function<String, Optional<char[]>> ask) {
    this(in, out, err, environment, directory, ask, false, false);
  }

  private static final int MAX_LINE = 2_000;
  private static final int MAX_SAID = 20_000;

  /// The process's own: words and names are UTF-8 and numbers are written in one way, whatever the
  /// locale says. Changes the streams and the locale of this JVM, so that logs and libraries do the
  /// same; call it first.
  ///
  /// @throws HostWords.NotText when a variable of ours is no text
  // Whether there is a console object without a terminal differs between versions and vendors of
  // the JDK.
  @SuppressWarnings("SystemConsoleNull")
  public static Terminal ofProcess() {
    Locale.setDefault(Locale.ROOT);
    if (java.io.File.separatorChar == '/') {
      // A Windows console has a character set of its own, which the JVM knows.
      System.setOut(utf8(FileDescriptor.out));
      System.setErr(utf8(FileDescriptor.err));
      System.setProperty("stdin.encoding", "UTF-8");
      System.setProperty("stdout.encoding", "UTF-8");
      System.setProperty("stderr.encoding", "UTF-8");
    }
    return new Terminal(
        System.in,
        System.out,
        System.err,
        HostWords.environment(),
        HostNames.path("").toAbsolutePath(),
        question ->
            System.console() != null && System.console().isTerminal()
                ? Optional.ofNullable(System.console().readPassword("%s: ", question))
                : Optional.empty(),
        isTerminal(1),
        isTerminal(2));
  }

  /// Whether a stream of this process is a terminal. A JVM says so of all three together only, and
  /// an output may be one where the input is none. Where nothing tells, it is taken for one.
  private static boolean isTerminal(int stream) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + stream)).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.startsWith("/dev/console");
    } catch (IOException | UnsupportedOperationException | InvalidPathException e) {
      return asked(stream);
    }
  }

  // As in ofProcess.
  @SuppressWarnings("SystemConsoleNull")
  private static boolean asked(int stream) {
    if (java.io.File.separatorChar == '\\') {
      return System.console() != null && System.console().isTerminal();
    }
    try {
      return new ProcessBuilder("test", "-t", Integer.toString(stream))
              .inheritIO()
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /// Where a program's own standard output goes: raw into a pipe or a file, or where the user says
  /// so; on a terminal nothing of it is obeyed. Close it after the last byte; the stream stays
  /// open.
  OutputStream programOut(boolean raw) {
    return program(out, outShown && !raw);
  }

  /// The same of its standard error.
  OutputStream programErr(boolean raw) {
    return program(err, errShown && !raw);
  }

  private static OutputStream program(PrintStream to, boolean screened) {
    return screened
        ? new Screened(to)
        : new FilterOutputStream(to) {
          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            to.write(bytes, offset, length);
          }

          @Override
          public void close() {
            to.flush();
          }
        };
  }

  private static PrintStream utf8(FileDescriptor to) {
    return new PrintStream(
        new BufferedOutputStream(new FileOutputStream(to)), true, StandardCharsets.UTF_8);
  }

  /// Tells the user something, in one line or several. Whatever strangers put into it (a provider's
  /// reason, a file's name) can neither move the cursor nor fill the screen.
  void say(String text) {
    StringBuilder shown = new StringBuilder();
    for (String line : text.split("\n", -1)) {
      shown.append(shown.isEmpty() ? "" : "\n").append(Escaped.text(line, MAX_LINE));
    }
    err.println(shown.length() > MAX_SAID ? shown.substring(0, MAX_SAID) + " ..." : shown);
    err.flush();
  }

  /// `$HOOKE_HOME`, else `~/.hooke`.
  public Path home() {
    String home = environment.get("HOOKE_HOME");
    return home != null && !home.isBlank()
        ? HostNames.child(directory, home)
        : HostNames.child(
            directory,
            environment.getOrDefault("HOME", System.getProperty("user.home")) + "/.hooke");
  }
}
