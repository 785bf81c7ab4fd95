package hooke.node.runtime.sandbox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A process to be started, and all that it may use.
///
/// @param program what runs in it
/// @param arguments the program's
/// @param home directory of this process alone, for the sandbox's own needs; not shown to it
/// @param readable files and directories shown to it, read-only, beside what the program needs
/// @param writable files it may write to, which exist
/// @param fileBytes longest file it may write
/// @param memoryBytes most memory it may hold
/// @param stackBytes address space for stacks on top, which is not held unless it is used
/// @param threads most threads it may have
public record Launch(
    Program program,
    List<String> arguments,
    Path home,
    List<Path> readable,
    List<Path> writable,
    long fileBytes,
    long memoryBytes,
    long stackBytes,
    int threads) {
  public Launch {
    arguments = List.copyOf(arguments);
    readable = List.copyOf(readable);
    writable = List.copyOf(writable);
  }

  /// Its command line.
  List<String> command() {
    List<String> command = new ArrayList<>(List.of(program.executable().toString()));
    command.addAll(arguments);
    return command;
  }
}
