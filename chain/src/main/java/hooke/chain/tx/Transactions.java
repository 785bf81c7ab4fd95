package hooke.chain.tx;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.ChainException;
import hooke.chain.Data;
import hooke.chain.Wei;
import hooke.chain.rpc.At;
import hooke.chain.rpc.ChainClient;
import hooke.chain.rpc.RpcRefused;
import hooke.chain.rpc.TxReceipt;
import hooke.chain.wallet.Signer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// Sends transactions and waits for each: for commands. Nothing is kept on disk; what must survive
/// a crash goes through an [Outbox]. Any thread: nonces are given out one by one, so many may wait
/// for the same block.
public final class Transactions {
  private static final Duration POLL = Duration.ofMillis(50);

  private final ChainClient client;
  private final Duration patience;

  /// Held from asking for a nonce until the endpoint has the transaction that takes it.
  private final ReentrantLock nonces = new ReentrantLock();

  public Transactions(ChainClient client) {
    this(client, Duration.ofMinutes(2));
  }

  /// Waits as long as told.
  ///
  /// @param patience longest wait for a transaction to be mined
  public Transactions(ChainClient client, Duration patience) {
    this.client = client;
    this.patience = patience;
  }

  /// Simulates, signs, sends and waits until it is mined.
  ///
  /// @throws Reverted if the law refuses, before anything is spent if possible
  /// @throws ChainException `NO_GAS_MONEY`, `NOT_MINED`, `CHAIN_UNREACHABLE`
  public TxResult send(Call call, Signer signer) throws InterruptedException {
    long gas = Simulation.gasLimit(client, call, signer.address());
    Supplier<SignedTx> signed =
        () ->
            SignedTx.sign(
                client.chainId(),
                client.nonce(signer.address(), At.PENDING),
                client.fees(),
                gas,
                call.to(),
                call.data(),
                call.value(),
                signer);
    TxReceipt receipt = sendAndWait(call.what(), signed, signer.address());
    if (!receipt.succeeded()) {
      throw Simulation.mined(client, call, signer.address());
    }
    return TxResult.of(receipt);
  }

  /// Creates a contract; returns its address.
  public Address create(String what, Data initCode, Signer signer) throws InterruptedException {
    long estimate = client.estimateCreation(signer.address(), initCode);
    Supplier<SignedTx> signed =
        () ->
            SignedTx.sign(
                client.chainId(),
                client.nonce(signer.address(), At.PENDING),
                client.fees(),
                estimate + estimate / 10,
                null,
                initCode,
                Wei.ZERO,
                signer);
    TxReceipt receipt = sendAndWait(what, signed, signer.address());
    return receipt
        .created()
        .filter(ignored -> receipt.succeeded())
        .orElseThrow(() ->
            new ChainException(
                ChainException.Code.REVERTED, what + ": the contract was not created"));
  }

  private TxReceipt sendAndWait(String what, Supplier<SignedTx> signing, Address from)
      throws InterruptedException {
    SignedTx signed;
    nonces.lockInterruptibly();
    try {
      signed = signing.get();
      handOver(signed, from);
    } finally {
      nonces.unlock();
    }
    return await(what, signed.hash());
  }

  private void handOver(SignedTx signed, Address from) {
    try {
      client.send(signed.raw());
    } catch (RpcRefused e) {
      throw Simulation.refused(e.reason(), from, e);
    }
  }

  private TxReceipt await(String what, Bytes32 hash) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      Optional<TxReceipt> receipt = client.receipt(hash);
      if (receipt.isPresent()) {
        return receipt.get();
      }
      if (System.nanoTime() - end > 0) {
        throw new ChainException(
            ChainException.Code.NOT_MINED,
            "%s was sent as %s but is not mined after %d s: it may still be; look before you repeat it"
                .formatted(what, hash, patience.toSeconds()));
      }
      Thread.sleep(POLL);
    }
  }
}
