@NullMarked
package hooke.node.market;

import org.jspecify.annotations.NullMarked;
