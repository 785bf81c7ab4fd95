package hooke.node.market;

import hooke.chain.rpc.BlockRef;
import java.time.Instant;

/// What one look at the world rests on: this node as registered, and the newest block, whose time
/// decides about deadlines and prices.
record Moment(NodeView me, BlockRef block) {

  /// Unix seconds.
  long time() {
    return block.timestamp();
  }

  Instant now() {
    return Instant.ofEpochSecond(block.timestamp());
  }
}
