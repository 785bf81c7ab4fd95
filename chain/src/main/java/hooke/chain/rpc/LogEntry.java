package hooke.chain.rpc;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Data;
import java.util.List;

/// An undecoded event.
///
/// @param index position among all logs of the block
public record LogEntry(
    Address address,
    List<Bytes32> topics,
    Data data,
    long block,
    Bytes32 blockHash,
    Bytes32 transaction,
    int index) {
  public LogEntry {
    topics = List.copyOf(topics);
  }
}
