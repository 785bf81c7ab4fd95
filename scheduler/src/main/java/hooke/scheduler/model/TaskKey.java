package hooke.scheduler.model;

import java.util.Comparator;

/// One slot of one order: what a node bids for and runs.
///
/// @param order the order's id in its text form; opaque here
/// @param slot 0 to 2^31-1
public record TaskKey(String order, int slot) implements Comparable<TaskKey> {

  private static final Comparator<TaskKey> ORDER =
      Comparator.comparing(TaskKey::order).thenComparingInt(TaskKey::slot);

  public TaskKey {
    Require.text("order", order);
    Require.range("slot", slot, 0, Integer.MAX_VALUE);
  }

  @Override
  public int compareTo(TaskKey other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return order + "/" + slot;
  }
}
