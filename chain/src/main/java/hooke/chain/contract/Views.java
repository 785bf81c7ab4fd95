package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.WrongChain;
import hooke.chain.rpc.ChainClient;

/// What both facades say when an answer makes no sense.
final class Views {
  private Views() {}

  /// An address without code answers every question with nothing.
  static WrongChain notThere(
      ChainClient client, Address address, String function, RuntimeException cause) {
    return new WrongChain(
        "the answer of %s at %s on %s makes no sense (%s): no such contract there, or another version"
            .formatted(function, address, client.endpoints(), cause.getMessage()),
        cause);
  }
}
