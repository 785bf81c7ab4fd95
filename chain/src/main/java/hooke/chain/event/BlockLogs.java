package hooke.chain.event;

import hooke.chain.rpc.BlockRef;
import hooke.chain.rpc.LogEntry;
import java.util.List;

/// A block with its logs of the followed contract.
public record BlockLogs(BlockRef block, List<LogEntry> logs) {
  public BlockLogs {
    logs = List.copyOf(logs);
  }
}
