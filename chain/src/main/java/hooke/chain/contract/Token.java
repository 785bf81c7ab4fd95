package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Call;
import hooke.chain.Wei;
import hooke.chain.eip712.Domain;
import hooke.chain.eip712.Permit;
import hooke.chain.rpc.At;
import hooke.chain.rpc.ChainClient;
import hooke.chain.rpc.ExecutionReverted;

/// The payment token: ERC-20 with permits (ERC-2612). [#mint] works on a devnet's token only, where
/// anyone may.
public final class Token {
  private static final Abi ABI = Artifact.TOKEN.abi();

  private final ChainClient client;
  private final Address address;

  public Token(ChainClient client, Address address) {
    this.client = client;
    this.address = address;
  }

  public Address address() {
    return address;
  }

  public Call transfer(Address to, Wei amount) {
    return call("transfer", to, amount);
  }

  public Call approve(Address spender, Wei amount) {
    return call("approve", spender, amount);
  }

  public Call mint(Address account, Wei amount) {
    return call("mint", account, amount);
  }

  public Wei balanceOf(Address account) {
    return view("balanceOf", account).wei("0");
  }

  public Wei allowance(Address owner, Address spender) {
    return view("allowance", owner, spender).wei("0");
  }

  public String symbol() {
    return view("symbol").text("0");
  }

  /// A permit for the owner's current nonce, to be signed in [#domain].
  public Permit permit(Address owner, Address spender, Wei amount, long deadline) {
    return new Permit(owner, spender, amount, view("nonces", owner).int64("0"), deadline);
  }

  /// The token's own EIP-712 domain (ERC-5267).
  public Domain domain() {
    Fields f = view("eip712Domain");
    return new Domain(
        f.text("name"), f.text("version"), f.int64("chainId"), f.address("verifyingContract"));
  }

  private Call call(String function, Object... arguments) {
    return Call.of(function, address, ABI.encode(function, arguments));
  }

  private Fields view(String function, Object... arguments) {
    Call call = call(function, arguments);
    try {
      return ABI.result(function, client.call(call, Address.ZERO, At.LATEST));
    } catch (ExecutionReverted e) {
      throw Reverts.explain(call, e);
    } catch (Abi.UnreadableException e) {
      throw Views.notThere(client, address, function, e);
    }
  }
}
