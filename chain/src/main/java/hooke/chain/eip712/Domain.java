package hooke.chain.eip712;

import hooke.chain.Address;
import hooke.chain.Bytes32;

/// Where a signature is valid: one contract on one chain.
///
/// @param name and `version`: as the contract's `eip712Domain()` says
public record Domain(String name, String version, long chainId, Address contract) {
  private static final Bytes32 TYPE =
      Struct.type(
          "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

  /// The domain of Hooke's own structs.
  public static Domain hooke(long chainId, Address contract) {
    return new Domain("Hooke", "1", chainId, contract);
  }

  Bytes32 separator() {
    return Struct.hash(
        TYPE,
        Struct.text(name),
        Struct.text(version),
        Struct.number(chainId),
        Struct.address(contract));
  }
}
