package hooke.chain.rpc;

/// Which state a question is asked of.
public enum At {
  /// The newest block.
  LATEST,
  /// The block being built: the endpoint's own guess, with its mempool applied and the next block's
  /// number and time.
  PENDING;

  String tag() {
    return switch (this) {
      case LATEST -> "latest";
      case PENDING -> "pending";
    };
  }
}
