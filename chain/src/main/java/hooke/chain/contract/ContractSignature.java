package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.Data;
import hooke.chain.rpc.At;
import hooke.chain.rpc.ChainClient;
import hooke.chain.rpc.ExecutionReverted;
import hooke.chain.rpc.RpcRefused;
import java.util.Arrays;
import java.util.List;

/// Signatures of contracts (ERC-1271): the contract at the signer's address is asked. It is a
/// stranger's code, so it gets little gas, and whatever it does but say yes is a no.
final class ContractSignature {
  /// Enough for a few signatures of a multi-signature wallet.
  private static final long GAS = 500_000;

  /// `isValidSignature(bytes32,bytes)`: the selector, and the answer that means yes.
  private static final byte[] MAGIC = {0x16, 0x26, (byte) 0xba, 0x7e};

  private static final int MAX_SIGNATURE = 8_192;
  private static final List<Abi.Member> ARGUMENTS =
      List.of(
          new Abi.Member("digest", new Abi.Type.Fixed(32), false),
          new Abi.Member("signature", new Abi.Type.Bytes(), false));

  private ContractSignature() {}

  static boolean isValid(ChainClient client, Address account, Bytes32 digest, Data signature) {
    if (signature.isEmpty() || signature.size() > MAX_SIGNATURE || !client.hasCode(account)) {
      return false;
    }
    byte[] arguments = Abi.encode(ARGUMENTS, List.of(digest, signature));
    byte[] data = Arrays.copyOf(MAGIC, MAGIC.length + arguments.length);
    System.arraycopy(arguments, 0, data, MAGIC.length, arguments.length);
    Call call = Call.of("isValidSignature", account, Data.of(data)).withGas(GAS);
    try {
      byte[] answer = client.call(call, Address.ZERO, At.LATEST).bytes();
      return answer.length == Bytes32.SIZE
          && Arrays.equals(answer, Arrays.copyOf(MAGIC, Bytes32.SIZE));
    } catch (ExecutionReverted | RpcRefused e) {
      return false; // Out of gas is a refusal in some endpoints' words.
    }
  }
}
