/// A whole world in one command: a chain, the contracts, wallets and provider nodes, as processes
/// for the command line and inside one JVM for tests. Built only on what users have; nothing of the
/// product may depend on it.
@NullMarked
package hooke.devnet;

import org.jspecify.annotations.NullMarked;
