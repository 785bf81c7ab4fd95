/// What a node has promised, and the room that is left: a ledger of reservations over time.
///
/// Nothing is sold twice: every reservation has a window in which its CPU, memory and worker are
/// its own, and holds its disk all along. What must not live here: prices, and which work is
/// preferred.
@NullMarked
package hooke.scheduler.capacity;

import org.jspecify.annotations.NullMarked;
