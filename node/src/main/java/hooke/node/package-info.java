/// A node as a whole: what is started in which order, and stopped in the other. What its parts do
/// is in the packages below; nothing below knows this one.
@NullMarked
package hooke.node;

import org.jspecify.annotations.NullMarked;
