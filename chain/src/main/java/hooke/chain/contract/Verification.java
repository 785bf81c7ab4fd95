package hooke.chain.contract;

/// How a consumer wants to be convinced of a result. The order is the law's.
public enum Verification {
  /// One provider; the consumer's signed receipt settles, silence settles too.
  ATTENDED,
  /// One provider, challenges within a window. Not in the law yet.
  OPTIMISTIC,
  /// Several drawn providers commit and reveal; equal results are paid.
  QUORUM
}
