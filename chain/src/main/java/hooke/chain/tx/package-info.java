/// Sends transactions: once and waiting ([hooke.chain.tx.Transactions]), or durably, many at a time
/// and at most once in effect ([hooke.chain.tx.Outbox]). It does not know why something is sent.
@NullMarked
package hooke.chain.tx;

import org.jspecify.annotations.NullMarked;
