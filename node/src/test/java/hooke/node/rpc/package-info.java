@NullMarked
package hooke.node.rpc;

import org.jspecify.annotations.NullMarked;
