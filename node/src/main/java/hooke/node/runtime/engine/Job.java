package hooke.node.runtime.engine;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What one run is given, beside its program.
///
/// @param args program name first
/// @param seed hexadecimal, of the program's random numbers
/// @param stdin file read as standard input; null for an empty one
/// @param inputs directory shown as `/in`; null for an empty one
/// @param directory existing and empty: `stdout`, `stderr` and `out` appear in it
/// @param fuel limit
/// @param memoryBytes limit; rounded down to pages
/// @param outputBytes limit, see [hooke.node.runtime.wasi.OutputBudget]
public record Job(
    List<String> args,
    Map<String, String> env,
    String seed,
    @Nullable Path stdin,
    @Nullable Path inputs,
    Path directory,
    long fuel,
    long memoryBytes,
    long outputBytes) {}
