package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.Data;
import hooke.chain.Wei;
import java.util.List;

/// A contract that buys work, for tests here and above: it orders with its own tokens, and stands
/// by every digest that was marked beforehand (ERC-1271). Anybody may make it do both.
public final class Buyer {
  private static final Artifact ARTIFACT = Artifact.load("src/testing/Buyer.sol/Buyer.json");
  private static final List<Abi.Member> ARGUMENTS =
      List.of(
          new Abi.Member("hooke", new Abi.Type.Account(), false),
          new Abi.Member("noisy", new Abi.Type.Bool(), false));

  private final Address address;

  public Buyer(Address address) {
    this.address = address;
  }

  /// The code that creates one that buys from `hooke`.
  public static Data creationCode(Address hooke) {
    Data code = ARTIFACT.code();
    return Data.parse(
        code.hex() + Data.of(Abi.encode(ARGUMENTS, List.of(hooke, false))).hex().substring(2));
  }

  public Address address() {
    return address;
  }

  /// Deposits `amount` of its tokens and orders.
  public Call order(Terms terms, Wei amount) {
    return call("order", LawCodec.values(terms), amount);
  }

  /// From now on it stands by `digest`.
  public Call sign(Bytes32 digest) {
    return call("sign", digest);
  }

  private Call call(String function, Object... arguments) {
    return Call.of(function, address, ARTIFACT.abi().encode(function, arguments));
  }
}
