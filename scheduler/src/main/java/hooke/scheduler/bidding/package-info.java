/// Whether to bid, for which of many open orders, and at what price; and why not.
///
/// What must not live here: sending a bid, or reading the chain. A [NodeState] and `now` go in.
@NullMarked
package hooke.scheduler.bidding;

import org.jspecify.annotations.NullMarked;
