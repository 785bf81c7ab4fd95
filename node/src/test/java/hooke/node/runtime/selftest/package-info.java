@NullMarked
package hooke.node.runtime.selftest;

import org.jspecify.annotations.NullMarked;
