package hooke.node.task;

import hooke.chain.Wei;

/// What may still be paid for keeping files, over all orders of one purchase. It falls before a
/// voucher leaves, and stays so whatever the node does then. One thread.
public final class UploadBudget {
  private final Promises promises;
  private Wei left;

  public UploadBudget(Wei most) {
    this(most, Promises.inMemory());
  }

  /// @param promises what was signed away before
  public UploadBudget(Wei most, Promises promises) {
    left = most;
    this.promises = promises;
  }

  Promises promises() {
    return promises;
  }

  Wei left() {
    return left;
  }

  boolean covers(Wei amount) {
    return amount.compareTo(left) <= 0;
  }

  void spend(Wei amount) {
    left = left.minus(amount);
  }
}
