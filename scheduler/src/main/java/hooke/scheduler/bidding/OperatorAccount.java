package hooke.scheduler.bidding;

import hooke.scheduler.model.Require;
import java.math.BigInteger;

/// An operator's stake as the law has it, token-wei.
///
/// @param stake all of it
/// @param bonded the part that is locked for assignments
public record OperatorAccount(BigInteger stake, BigInteger bonded) {

  public OperatorAccount {
    Require.amount("stake", stake);
    Require.amount("bonded", bonded);
  }

  /// What a further bond may come from, beside `pending` bonds of bids on their way; at least zero.
  ///
  /// An assignment may be in `bonded` before the ledger hears of it; then it counts twice for a
  /// moment, which costs a bid and never a bond. Nodes of one operator do not see each other's
  /// pending bids: if they bid for more than there is, the law refuses the last.
  public BigInteger freeDown(BigInteger pending) {
    return stake.subtract(bonded).subtract(pending).max(BigInteger.ZERO);
  }
}
