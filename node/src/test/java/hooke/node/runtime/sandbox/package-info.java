@NullMarked
package hooke.node.runtime.sandbox;

import org.jspecify.annotations.NullMarked;
