package hooke.chain.rpc;

import hooke.chain.ChainException;

/// An endpoint answered a request with an error of its own (not a contract's).
public final class RpcRefused extends ChainException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  RpcRefused(String method, String url, int errorCode, String reason) {
    super(
        Code.RPC_REFUSED, "%s refused %s: %s (code %d)".formatted(url, method, reason, errorCode));
    this.reason = reason;
  }

  /// The endpoint's own words.
  public String reason() {
    return reason;
  }
}
