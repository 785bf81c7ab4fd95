package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Whose turn it is to be made ready, where strangers ask for more than can be done at once.
///
/// Some places are for short work alone, so that it never waits for long work; the others are given
/// to long work first, so that short work cannot keep it away, either. Of each kind those go first
/// who have had the least of this node's time lately, and last of all those who have had more than
/// they stand for with what their live orders hold in the vault: such a one's work is even stopped,
/// when it is long and another one waits for its place. What was promised goes before everything,
/// and takes no place.
///
/// Time that was had fades: half of it is forgotten every [#HALF_LIFE]. Owned by one thread.
final class Turns {
  /// What is short and takes longer than this was not short.
  static final Duration SHORT = Duration.ofSeconds(10);

  static final Duration HALF_LIFE = Duration.ofMinutes(20);

  /// Whatever has faded to less is forgotten.
  private static final long NOTHING_MILLIS = 100;

  /// Work for one who asks for it.
  record Work(Bytes32 spec, Address consumer) {}

  /// Work that could begin.
  ///
  /// @param isLong as far as one can tell before
  /// @param allowance time that the consumer stands for
  /// @param promised whether a bond is at stake already
  record Wish(Work work, boolean isLong, Duration allowance, boolean promised) {}

  private record Running(Wish wish, Instant since) {}

  private record Had(double millis, Instant at) {}

  private final int places;
  private final int longPlaces;
  private final int placesOfOne;
  private final Clock clock;
  private final Map<Work, Running> running = new HashMap<>();
  private final Map<Address, Had> had = new HashMap<>();

  /// @param places for all work together
  /// @param longPlaces how many of them long work may take
  /// @param placesOfOne how many of them one consumer may take
  Turns(int places, int longPlaces, int placesOfOne, Clock clock) {
    this.places = places;
    this.longPlaces = longPlaces;
    this.placesOfOne = placesOfOne;
    this.clock = clock;
  }

  /// Those whose turn it is; they count as begun. Of equals the first one goes first.
  List<Wish> begin(List<Wish> wishes) {
    List<Wish> waiting = new ArrayList<>();
    List<Wish> begun = new ArrayList<>();
    for (Wish wish : wishes) {
      if (!running.containsKey(wish.work())) {
        (wish.promised() ? begun : waiting).add(wish);
      }
    }
    begun.forEach(this::enter);
    Optional<Wish> next = next(waiting);
    while (next.isPresent()) {
      enter(next.get());
      waiting.remove(next.get());
      begun.add(next.get());
      next = next(waiting);
    }
    return begun;
  }

  private void enter(Wish wish) {
    running.put(wish.work(), new Running(wish, clock.instant()));
  }

  private Optional<Wish> next(List<Wish> waiting) {
    int longs = count(each -> each.wish().isLong());
    int all = count(each -> true);
    if (all >= places) {
      return Optional.empty();
    }
    Optional<Wish> longWork = best(waiting, true);
    if (longWork.isPresent() && longs < longPlaces) {
      return longWork;
    }
    return best(waiting, false);
  }

  private int count(Predicate<Running> which) {
    return (int)
        running.values().stream().filter(each -> !each.wish().promised()).filter(which).count();
  }

  private Optional<Wish> best(List<Wish> waiting, boolean isLong) {
    return waiting.stream()
        .filter(wish -> wish.isLong() == isLong && heldBy(wish.work().consumer()) < placesOfOne)
        .min(
            Comparator.<Wish, Boolean>comparing(this::isOver)
                .thenComparingInt(wish -> heldBy(wish.work().consumer()))
                .thenComparing(wish -> had(wish.work().consumer())));
  }

  private int heldBy(Address consumer) {
    return count(each -> each.wish().work().consumer().equals(consumer));
  }

  /// Whether one has had more than it stands for.
  private boolean isOver(Wish wish) {
    return had(wish.work().consumer()).compareTo(wish.allowance()) > 0;
  }

  /// What is to be stopped, since another one waits that has a better right to the place: short
  /// work that was not short, and long work of one who has had more than it stands for.
  ///
  /// @param wishes as given to [#begin]
  List<Work> overdue(List<Wish> wishes) {
    List<Work> overdue = new ArrayList<>();
    for (Running each : running.values()) {
      if (each.wish().promised()) {
        continue;
      }
      boolean isLong = each.wish().isLong();
      boolean isDue =
          isLong
              ? isOver(each.wish())
              : Duration.between(each.since(), clock.instant()).compareTo(SHORT) > 0;
      if (isDue
          && wishes.stream()
              .anyMatch(other ->
                  !running.containsKey(other.work())
                      && other.isLong() == isLong
                      && !other.work().consumer().equals(each.wish().work().consumer())
                      && !isOver(other))) {
        overdue.add(each.wish().work());
      }
    }
    return overdue;
  }

  /// Gives a place back.
  void end(Work work) {
    Running ended = running.remove(work);
    if (ended == null) {
      return;
    }
    Instant now = clock.instant();
    double took = Duration.between(ended.since(), now).toMillis();
    had.merge(
        work.consumer(),
        new Had(took, now),
        (before, more) -> new Had(faded(before, now) + more.millis(), now));
    had.values().removeIf(each -> faded(each, now) < NOTHING_MILLIS);
  }

  /// The time that one has had lately, with what it is having.
  Duration had(Address consumer) {
    Instant now = clock.instant();
    double millis = faded(had.get(consumer), now);
    for (Running each : running.values()) {
      if (each.wish().work().consumer().equals(consumer)) {
        millis += Duration.between(each.since(), now).toMillis();
      }
    }
    return Duration.ofMillis((long) millis);
  }

  private static double faded(@Nullable Had had, Instant now) {
    if (had == null) {
      return 0;
    }
    double lives = (double) Duration.between(had.at(), now).toMillis() / HALF_LIFE.toMillis();
    return had.millis() * Math.pow(0.5, Math.max(0, lives));
  }
}
