package hooke.chain.tx;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.Keccak;
import hooke.chain.Signature;
import hooke.chain.Wei;
import hooke.chain.rpc.Fees;
import hooke.chain.wallet.Signer;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;
import org.web3j.crypto.RawTransaction;
import org.web3j.crypto.Sign;
import org.web3j.crypto.TransactionEncoder;

/// A signed EIP-1559 transaction.
record SignedTx(Bytes32 hash, Data raw) {
  /// Builds and signs.
  ///
  /// @param to null: creates a contract from `data`
  @SuppressWarnings("NullAway") // web3j takes null as the address of a creation.
  static SignedTx sign(
      long chainId,
      long nonce,
      Fees fees,
      long gas,
      @Nullable Address to,
      Data data,
      Wei value,
      Signer signer) {
    RawTransaction transaction =
        RawTransaction.createTransaction(
            chainId,
            BigInteger.valueOf(nonce),
            BigInteger.valueOf(gas),
            to == null ? null : to.toString(),
            value.value(),
            data.hex(),
            fees.priority(),
            fees.max());
    Signature signature = signer.sign(Keccak.hash(TransactionEncoder.encode(transaction)));
    byte[] raw =
        TransactionEncoder.encode(
            transaction,
            new Sign.SignatureData(
                (byte) signature.v(), signature.r().bytes(), signature.s().bytes()));
    return new SignedTx(Keccak.hash(raw), Data.of(raw));
  }
}
