package hooke.chain.contract;

import hooke.chain.Bytes32;

/// Where an event stands on the chain. Ordered by block, then log.
///
/// @param logIndex position among all logs of the block
public record LogPosition(long block, Bytes32 blockHash, Bytes32 transaction, int logIndex)
    implements Comparable<LogPosition> {
  @Override
  public int compareTo(LogPosition other) {
    int byBlock = Long.compare(block, other.block);
    return byBlock != 0 ? byBlock : Integer.compare(logIndex, other.logIndex);
  }
}
