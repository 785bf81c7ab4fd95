package hooke.chain;

import org.jspecify.annotations.Nullable;

/// No endpoint answered.
public final class ChainUnreachable extends ChainException {
  private static final long serialVersionUID = 1L;

  public ChainUnreachable(String message, @Nullable Throwable cause) {
    super(Code.CHAIN_UNREACHABLE, message, cause);
  }
}
