package hooke.devnet.market;

import hooke.chain.contract.NodeProfile;

/// Asks a node's API over its pinned certificate whether it takes part in the market.
public interface BiddingProbe {
  /// True once the node says that it bids; false while it does not answer or is still catching up.
  boolean bids(NodeProfile profile);
}
