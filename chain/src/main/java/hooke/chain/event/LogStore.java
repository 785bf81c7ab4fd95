package hooke.chain.event;

import hooke.chain.rpc.BlockRef;
import hooke.chain.rpc.ChainIdentity;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Where a follower keeps what it has seen. Used by one thread at a time.
public interface LogStore extends AutoCloseable {
  /// How many of the newest blocks are kept even without logs: the deepest reorganisation that is
  /// followed block by block.
  int KEPT_BLOCKS = 256;

  /// Which chain the content belongs to; empty in a new store.
  Optional<ChainIdentity> identity();

  void bind(ChainIdentity identity);

  /// The newest block.
  Optional<BlockRef> tip();

  /// The newest kept block with a number of at most `number`.
  Optional<BlockRef> floor(long number);

  /// Adds blocks above the tip, ascending, all or nothing.
  void append(List<BlockLogs> blocks);

  /// Drops every block above `number`.
  void rollback(long number);

  /// Tells every block that has logs, and the tip, ascending.
  void replay(Consumer<BlockLogs> consumer);

  @Override
  void close();
}
