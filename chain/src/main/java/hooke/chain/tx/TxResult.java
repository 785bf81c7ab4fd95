package hooke.chain.tx;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.rpc.LogEntry;
import hooke.chain.rpc.TxReceipt;
import java.util.List;

/// A transaction that was mined and succeeded.
///
/// @param fee what it cost in the chain's own coin
/// @param logs undecoded; [hooke.chain.contract.HookeContract#decode] makes events of them
public record TxResult(
    Bytes32 transaction,
    long block,
    Bytes32 blockHash,
    long gasUsed,
    Wei fee,
    List<LogEntry> logs) {
  public TxResult {
    logs = List.copyOf(logs);
  }

  static TxResult of(TxReceipt receipt) {
    return new TxResult(
        receipt.transaction(),
        receipt.block(),
        receipt.blockHash(),
        receipt.gasUsed(),
        receipt.gasPrice().times(receipt.gasUsed()),
        receipt.logs());
  }
}
