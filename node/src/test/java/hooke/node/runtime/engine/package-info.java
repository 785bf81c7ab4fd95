/// Claims about engines: that they agree.
@NullMarked
package hooke.node.runtime.engine;

import org.jspecify.annotations.NullMarked;
