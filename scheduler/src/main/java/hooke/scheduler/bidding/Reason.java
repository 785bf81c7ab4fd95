package hooke.scheduler.bidding;

import hooke.scheduler.capacity.Refusal;
import hooke.scheduler.model.Shortfall;
import hooke.scheduler.model.TaskKey;
import hooke.scheduler.model.Units;
import hooke.scheduler.model.Verification;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// One thing that keeps a node from bidding, with the values that matter.
///
/// [#code] is stable and goes over the wire; [#sentence] is for people and may change.
public sealed interface Reason {

  /// Whether waiting could help.
  enum Horizon {
    /// Not for this order on this node as it is set up.
    NEVER,
    /// When something changes: work ends, stake comes, the node stops draining.
    LATER,
    /// At an instant that is known.
    TIMED
  }

  /// A name in UPPER_SNAKE case.
  String code();

  /// Whether waiting could help.
  Horizon horizon();

  /// What stands in the way, in one sentence without a full stop.
  String sentence();

  /// The node takes no new work.
  record Draining() implements Reason {
    @Override
    public String code() {
      return "DRAINING";
    }

    @Override
    public Horizon horizon() {
      return Horizon.LATER;
    }

    @Override
    public String sentence() {
      return "the node is draining and takes no new work";
    }
  }

  /// The order is too old.
  record BiddingOver(Instant openUntil) implements Reason {
    @Override
    public String code() {
      return "BIDDING_OVER";
    }

    @Override
    public Horizon horizon() {
      return Horizon.NEVER;
    }

    @Override
    public String sentence() {
      return "the order took bids until " + openUntil;
    }
  }

  /// The allow list leaves this operator out.
  record NotOnAllowList(long operatorId, Set<Long> allowed) implements Reason {
    public NotOnAllowList {
      allowed = Set.copyOf(allowed);
    }

    @Override
    public String code() {
      return "NOT_ON_ALLOW_LIST";
    }

    @Override
    public Horizon horizon() {
      return Horizon.NEVER;
    }

    @Override
    public String sentence() {
      return "operator %d is not on the order's allow list %s"
          .formatted(operatorId, new TreeSet<>(allowed));
    }
  }

  /// A metering profile this node does not run.
  record UnknownProfile(String profile, Set<String> known) implements Reason {
    public UnknownProfile {
      known = Set.copyOf(known);
    }

    @Override
    public String code() {
      return "UNKNOWN_PROFILE";
    }

    @Override
    public Horizon horizon() {
      return Horizon.NEVER;
    }

    @Override
    public String sentence() {
      return "needs profile \"%s\", this node runs %s".formatted(profile, new TreeSet<>(known));
    }
  }

  /// Nothing stands between a program and this node's machine, so it runs its operator's own only.
  record NoSandbox() implements Reason {
    @Override
    public String code() {
      return "NO_SANDBOX";
    }

    @Override
    public Horizon horizon() {
      return Horizon.NEVER;
    }

    @Override
    public String sentence() {
      return "this node has no sandbox and, outside a devnet, runs no strangers' programs";
    }
  }

  /// A verification this node takes no part in.
  record UnsupportedVerification(Verification mode) implements Reason {
    @Override
    public String code() {
      return "UNSUPPORTED_VERIFICATION";
    }

    @Override
    public Horizon horizon() {
      return Horizon.NEVER;
    }

    @Override
    public String sentence() {
      return "this node takes no " + mode + " orders";
    }
  }

  /// More input than the operator lets in.
  record InputTooLarge(long bytes, long limit) implements Reason {
    @Override
    public String code() {
      return "INPUT_TOO_LARGE";
    }

    @Override
    public Horizon horizon() {
      return Horizon.NEVER;
    }

    @Override
    public String sentence() {
      // To the byte: a task whose one input is just as large as the limit has a program beside it.
      return "program and inputs are %s bytes together, this node takes at most %s (%s)"
          .formatted(Units.count(bytes), Units.count(limit), Units.bytesDown(limit));
    }
  }

  /// The whole node is too small.
  record NeverFits(List<Shortfall> shortfalls) implements Reason {
    public NeverFits {
      shortfalls = List.copyOf(shortfalls);
    }

    @Override
    public String code() {
      return "NEVER_FITS";
    }

    @Override
    public Horizon horizon() {
      return Horizon.NEVER;
    }

    @Override
    public String sentence() {
      return Shortfall.sentence(shortfalls) + " even when this node is empty";
    }
  }

  /// Too little is free, now or soon enough.
  record NoRoom(Refusal refusal) implements Reason {
    @Override
    public String code() {
      return "NO_ROOM";
    }

    @Override
    public Horizon horizon() {
      return Horizon.LATER;
    }

