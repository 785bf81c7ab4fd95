/// Claims about reading and refusing modules.
@NullMarked
package hooke.node.runtime.wasm;

import org.jspecify.annotations.NullMarked;
