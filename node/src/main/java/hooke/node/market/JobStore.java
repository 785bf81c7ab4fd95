package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.eip712.SignedVoucher;
import hooke.node.spec.ResultLeaf;
import java.util.List;
import java.util.Optional;

/// Where jobs, and vouchers that were taken, outlive the process. Every write is durable when it
/// returns; one that cannot be is a [hooke.storage.StorageFailure], after which the node must stop
/// rather than promise what it may forget.
public interface JobStore extends AutoCloseable {
  /// The first fencing number of this start: larger than any of earlier ones.
  long nextStart();

  /// Keeps a job in place of an earlier one of the same slot. With the same write it forgets the
  /// leaves of earlier assignments, and all of them when the job is over: its result has them.
  void put(Job job);

  /// Forgets a job and its leaves; nothing if there is none.
  void remove(Job job);

  /// Keeps what one finished task of an array's slot gave, while others of the slot run. Any
  /// thread.
  void put(Job job, ResultLeaf leaf);

  /// What [#put(Job, ResultLeaf)] kept for the job's assignment, by index. What was damaged is left
  /// out, so there may be gaps. Any thread.
  List<ResultLeaf> leaves(Job job);

  /// One of [#leaves]. Any thread.
  Optional<ResultLeaf> leaf(Job job, int index);

  /// Every job, by order and slot.
  List<Job> all();

  /// Keeps a voucher in place of the same consumer's earlier one for the same operator. Any thread.
  void put(SignedVoucher voucher);

  /// The latest voucher of each consumer for each operator.
  List<SignedVoucher> vouchers();

  /// Keeps why a spec is declined, in place of an earlier reason. Any thread.
  void put(DeclinedSpec declined);

  /// Forgets why a spec is declined; nothing if it is not. Any thread.
  void removeDeclined(Bytes32 spec);

  /// Every spec that is declined.
  List<DeclinedSpec> declined();

  @Override
  void close();
}
