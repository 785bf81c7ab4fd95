package hooke.node.cli;

import hooke.chain.Address;
import hooke.chain.contract.DeployedCode;
import hooke.chain.contract.HookeContract;
import hooke.chain.rpc.ChainClient;
import hooke.chain.rpc.ChainIdentity;
import hooke.node.config.Network;
import java.net.URI;
import java.util.List;

/// What a stranger needs to join a market, in one word: `RPC-URL#CONTRACT`, the URL of a chain that
/// he trusts and the address of Hooke on it. All else the chain itself says.
final class JoinLink {
  private JoinLink() {}

  /// Whether a word is meant as a link, and not as the name of a network.
  static boolean isOne(String word) {
    return word.contains("://");
  }

  /// Asks the chain.
  ///
  /// @throws CliException if it is no link
  /// @throws hooke.chain.ChainException if the chain does not answer, or has no such contract
  static Network resolve(String link) {
    int hash = link.indexOf('#');
    if (hash < 0) {
      throw new CliException(
          ExitCode.USAGE,
          "--join " + link + " does not say which contract",
          "write RPC-URL#CONTRACT, such as http://127.0.0.1:8545#0x5FC8d32690cc91D4c39d9d3abcBD16989F875707");
    }
    Address contract;
    URI rpc;
    try {
      rpc = URI.create(link.substring(0, hash));
      contract = Address.parse(link.substring(hash + 1));
      if (rpc.getHost() == null || !List.of("http", "https").contains(rpc.getScheme())) {
        throw new IllegalArgumentException(rpc + " is no http or https URL");
      }
    } catch (IllegalArgumentException e) {
      throw new CliException(
          ExitCode.USAGE, "--join " + link + ": " + e.getMessage(), "write RPC-URL#CONTRACT");
    }
    try (ChainClient chain = ChainClient.of(List.of(rpc), ChainClient.TIMEOUT)) {
      ChainIdentity identity = ChainIdentity.of(chain, contract);
      identity.verify(chain);
      DeployedCode.verify(chain, contract);
      return new Network(
          List.of(rpc),
          identity.chainId(),
          identity.genesisHash(),
          contract,
          new HookeContract(chain, contract).token(),
          0);
    }
  }

  /// What to call a network in `config.yaml` that nobody has named.
  static String nameOf(Network network) {
    return "hooke-"
        + network.chainId()
        + "-"
        + network.contract().toString().substring(2, 10).toLowerCase(java.util.Locale.ROOT);
  }
}
