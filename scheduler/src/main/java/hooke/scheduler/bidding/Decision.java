package hooke.scheduler.bidding;

import hooke.scheduler.capacity.Claim;
import hooke.scheduler.capacity.Window;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A node's answer to one open slot. Prices are token-wei per 1,000,000 fuel.
public sealed interface Decision {

  /// Worth a bid now.
  ///
  /// @param price what to bid: the most the order accepts now, at least `floor`. The order's price
  ///   only rises, so the bid is still good in a later block
  /// @param floor the least this node would take
  /// @param cost what the run costs this node without any profit, rounded up
  /// @param window when the run would start and end at the latest
  /// @param notBefore the earliest the answer can be known
  /// @param finishBy the latest end of the run
  /// @param expiresAt when a bid without an answer counts as lost
  record Bid(
      long price,
      long floor,
      long cost,
      Claim claim,
      Window window,
      Instant notBefore,
      Instant finishBy,
      Instant expiresAt)
      implements Decision {}

  /// Worth a bid, but only from `until` on; nothing else stands in the way.
  ///
  /// @param price what it would bid then
  /// @param floor the least this node would take then, placed as it would be now
  record Wait(Instant until, long price, long floor, List<Reason.Timed> reasons)
      implements Decision {
    public Wait {
      reasons = List.copyOf(reasons);
    }
  }

  /// Not now, perhaps never: every reason there is, not just the first.
  ///
  /// @param floor what this node would want, where that could be told
  record Decline(List<Reason> reasons, Optional<BigInteger> floor) implements Decision {
    public Decline {
      if (reasons.isEmpty()) {
        throw new IllegalArgumentException("a decline needs a reason");
      }
      reasons = List.copyOf(reasons);
    }

    /// Whether no change of this node's load or stake could turn the answer.
    public boolean isFinal() {
      return reasons.stream().anyMatch(r -> r.horizon() == Reason.Horizon.NEVER);
    }
  }
}
