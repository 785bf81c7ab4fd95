package hooke.chain.rpc;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import java.util.List;
import java.util.Optional;

/// What became of a mined transaction.
///
/// @param succeeded false: it was mined and reverted; its nonce and gas are spent all the same
/// @param gasPrice wei per gas that was paid in fact
/// @param created the address of the contract it created
public record TxReceipt(
    Bytes32 transaction,
    long block,
    Bytes32 blockHash,
    boolean succeeded,
    long gasUsed,
    Wei gasPrice,
    Optional<Address> created,
    List<LogEntry> logs) {
  public TxReceipt {
    logs = List.copyOf(logs);
  }
}
