/// WASI preview 1 as profile `wasm-det/1` defines it: every answer is a function of the order and
/// of what the program did before.
///
/// The file system is a tree of our own in memory with file contents in numbered host files: a
/// guest's path never becomes a host path while the program runs, so there is nothing to escape
/// through. Time passes only as fuel is used and by sleeping. Randomness is a stream from the
/// order's seed. Inode numbers are given in order of creation; listings are sorted by name.
///
/// Knows no engine: a running program is a [hooke.node.runtime.wasi.Guest].
@NullMarked
package hooke.node.runtime.wasi;

import org.jspecify.annotations.NullMarked;
