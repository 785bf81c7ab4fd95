/// Claims about worker processes and their limits.
@NullMarked
package hooke.node.runtime.worker;

import org.jspecify.annotations.NullMarked;
