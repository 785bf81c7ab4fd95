package hooke.chain;

import org.jspecify.annotations.Nullable;

/// A contract refused a call, in simulation (no gas was spent) or on chain.
public final class Reverted extends ChainException {
  private static final long serialVersionUID = 1L;

  private final transient Revert revert;

  public Reverted(String what, Revert revert) {
    this(what, revert, null);
  }

  public Reverted(String what, Revert revert, @Nullable Throwable cause) {
    super(Code.REVERTED, what + ": " + revert.sentence(), cause);
    this.revert = revert;
  }

  public Revert revert() {
    return revert;
  }
}
