package hooke.node.task;

import hooke.chain.Wei;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// What one account has signed away to operators by vouchers, as far as it was noted. Vouchers are
/// for all so far, and only the operator sees them until it claims: without a note of its own the
/// account would have to believe what an operator says it was promised before.
public interface Promises {
  /// The total of the last voucher for an operator.
  Wei to(int operatorId);

  /// Notes a voucher before it is signed.
  void promise(int operatorId, Wei total);

  /// Notes for as long as the process lives.
  static Promises inMemory() {
    Map<Integer, Wei> totals = new ConcurrentHashMap<>();
    return new Promises() {
      @Override
      public Wei to(int operatorId) {
        return totals.getOrDefault(operatorId, Wei.ZERO);
      }

      @Override
      public void promise(int operatorId, Wei total) {
        totals.merge(operatorId, total, (a, b) -> a.compareTo(b) >= 0 ? a : b);
      }
    };
  }
}
