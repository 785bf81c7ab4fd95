/// Turns a bare chain into a market: contracts, funded wallets, registered and staked nodes. Speaks
/// only to the chain, so processes and in-process nodes are set up alike. Only for chains whose
/// money is worthless: it owns the well-known test mnemonic.
@NullMarked
package hooke.devnet.market;

import org.jspecify.annotations.NullMarked;
