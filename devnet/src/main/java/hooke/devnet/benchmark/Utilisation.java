package hooke.devnet.benchmark;

import java.util.Collection;

/// How busy runs kept slots: busy slot seconds by available ones, from `from` until the last run
/// ended.
///
/// @param busy milliseconds, all slots together
/// @param available milliseconds, all slots together
record Utilisation(long busy, long available) {

  /// @param slots that could have been busy all the time
  /// @param from unix milliseconds
  static Utilisation of(Collection<Purchase.Run> runs, int slots, long from) {
    long until = runs.stream().mapToLong(Purchase.Run::end).max().orElse(from);
    long busy = runs.stream().mapToLong(Purchase.Run::millis).sum();
    return new Utilisation(busy, slots * (until - from));
  }

  double share() {
    return available == 0 ? 0 : (double) busy / available;
  }
}
