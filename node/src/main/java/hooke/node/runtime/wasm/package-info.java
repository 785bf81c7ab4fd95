/// Wasm modules as bytes: reading them with caps, saying clearly why one is refused, and rewriting
/// one so that fuel, call depth and NaN bits are part of the module itself (profile `wasm-det/1`).
///
/// Pure: no engine, no file, no clock. What runs a module lives in `hooke.node.runtime.engine`,
/// what a module may call in `hooke.node.runtime.wasi`.
@NullMarked
package hooke.node.runtime.wasm;

import org.jspecify.annotations.NullMarked;
