/// The market as this machine sees it and takes part in it: [hooke.node.market.MarketState] folds
/// the law's events, the agent compares it with what this node does and closes the difference.
/// Prices and placement are decided in `hooke.scheduler`, bytes are kept in `hooke.storage`, and
/// the law is reached only through `hooke.chain`.
@NullMarked
package hooke.node.market;

import org.jspecify.annotations.NullMarked;
