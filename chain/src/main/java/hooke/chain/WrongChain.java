package hooke.chain;

import org.jspecify.annotations.Nullable;

/// The chain behind the URL is not the one this state belongs to: another network, a devnet that
/// was started anew, or one whose contract is another law.
public final class WrongChain extends ChainException {
  private static final long serialVersionUID = 1L;

  public WrongChain(String message) {
    this(message, null);
  }

  public WrongChain(String message, @Nullable Throwable cause) {
    super(Code.WRONG_CHAIN, message, cause);
  }
}
