/// A whole world in one test or benchmark: a real chain, nodes in this process that speak over
/// their real ports, consumers with homes of their own. Built of the product's own parts; nothing
/// here is on the way of a task.
@NullMarked
package hooke.devnet.testing;

import org.jspecify.annotations.NullMarked;
