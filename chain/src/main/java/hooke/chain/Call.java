package hooke.chain;

import java.util.OptionalLong;

/// One call of a contract (or a plain transfer), ready to be simulated, sent or batched.
///
/// @param what name of the function, for logs and errors
/// @param value the chain's own coin that goes along; zero for everything Hooke does
/// @param gas a limit known in advance; empty: it is estimated when sent
public record Call(String what, Address to, Data data, Wei value, OptionalLong gas) {
  public static Call of(String what, Address to, Data data) {
    return new Call(what, to, data, Wei.ZERO, OptionalLong.empty());
  }

  /// Moves `value` of the chain's own coin to `to`.
  public static Call transfer(Address to, Wei value) {
    return new Call("transfer", to, Data.EMPTY, value, OptionalLong.empty());
  }

  public Call withGas(long limit) {
    return new Call(what, to, data, value, OptionalLong.of(limit));
  }
}
