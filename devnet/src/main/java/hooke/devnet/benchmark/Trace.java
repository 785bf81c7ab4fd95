package hooke.devnet.benchmark;

import hooke.chain.Bytes32;
import hooke.chain.contract.LawEvent;
import hooke.chain.rpc.TxReceipt;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What the chain says about one order's life: in which block each step was complete and what it
/// cost. Rebuilt from logs and receipts alone.
///
/// @param blocks the last block of each step that happened
/// @param gas of all transactions of a step; one that does two steps counts as the first of them
/// @param times how often each step happened
record Trace(Bytes32 order, Map<Step, Long> blocks, Map<Step, Long> gas, Map<Step, Integer> times) {

  /// The steps in the order in which they can come.
  enum Step {
    ORDER,
    BID,
    DELIVER,
    COMMIT,
    REVEAL,
    SETTLE,
    /// What was held back became free, by a transaction of its own.
    RELEASE
  }

  /// @param events of any orders, in chain order
  /// @param receipts of all their transactions at least
  static Trace of(Bytes32 order, List<LawEvent> events, Collection<TxReceipt> receipts) {
    Map<Bytes32, Long> used = new HashMap<>();
    receipts.forEach(receipt -> used.put(receipt.transaction(), receipt.gasUsed()));
    Map<Step, Long> blocks = new EnumMap<>(Step.class);
    Map<Step, Integer> times = new EnumMap<>(Step.class);
    Map<Bytes32, Step> first = new HashMap<>();
    Set<Bytes32> transactions = new LinkedHashSet<>();
    for (LawEvent event : events) {
      if (event instanceof LawEvent.OfOrder e && e.order().equals(order)) {
        step(e)
            .ifPresent(step -> {
              blocks.merge(step, event.at().block(), Math::max);
              times.merge(step, 1, Integer::sum);
              transactions.add(event.at().transaction());
              first.merge(event.at().transaction(), step, (a, b) -> a.compareTo(b) <= 0 ? a : b);
            });
      }
    }
    Map<Step, Long> gas = new EnumMap<>(Step.class);
    for (Bytes32 transaction : transactions) {
      gas.merge(first.get(transaction), used.getOrDefault(transaction, 0L), Long::sum);
    }
    return new Trace(order, blocks, gas, times);
  }

  private static Optional<Step> step(LawEvent.OfOrder event) {
    return switch (event) {
      case LawEvent.Ordered _ -> Optional.of(Step.ORDER);
      case LawEvent.Assigned _ -> Optional.of(Step.BID);
      case LawEvent.Delivered _ -> Optional.of(Step.DELIVER);
      case LawEvent.Committed _ -> Optional.of(Step.COMMIT);
      case LawEvent.Revealed _ -> Optional.of(Step.REVEAL);
      case LawEvent.Settled _ -> Optional.of(Step.SETTLE);
      case LawEvent.Released _ -> Optional.of(Step.RELEASE);
      case LawEvent.CommitsClosed _,
          LawEvent.OrderClosed _,
          LawEvent.Receipted _,
          LawEvent.Refused _,
          LawEvent.Missed _,
          LawEvent.GivenUp _,
          LawEvent.SlotClosed _,
          LawEvent.Outvoted _,
          LawEvent.Unrevealed _,
          LawEvent.Voided _,
          LawEvent.Demanded _,
          LawEvent.Answered _,
          LawEvent.Forfeited _,
          LawEvent.Parted _,
          LawEvent.Disproved _,
          LawEvent.SpecBound _,
          LawEvent.OfChallenge _ ->
          Optional.empty();
    };
  }

  boolean settled() {
    return blocks.containsKey(Step.SETTLE);
  }

  int times(Step step) {
    return times.getOrDefault(step, 0);
  }

  /// Of every step, all parties together.
  long gasUsed() {
    return gas.values().stream().mapToLong(Long::longValue).sum();
  }

  /// From the order's block to the settlement's.
  long length() {
    return blocks.getOrDefault(Step.SETTLE, 0L) - blocks.getOrDefault(Step.ORDER, 0L);
  }
}
