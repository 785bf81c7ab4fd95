package hooke.chain.event;

import hooke.chain.ChainException;
import hooke.chain.contract.LawEvent;
import hooke.chain.rpc.BlockRef;
import java.util.List;

/// Told by a [Follower] what the chain says, always from its one thread. After a restart the whole
/// past is told again, so a listener may keep its state in memory only.
public interface ChainListener {
  /// A block joined the chain. Ascending; every block with events comes, blocks without may be left
  /// out while catching up.
  void onBlock(BlockRef block, List<LawEvent> events);

  /// Every block after `to` is void: forget what it said.
  void onRollback(BlockRef to);

  /// All that was known at the start has been told: from here on blocks are news.
  default void onCaughtUp(BlockRef head) {}

  /// Following ended for good: another chain stands behind the URL, the store failed, or this
  /// listener threw.
  default void onStopped(ChainException reason) {}
}
