package hooke.chain;

/// A contract refused a call, in simulation (no gas was spent) or on chain.
public final class Reverted extends ChainException {
  private static final long serialVersionUID = 1L;

  private final transient Revert revert;

  public Reverted(String what, Revert revert) {
    super(Code.REVERTED, what + ": " + revert.sentence());
    this.revert = revert;
  }

  public Revert revert() {
    return revert;
  }
}
