/// The wire to a chain: blocks, logs, calls, receipts, fees over JSON-RPC, with failover and typed
/// errors. It knows Ethereum and nothing of Hooke's law; it keeps no state beyond its connections.
@NullMarked
package hooke.chain.rpc;

import org.jspecify.annotations.NullMarked;
