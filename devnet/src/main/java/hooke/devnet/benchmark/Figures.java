package hooke.devnet.benchmark;

import java.util.Collection;
import java.util.List;

/// The arithmetic of reports.
final class Figures {
  private Figures() {}

  /// The middle one; of an even number the lower of the two, so that it was really measured. 0 of
  /// none.
  static long median(Collection<Long> values) {
    List<Long> sorted = values.stream().sorted().toList();
    return sorted.isEmpty() ? 0 : sorted.get((sorted.size() - 1) / 2);
  }

  /// The value that 99 of 100 do not exceed. 0 of none.
  static long percentile99(Collection<Long> values) {
    List<Long> sorted = values.stream().sorted().toList();
    return sorted.isEmpty() ? 0 : sorted.get((sorted.size() * 99 + 99) / 100 - 1);
  }
}
