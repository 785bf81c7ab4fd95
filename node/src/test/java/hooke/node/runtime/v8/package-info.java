/// Claims about finding a Node.js.
@NullMarked
package hooke.node.runtime.v8;

import org.jspecify.annotations.NullMarked;
