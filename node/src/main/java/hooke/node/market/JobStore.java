package hooke.node.market;

import java.util.List;

/// Where jobs outlive the process. Every write is durable when it returns; one that cannot be is a
/// [hooke.storage.StorageFailure], after which the node must stop rather than promise what it may
/// forget.
public interface JobStore extends AutoCloseable {
  /// The first fencing number of this start: larger than any of earlier ones.
  long nextStart();

  /// Keeps a job in place of an earlier one of the same slot.
  void put(Job job);

  /// Forgets a job; nothing if there is none.
  void remove(Job job);

  /// Every job, by order and slot.
  List<Job> all();

  @Override
  void close();
}
