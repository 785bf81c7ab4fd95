package hooke.node.task;

import hooke.chain.Wei;

/// What may still be paid for keeping files, over all orders of one purchase. It falls before a
/// voucher leaves, and stays so whatever the node does then. One thread.
public final class UploadBudget {
  private Wei left;

  public UploadBudget(Wei most) {
    left = most;
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
