/// Values that decisions are made of: resources, requests, prices, and a node's policy.
///
/// Every record checks itself when it is built, so nothing behind it needs to look twice: a
/// negative or absurd number from a stranger's order ends here, with a message that names it. What
/// must not live here: decisions, and anything that reads a clock.
@NullMarked
package hooke.scheduler.model;

import org.jspecify.annotations.NullMarked;
