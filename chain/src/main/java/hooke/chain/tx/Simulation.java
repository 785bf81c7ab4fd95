package hooke.chain.tx;

import hooke.chain.Address;
import hooke.chain.Call;
import hooke.chain.ChainException;
import hooke.chain.Revert;
import hooke.chain.Reverted;
import hooke.chain.contract.Reverts;
import hooke.chain.rpc.At;
import hooke.chain.rpc.ChainClient;
import hooke.chain.rpc.ExecutionReverted;
import hooke.chain.rpc.RpcRefused;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tries a call before it costs gas.
///
/// The newest block is asked first: that is cheap. Only when it says no is the pending block asked,
/// whose number and time are those the transaction will meet; its word counts. So what becomes
/// possible with the next block is sent in time for it.
final class Simulation {
  /// Room over the estimate, for a state that changes before the transaction is mined.
  private static final long SPARE_GAS = 30_000;

  private Simulation() {}

  /// The gas limit to send `call` with.
  ///
  /// @throws Reverted if the law refuses it
  static long gasLimit(ChainClient client, Call call, Address from) {
    try {
      try {
        return limit(client, call, from, At.LATEST);
      } catch (ExecutionReverted e) {
        return limit(client, call, from, At.PENDING);
      }
    } catch (ExecutionReverted e) {
      throw Reverts.explain(call, e);
    } catch (RpcRefused e) {
      throw refused(e.reason(), from, e);
    }
  }

  /// Why a mined transaction failed, as far as it can still be found out.
  static Reverted mined(ChainClient client, Call call, Address from) {
    try {
      client.call(call, from, At.LATEST);
    } catch (ExecutionReverted e) {
      return Reverts.explain(call, e);
    } catch (ChainException e) {
      // The reason is a courtesy; the failure is reported all the same.
      return lost(call);
    }
    return lost(call);
  }

  /// An endpoint's refusal of a transaction, typed where its words are known.
  static ChainException refused(String reason, Address from, @Nullable RuntimeException cause) {
    String words = reason.toLowerCase(Locale.ROOT);
    if (words.contains("insufficient funds")
        || words.contains("enough funds")
        || words.contains("insufficient balance")) {
      return new ChainException(
          ChainException.Code.NO_GAS_MONEY,
          "%s cannot pay for gas: send it some of the chain's own coin".formatted(from),
          cause);
    }
    return new ChainException(
        ChainException.Code.RPC_REFUSED, "the chain refused the transaction: " + reason, cause);
  }

  private static Reverted lost(Call call) {
    return new Reverted(
        call.what(),
        new Revert(
            Revert.LOST,
            Map.of(),
            "it was mined and failed; somebody else was faster, or gas ran out"));
  }

  private static long limit(ChainClient client, Call call, Address from, At at) {
    if (call.gas().isPresent()) {
      client.call(call, from, at);
      return call.gas().getAsLong();
    }
    long estimate = client.estimateGas(call, from, at);
    return estimate + estimate / 4 + SPARE_GAS;
  }
}
