/// Running tasks: what a runtime is asked and what it answers. Values and one interface; the Wasm
/// runtime and its worker processes live in `hooke.node.runtime.worker`.
///
/// Nothing here knows orders, chains or archives.
@NullMarked
package hooke.node.runtime;

import org.jspecify.annotations.NullMarked;
