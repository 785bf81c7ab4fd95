package hooke.chain.wallet;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Signature;

/// Signs in the name of one account. Thread-safe.
public interface Signer {
  Address address();

  /// Signs a 32-byte digest as it is (no prefix): a transaction's hash or an EIP-712 digest.
  Signature sign(Bytes32 digest);
}
