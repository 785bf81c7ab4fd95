package hooke.chain.eip712;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;

/// ERC-2612: allows `spender` to take `value` tokens of `owner`, without a transaction of the
/// owner. Its domain is the token's.
///
/// @param nonce the owner's current permit nonce at the token
/// @param deadline unix seconds
public record Permit(Address owner, Address spender, Wei value, long nonce, long deadline)
    implements TypedData {
  private static final Bytes32 TYPE =
      Struct.type(
          "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

  @Override
  public Bytes32 structHash() {
    return Struct.hash(
        TYPE,
        Struct.address(owner),
        Struct.address(spender),
        Struct.number(value),
        Struct.number(nonce),
        Struct.number(deadline));
  }
}
