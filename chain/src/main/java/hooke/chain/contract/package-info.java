/// The law in Java: typed calls, views, events and reverts of Hooke's contracts, and their
/// deployment. Everything is bound to the ABI that the contracts module built; no web3j type leaves
/// this package, and nothing here decides or waits.
@NullMarked
package hooke.chain.contract;

import org.jspecify.annotations.NullMarked;
