package hooke.scheduler.model;

import java.util.List;

/// What a node offers to the market as a whole.
///
/// @param total everything that may be promised at one instant; what the node itself needs, and
///   disk that holds kept results, is already taken off
/// @param workers tasks that may run at once, 1 to 100,000
public record Capacity(Resources total, int workers) {

  /// The largest number of workers.
  public static final int MAX_WORKERS = 100_000;

  public Capacity {
    Require.range("workers", workers, 1, MAX_WORKERS);
  }

  /// What an otherwise empty node lacks for `needed`; empty when it could run it.
  public List<Shortfall> shortfall(Resources needed) {
    return needed.shortfall(total);
  }

  /// The largest share of any one resource that `needed` and `busy` workers take, in parts per
  /// million, rounded up. At most a million when they fit.
  public long dominantPpm(Resources needed, int busy) {
    long share = MulDiv.upSaturated(busy, 1_000_000, workers);
    share = Math.max(share, sharePpm(needed.cpuMillis(), total.cpuMillis()));
    share = Math.max(share, sharePpm(needed.memoryBytes(), total.memoryBytes()));
    return Math.max(share, sharePpm(needed.diskBytes(), total.diskBytes()));
  }

  private static long sharePpm(long part, long whole) {
    return part == 0 ? 0 : MulDiv.upSaturated(part, 1_000_000, Math.max(1, whole));
  }
}
