package hooke.node.runtime.engine;

import hooke.node.runtime.wasi.Output;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where a run's files come from and go to.
///
/// @param stdin file read as standard input; null for an empty one
/// @param inputs a [hooke.node.runtime.TreeListing] of what stands under `/in`; null for nothing
/// @param scratch host file for the contents of files that the program writes
/// @param output takes what it leaves
public record JobFiles(@Nullable Path stdin, @Nullable Path inputs, Path scratch, Output output) {}
