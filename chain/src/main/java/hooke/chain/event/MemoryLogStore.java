package hooke.chain.event;

import hooke.chain.rpc.BlockRef;
import hooke.chain.rpc.ChainIdentity;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Keeps nothing beyond the process: for short-lived commands.
public final class MemoryLogStore implements LogStore {
  private final TreeMap<Long, BlockLogs> blocks = new TreeMap<>();
  private @Nullable ChainIdentity identity;

  @Override
  public Optional<ChainIdentity> identity() {
    return Optional.ofNullable(identity);
  }

  @Override
  public void bind(ChainIdentity identity) {
    this.identity = identity;
  }

  @Override
  public Optional<BlockRef> tip() {
    return blocks.isEmpty() ? Optional.empty() : Optional.of(blocks.lastEntry().getValue().block());
  }

  @Override
  public Optional<BlockRef> floor(long number) {
    return Optional.ofNullable(blocks.floorEntry(number)).map(entry -> entry.getValue().block());
  }

  @Override
  public void append(List<BlockLogs> added) {
    for (BlockLogs each : added) {
      blocks.put(each.block().number(), each);
    }
    if (!blocks.isEmpty()) {
      blocks
          .headMap(blocks.lastKey() - KEPT_BLOCKS)
          .values()
          .removeIf(each -> each.logs().isEmpty());
    }
  }

  @Override
  public void rollback(long number) {
    blocks.tailMap(number, false).clear();
  }

  @Override
  public void replay(Consumer<BlockLogs> consumer) {
    for (BlockLogs each : List.copyOf(blocks.values())) {
      if (!each.logs().isEmpty() || each.block().number() == blocks.lastKey()) {
        consumer.accept(each);
      }
    }
  }

  @Override
  public void close() {}
}
