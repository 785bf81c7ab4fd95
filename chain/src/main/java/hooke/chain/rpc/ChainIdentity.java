package hooke.chain.rpc;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.WrongChain;

/// Which world some state belongs to. A restarted Hardhat node has the old chain id and a new
/// genesis block: state of the old world must never be mixed with the new one.
public record ChainIdentity(long chainId, Bytes32 genesisHash, Address contract) {

  /// Asks the chain who it is.
  public static ChainIdentity of(ChainClient client, Address contract) {
    return new ChainIdentity(client.chainId(), client.genesisHash(), contract);
  }

  /// Compares the chain behind `client` with this identity; also that the contract is there.
  ///
  /// @throws WrongChain in a sentence that says what differs and what to do
  public void verify(ChainClient client) {
    long foundId = client.chainId();
    if (foundId != chainId) {
      throw new WrongChain(
          "%s is chain %d, but this state belongs to chain %d: give the URL of the right chain"
              .formatted(client.endpoints(), foundId, chainId));
    }
    Bytes32 foundGenesis = client.genesisHash();
    if (!foundGenesis.equals(genesisHash)) {
      throw new WrongChain(
          "%s was started anew (genesis %s, this state knows %s): what was on the old chain is gone; set up again with a fresh home"
              .formatted(client.endpoints(), foundGenesis.prefix(12), genesisHash.prefix(12)));
    }
    if (!client.hasCode(contract)) {
      throw new WrongChain(
          "there is no contract at %s on %s: give the address of Hooke on this chain"
              .formatted(contract, client.endpoints()));
    }
  }
}
