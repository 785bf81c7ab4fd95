package hooke.chain.eip712;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.Keccak;
import hooke.chain.Signature;
import hooke.chain.wallet.Signer;
import hooke.chain.wallet.Wallet;
import java.util.Optional;

/// Something that can be signed under EIP-712.
public sealed interface TypedData
    permits Receipt, AccessToken, NodeConsent, Permit, Voucher, AnchorStatement {
  /// `hashStruct` of EIP-712.
  Bytes32 structHash();

  /// What is signed: bound to the struct and to the domain.
  default Bytes32 digest(Domain domain) {
    return Keccak.hash(new byte[] {0x19, 0x01}, domain.separator().bytes(), structHash().bytes());
  }

  default Signature sign(Domain domain, Signer signer) {
    return signer.sign(digest(domain));
  }

  /// Who signed this in `domain`; empty if nobody can have. Accounts that are contracts sign by
  /// ERC-1271: ask the chain.
  default Optional<Address> signer(Domain domain, Data signature) {
    return Wallet.recover(digest(domain), signature);
  }
}
