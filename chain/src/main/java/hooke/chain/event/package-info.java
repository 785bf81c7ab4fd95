/// Follows the chain: blocks and the law's events in order, reorganisations as rollbacks, a durable
/// cursor. It reports; it never decides and never sends.
@NullMarked
package hooke.chain.event;

import org.jspecify.annotations.NullMarked;
