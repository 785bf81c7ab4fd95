package hooke.devnet;

import hooke.devnet.process.DevnetState;
import java.util.function.Consumer;

/// Makes a market of a chain: contracts, wallets, node directories, registrations, stakes. Looks at
/// what is there and does only what is missing, so it may be cut off anywhere and run again.
public interface Founding {
  /// Does what is missing, on chain and on disk.
  ///
  /// @param state with a chain that answers and mines on demand if it is new
  /// @param keep called with the state after every step that must not be done twice
  /// @return the state with a deployed law; every node in it has a directory and is registered and
  ///   staked
  DevnetState found(DevnetState state, Consumer<DevnetState> keep);

  /// Waits until every node's API answers and says that it bids.
  void awaitBidding(DevnetState state);
}