    @Override
    public String sentence() {
      return refusal.sentence();
    }
  }

  /// What is kept here, and what was promised, leave the result no room.
  record StoreFull(long needed, long free) implements Reason {
    @Override
    public String code() {
      return "STORE_FULL";
    }

    @Override
    public Horizon horizon() {
      return Horizon.LATER;
    }

    @Override
    public String sentence() {
      return "the result may take %s, and this node has room to keep %s more"
          .formatted(Units.bytesUp(needed), Units.bytesDown(free));
    }
  }

  /// Even alone on this node the run may take longer than the order gives it.
  ///
  /// @param worstRun at the worst rate
  /// @param given from the bid to the delivery
  /// @param overhead of `given`, what assignment and delivery may take
  record DeadlineUnreachable(long fuelLimit, Duration worstRun, Duration given, Duration overhead)
      implements Reason {
    @Override
    public String code() {
      return "DEADLINE_UNREACHABLE";
    }

    @Override
    public Horizon horizon() {
      return Horizon.NEVER;
    }

    @Override
    public String sentence() {
      return "%s fuel, with all that is started, read and kept beside, may take %s here, and %s more to be assigned and delivered; the order allows %s"
          .formatted(
              Units.count(fuelLimit),
              Units.lengthUp(worstRun),
              Units.lengthUp(overhead),
              Units.lengthUp(given));
    }
  }

  /// Longer than the operator lets a task run.
  record RunTooLong(Duration worstRun, Duration limit) implements Reason {
    @Override
    public String code() {
      return "RUN_TOO_LONG";
    }

    @Override
    public Horizon horizon() {
      return Horizon.NEVER;
    }

    @Override
    public String sentence() {
      return "the run may take %s here, this node lets a task run for at most %s"
          .formatted(Units.lengthUp(worstRun), Units.lengthUp(limit));
    }
  }

  /// The order wants a larger stake.
  record StakeTooLow(BigInteger needed, BigInteger stake) implements Reason {
    @Override
    public String code() {
      return "STAKE_TOO_LOW";
    }

    @Override
    public Horizon horizon() {
      return Horizon.LATER;
    }

    @Override
    public String sentence() {
      return "the order wants a stake of %s, the operator has %s"
          .formatted(Units.tokens(needed), Units.tokens(stake));
    }
  }

  /// One bond would lock more of the stake than the operator allows.
  record BondTooLarge(BigInteger bond, BigInteger limit) implements Reason {
    @Override
    public String code() {
      return "BOND_TOO_LARGE";
    }

    @Override
    public Horizon horizon() {
      return Horizon.LATER;
    }

    @Override
    public String sentence() {
      return "the bond is %s, the operator risks at most %s on one task"
          .formatted(Units.tokens(bond), Units.tokens(limit));
    }
  }

  /// Other work has the stake.
  record BondNotFree(BigInteger bond, BigInteger free) implements Reason {
    @Override
    public String code() {
      return "BOND_NOT_FREE";
    }

    @Override
    public Horizon horizon() {
      return Horizon.LATER;
    }

    @Override
    public String sentence() {
      return "the bond is %s, %s of the stake is free"
          .formatted(Units.tokens(bond), Units.tokens(free));
    }
  }

  /// With this bond the operator would risk more than it wants to lose.
  ///
  /// @param atRisk bonds that may be lost already, and what was lost within the last hour
  record StakeAtRisk(Scope scope, BigInteger bond, BigInteger atRisk, BigInteger limit)
      implements Reason {
    /// By whose slots.
    public enum Scope {
      CONSUMER("one consumer"),
      PROGRAM("one program"),
      ALL("all together");

      private final String words;

      Scope(String words) {
        this.words = words;
      }
    }

    @Override
    public String code() {
      return "STAKE_AT_RISK";
    }

    @Override
    public Horizon horizon() {
      return Horizon.LATER;
    }

    @Override
    public String sentence() {
      return "the bond is %s; for %s the operator risks at most %s at a time and in an hour, and %s are at risk"
          .formatted(Units.tokens(bond), scope.words, Units.tokens(limit), Units.tokens(atRisk));
    }
  }

  /// The order never pays enough.
  ///
  /// @param floor what this node wants now
  /// @param leastFloor what it would want at best, with an ideal placement
  /// @param max the most the order pays
  record PriceBelowFloor(BigInteger floor, BigInteger leastFloor, long max) implements Reason {
    @Override
    public String code() {
      return "PRICE_BELOW_FLOOR";
    }

    @Override
    public Horizon horizon() {
      boolean hopeless = leastFloor.compareTo(BigInteger.valueOf(max)) > 0;
      return hopeless ? Horizon.NEVER : Horizon.LATER;
    }

