package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.contract.Terms;

/// Reads a jury's order: a quorum, bought by the law itself, that reruns one task of another order
/// ([hooke.chain.contract.HookeContract#juryTermsOf] has its terms).
final class Juries {
  private Juries() {}

  /// @param law the law's address
  static boolean isJury(Terms terms, Address law) {
    return terms.consumer().equals(law);
  }

  /// The index, in the order that is judged, of the task that a jury reruns.
  static int index(Terms jury) {
    return (int) (jury.nonce() >>> 8);
  }
}
