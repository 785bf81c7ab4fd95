@NullMarked
package hooke.node.spec;

import org.jspecify.annotations.NullMarked;
