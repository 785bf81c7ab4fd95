/// V8 as an engine: finding a Node.js, and the scripts that run in it, with what they must know of
/// profile `wasm-det/1`.
///
/// The scripts are this package's resources, plain JavaScript without dependencies: a second
/// implementation of [hooke.node.runtime.wasi] and of what surrounds a run, file by file. Node.js's
/// own WASI is not used: its clock, randomness, directory order and file system are the host's.
@NullMarked
package hooke.node.runtime.v8;

import org.jspecify.annotations.NullMarked;
