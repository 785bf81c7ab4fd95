package hooke.node.market;

import hooke.node.config.Network;
import hooke.node.runtime.Isolation;

/// Whose programs a node runs. Anyone's where they are isolated from the machine, and on a devnet,
/// where whoever orders has the machine anyway; else those of its own operator alone.
///
/// @param anyone whether strangers' programs are run
/// @param explanation for the operator: what stands around workers, and what follows from it
public record Clientele(boolean anyone, String explanation) {

  /// Of a node on `network` whose workers are isolated so.
  public static Clientele of(Network network, Isolation isolation) {
    if (isolation.holds()) {
      return new Clientele(true, isolation.description());
    }
    if (network.isDevnet()) {
      return new Clientele(true, isolation.description() + "; taken here because this is a devnet");
    }
    return new Clientele(
        false,
        isolation.description()
            + "; strangers' work is refused: put bubblewrap on this machine and start the node again");
  }
}
