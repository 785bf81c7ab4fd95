package hooke.node.market;

import hooke.chain.Bytes32;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Specs that gave no result here, on disk: a bond was lost, or a part of it, and most likely would
/// be again by the next order of the same. What lay in this machine alone (its disk, its being
/// away) says nothing about the spec, so that is tried again after [#PAUSE]; all else never, unless
/// the operator clears it. Any thread.
public final class Declined {
  private static final Logger LOG = LoggerFactory.getLogger(Declined.class);

  /// Long enough to count once in what may be lost in an hour.
  static final Duration PAUSE = Duration.ofHours(1);

  /// Each took a bond to get here; beyond, the oldest is forgotten.
  static final int MOST = 1_000;

  private final JobStore store;
  private final Clock clock;
  private final Map<Bytes32, DeclinedSpec> known = new ConcurrentHashMap<>();

  Declined(JobStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
    store.declined().forEach(each -> known.put(each.spec(), each));
  }

  /// Notes that a slot gave no result.
  ///
  /// @param own whether the cause lies in this machine alone
  void add(OrderView order, int slot, String why, boolean own) {
    Bytes32 spec = order.terms().spec();
    Instant now = clock.instant();
    DeclinedSpec before = known.get(spec);
    if (own && before != null && before.until().isEmpty()) {
      return;
    }
    DeclinedSpec added =
        new DeclinedSpec(
            spec,
            order.id(),
            slot,
            order.terms().consumer(),
            why,
            now,
            own ? Optional.of(now.plus(PAUSE)) : Optional.empty());
    store.put(added);
    known.put(spec, added);
    LOG.warn(
        "no order of spec {} is bid for {}: order {} gave no result here: {}",
        spec,
        own ? "before " + now.plus(PAUSE) : "any more",
        order.id().prefix(12),
        why);
    if (known.size() > MOST) {
      known.values().stream()
          .min(Comparator.comparing(DeclinedSpec::at))
          .ifPresent(oldest -> clear(oldest.spec()));
    }
  }

  /// Why no order of a spec is bid for; empty if any may be.
  Optional<DeclinedSpec> find(Bytes32 spec) {
    return Optional.ofNullable(known.get(spec)).filter(found -> found.holds(clock.instant()));
  }

  /// All that hold, the latest first.
  public List<DeclinedSpec> all() {
    Instant now = clock.instant();
    return known.values().stream()
        .filter(each -> each.holds(now))
        .sorted(Comparator.comparing(DeclinedSpec::at).reversed())
        .toList();
  }

  /// Lets a spec be bid for again.
  ///
  /// @return false if it was not declined
  public boolean clear(Bytes32 spec) {
    DeclinedSpec before = known.get(spec);
    if (before == null) {
      return false;
    }
    store.removeDeclined(spec);
    known.remove(spec);
    return before.holds(clock.instant());
  }
}
