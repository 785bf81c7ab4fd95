package hooke.chain.tx;

import hooke.chain.Address;
import hooke.chain.contract.CreationCode;
import hooke.chain.rpc.ChainClient;
import hooke.chain.wallet.Signer;
import java.util.ArrayList;
import java.util.List;

/// Puts the law on a chain that has none: a devnet's or a test's.
///
/// @param block the block before both exist for certain: where a follower may start
public record Deployment(Address token, Address hooke, long block) {

  /// Deploys the devnet token, the parts of the law, and the law.
  public static Deployment deploy(ChainClient client, Signer deployer) throws InterruptedException {
    long block = client.latestNumber();
    Transactions transactions = new Transactions(client);
    Address token = transactions.create("deploy the token", CreationCode.token(), deployer);
    List<Address> parts = new ArrayList<>();
    for (String part : CreationCode.PARTS) {
      parts.add(transactions.create("deploy " + part, CreationCode.part(part), deployer));
    }
    Address hooke = transactions.create("deploy Hooke", CreationCode.hooke(token, parts), deployer);
    return new Deployment(token, hooke, block);
  }
}
