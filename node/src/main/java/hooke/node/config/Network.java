package hooke.node.config;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.rpc.ChainIdentity;
import java.net.URI;
import java.util.List;

/// One deployment of the law and the ways to reach its chain. The same lines stand in a node's
/// configuration, in the command line's, and in what a devnet hands to newcomers.
///
/// @param rpc JSON-RPC URLs, the preferred one first
/// @param genesis hash of block 0: a devnet that was started anew is another world
/// @param contract address of Hooke
/// @param token address of the payment token
/// @param deployBlock no event of the contract is older
/// @param privateNodes whether its nodes may have loopback and private addresses
public record Network(
    List<URI> rpc,
    long chainId,
    Bytes32 genesis,
    Address contract,
    Address token,
    long deployBlock,
    boolean privateNodes) {

  private static final int MAX_ENDPOINTS = 16;
  private static final long DEVNET_CHAIN = 31_337;

  public Network {
    rpc = List.copyOf(rpc);
  }

  /// A network whose nodes are reached as its chain is: where that has a loopback or private
  /// address, they may, too.
  public Network(
      List<URI> rpc,
      long chainId,
      Bytes32 genesis,
      Address contract,
      Address token,
      long deployBlock) {
    this(
        rpc,
        chainId,
        genesis,
        contract,
        token,
        deployBlock,
        rpc.stream().allMatch(url -> Reach.isPrivate(url.getHost())));
  }

  /// Which addresses of its nodes are connected to.
  public Reach reach() {
    return privateNodes ? Reach.PRIVATE : Reach.PUBLIC;
  }

  /// Whether this is a development chain on this machine (chain 31337, as Hardhat and Anvil have
  /// it, behind loopback addresses): whoever may order there can run programs here anyway.
  public boolean isDevnet() {
    return chainId == DEVNET_CHAIN && rpc.stream().allMatch(Network::isLoopback);
  }

  /// By its spelling, since what a name server answers is not ours to trust.
  private static boolean isLoopback(URI uri) {
    String host = uri.getHost();
    return host.equals("localhost")
        || host.equals("[::1]")
        || host.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
  }

  /// Reads a section that [#toYaml] wrote.
  public static Network read(Yaml section) {
    List<URI> rpc = section.texts("rpc").stream().map(text -> uri(section, text)).toList();
    if (rpc.isEmpty() || rpc.size() > MAX_ENDPOINTS) {
      throw section.fail("rpc", "name one to sixteen URLs, such as http://127.0.0.1:8545");
    }
    Network read =
        new Network(
            rpc,
            section.number("chainId", DEVNET_CHAIN, 1, Long.MAX_VALUE),
            section.value("genesis", Bytes32::parse),
            section.value("contract", Address::parse),
            section.value("token", Address::parse),
            section.number("deployBlock", 0, 0, Long.MAX_VALUE));
    return new Network(
        rpc,
        read.chainId,
        read.genesis,
        read.contract,
        read.token,
        read.deployBlock,
        section.flag("privateNodes", read.isDevnet()));
  }

  private static URI uri(Yaml section, String text) {
    try {
      URI uri = URI.create(text);
      if (uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // Falls through to the one sentence about what a URL looks like.
    }
    throw section.fail("rpc", "'" + text + "' is not a URL such as http://127.0.0.1:8545");
  }

  /// The section as YAML lines, each indented by `indent`.
  public String toYaml(String indent) {
    return """
    rpc: [%s]
    chainId: %d
    genesis: "%s"
    contract: "%s"
    token: "%s"
    deployBlock: %d
    privateNodes: %s
    """
        .formatted(
            String.join(", ", rpc.stream().map(URI::toString).toList()),
            chainId,
            genesis,
            contract,
            token,
            deployBlock,
            privateNodes)
        .indent(indent.length());
  }

  public ChainIdentity identity() {
    return new ChainIdentity(chainId, genesis, contract);
  }
}