    @Override
    public String sentence() {
      return "this node's floor is %s, the order pays at most %s"
          .formatted(Units.unitPriceUp(floor), Units.unitPriceDown(max));
    }
  }

  /// The price would rise far enough only after the order has stopped taking bids.
  record RampTooSlow(long floor, Instant reached, Instant openUntil) implements Reason {
    @Override
    public String code() {
      return "RAMP_TOO_SLOW";
    }

    @Override
    public Horizon horizon() {
      return Horizon.LATER;
    }

    @Override
    public String sentence() {
      return "the order's price reaches this node's floor of %s at %s, but takes bids until %s only"
          .formatted(Units.unitPriceUp(floor), reached, openUntil);
    }
  }

  /// The price is still rising.
  record PriceNotYet(long floor, long acceptable, Instant until) implements Timed {
    @Override
    public String code() {
      return "PRICE_NOT_YET";
    }

    @Override
    public String sentence() {
      return "this node's floor is %s, the order now accepts %s and reaches the floor at %s"
          .formatted(Units.unitPriceUp(floor), Units.unitPriceDown(acceptable), until);
    }
  }

  /// The draw of the quorum has not reached this operator.
  record NotDrawnYet(Instant until) implements Timed {
    @Override
    public String code() {
      return "NOT_DRAWN_YET";
    }

    @Override
    public String sentence() {
      return "the draw lets this operator bid from " + until;
    }
  }

  /// Another order with the same exclusive key holds a slot.
  record ExclusiveKeyHeld(String exclusiveKey, String order) implements Reason {
    @Override
    public String code() {
      return "EXCLUSIVE_KEY_HELD";
    }

    @Override
    public Horizon horizon() {
      return Horizon.LATER;
    }

    @Override
    public String sentence() {
      return "exclusive key %s is held by order %s".formatted(exclusiveKey, order);
    }
  }

  /// This node has bid for the task already, or the operator is in the order's quorum.
  record AlreadyTaken(TaskKey key) implements Reason {
    @Override
    public String code() {
      return "ALREADY_TAKEN";
    }

    @Override
    public Horizon horizon() {
      return Horizon.LATER;
    }

    @Override
    public String sentence() {
      return "this operator already has a bid or a slot for task " + key;
    }
  }

  /// Enough accepted work waits.
  record BacklogFull(int waiting, int limit) implements Reason {
    @Override
    public String code() {
      return "BACKLOG_FULL";
    }

    @Override
    public Horizon horizon() {
      return Horizon.LATER;
    }

    @Override
    public String sentence() {
      return "%d tasks wait here already, this node queues at most %d".formatted(waiting, limit);
    }
  }

  /// Enough bids for one go; the next plan goes on.
  record BidsSpent(int limit) implements Reason {
    @Override
    public String code() {
      return "BIDS_SPENT";
    }

    @Override
    public Horizon horizon() {
      return Horizon.LATER;
    }

    @Override
    public String sentence() {
      return "this node makes at most %d bids at once".formatted(limit);
    }
  }

  /// The node would bid, and gets the task ready first.
  ///
  /// @param step what it does, for example "compiling its program: 12 s so far"
  record Preparing(String step) implements Reason {
    @Override
    public String code() {
      return "PREPARING";
    }

    @Override
    public Horizon horizon() {
      return Horizon.LATER;
    }

    @Override
    public String sentence() {
      return step;
    }
  }

  /// The task could not be got ready here.
  ///
  /// @param why in words
  /// @param retryAt when it is tried again; empty for never
  record CannotRun(String why, Optional<Instant> retryAt) implements Reason {
    @Override
    public String code() {
      return "CANNOT_RUN";
    }

    @Override
    public Horizon horizon() {
      return retryAt.isPresent() ? Horizon.LATER : Horizon.NEVER;
    }

    @Override
    public String sentence() {
      return retryAt.map(at -> why + "; tried again at " + at).orElse(why);
    }
  }

  /// The node has a slot of the order already, this one would have to wait here, and others may be
  /// idle.
  ///
  /// @param start when it could start here at the latest
  record LeftToOthers(Instant start, Instant until) implements Timed {
    @Override
    public String code() {
      return "LEFT_TO_OTHERS";
    }

    @Override
    public String sentence() {
      return "this node has a slot of the order already, and the next might have to wait here until %s: it is left to others until %s"
          .formatted(start, until);
    }
  }

  /// A reason that ends by itself.
  sealed interface Timed extends Reason {

    /// The first instant at which it does not hold any more.
    Instant until();

    @Override
    default Horizon horizon() {
      return Horizon.TIMED;
    }
  }
}
