/// Claims about what WASI answers, without an engine: a program is a block of memory here.
@NullMarked
package hooke.node.runtime.wasi;

import org.jspecify.annotations.NullMarked;
