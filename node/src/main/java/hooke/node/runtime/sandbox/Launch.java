package hooke.node.runtime.sandbox;

import java.nio.file.Path;
import java.util.List;

/// A JVM to be started, and all that it may use.
///
/// @param command its command line; the program is a `java`
/// @param home directory of this process alone, for the sandbox's own needs; not shown to it
/// @param readable files and directories shown to it, read-only, beside the JDK
/// @param writable files it may write to, which exist
/// @param fileBytes longest file it may write
/// @param memoryBytes most memory it may hold
/// @param stackBytes address space for stacks on top, which is not held unless it is used
/// @param threads most threads it may have
public record Launch(
    List<String> command,
    Path home,
    List<Path> readable,
    List<Path> writable,
    long fileBytes,
    long memoryBytes,
    long stackBytes,
    int threads) {
  public Launch {
    command = List.copyOf(command);
    readable = List.copyOf(readable);
    writable = List.copyOf(writable);
  }
}
