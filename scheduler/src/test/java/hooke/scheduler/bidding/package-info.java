/// Claims about `hooke.scheduler.bidding`.
@NullMarked
package hooke.scheduler.bidding;

import org.jspecify.annotations.NullMarked;
