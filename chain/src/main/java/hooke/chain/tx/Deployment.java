package hooke.chain.tx;

import hooke.chain.Address;
import hooke.chain.contract.CreationCode;
import hooke.chain.rpc.ChainClient;
import hooke.chain.wallet.Signer;
import java.util.HashMap;
import java.util.Map;

/// Puts the law on a chain that has none: a devnet's or a test's.
///
/// @param block the block before both exist for certain: where a follower may start
public record Deployment(Address token, Address hooke, long block) {

  /// Deploys the devnet token, the libraries the law is split into, and the law.
  public static Deployment deploy(ChainClient client, Signer deployer) throws InterruptedException {
    long block = client.latestNumber();
    Transactions transactions = new Transactions(client);
    Address token = transactions.create("deploy the token", CreationCode.token(), deployer);
    Map<String, Address> libraries = new HashMap<>();
    for (String library : CreationCode.libraries()) {
      libraries.put(
          library,
          transactions.create("deploy " + library, CreationCode.library(library), deployer));
    }
    Address hooke =
        transactions.create("deploy Hooke", CreationCode.hooke(token, libraries), deployer);
    return new Deployment(token, hooke, block);
  }
}
