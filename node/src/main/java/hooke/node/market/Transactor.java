package hooke.node.market;

import hooke.chain.Call;

/// Sends transactions with the node key. Blocks (on a virtual thread) until the transaction is
/// mined.
public interface Transactor {
  /// Simulates, sends and waits.
  ///
  /// @param intent names what this is about; asked for again after a restart, the same intent is
  ///   never in effect twice
  /// @return number of the block that has it
  /// @throws hooke.chain.Reverted if the law says no, in simulation or on chain
  /// @throws hooke.chain.ChainException if the chain cannot be reached or the transaction got lost
  long send(String intent, Call call) throws InterruptedException;
}
