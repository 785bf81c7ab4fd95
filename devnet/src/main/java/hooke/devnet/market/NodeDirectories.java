package hooke.devnet.market;

import hooke.chain.contract.NodeProfile;
import hooke.chain.wallet.Signer;
import hooke.node.config.Network;
import java.nio.file.Path;

/// Makes the directory that a provider node runs from: configuration, key, certificate.
public interface NodeDirectories {
  /// What the chain has to be told about the node, and the key that consents to it.
  record Prepared(NodeProfile profile, Signer key) {}

  /// Sees to it that `directory` holds a node for `network` whose API listens on `port` of the
  /// loopback interface; what is there stays as it is.
  Prepared prepare(Path directory, Network network, int port);
}
