package hooke.chain.rpc;

import hooke.chain.ChainException;
import hooke.chain.Data;

/// A simulated call or estimate reverted; the data is still undecoded. Facades turn it into a typed
/// [hooke.chain.Reverted].
public final class ExecutionReverted extends ChainException {
  private static final long serialVersionUID = 1L;

  private final transient Data data;

  ExecutionReverted(Data data, String message) {
    super(Code.REVERTED, message);
    this.data = data;
  }

  /// The revert data: a selector and its arguments; may be empty.
  public Data data() {
    return data;
  }
}
