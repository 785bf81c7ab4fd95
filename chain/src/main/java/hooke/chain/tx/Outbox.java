package hooke.chain.tx;

import hooke.chain.Address;
import hooke.chain.Call;
import hooke.chain.ChainException;
import hooke.chain.rpc.ChainClient;
import hooke.chain.wallet.Signer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends what must happen at most once, and survives crashes.
///
/// An *intent* is a call under an id that says what it is for ("bid 0x12.. 0"). The same id is
/// never in effect twice:
///
/// 1. The intent is on disk before anything else happens.
/// 2. It is simulated; a revert ends it there, typed, without gas.
/// 3. It gets the next nonce of its key's [Lane] and is signed; nonce and signed bytes are on disk
///    before they leave. Every replacement (higher fees) keeps the nonce, so of all of them one at
///    most can be mined.
/// 4. Another nonce is taken only when the first one surely failed: refused by the endpoint, or
///    used up by a transaction that is not ours.
/// 5. Done stays on disk: asking again with the same id gives the old result.
/// 6. A mined transaction that a reorganisation took back is under way again, with the nonce and
///    the bytes it had: before it has its confirmations by itself, later when its id is asked for.
///
/// After a restart pending intents go on by themselves. Intents of one key do not wait for each
/// other: what depends on another is submitted after that one is done.
public final class Outbox implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
  private static final int ID_LIMIT = 200;

  private final ChainClient client;
  private final IntentStore store;
  private final Map<Address, Lane> lanes;
  private final Map<String, CompletableFuture<TxResult>> waiting = new ConcurrentHashMap<>();

  /// How to send.
  ///
  /// @param poll pause between looks for receipts while some are awaited
  /// @param rebroadcastAfter an unmined transaction is handed over again after this
  /// @param bumpAfter and gets higher fees after this
  /// @param confirmations blocks that must stand on a mined transaction before its intent counts as
  ///   done; 0 on devnets
  public record Settings(
      Duration poll, Duration rebroadcastAfter, Duration bumpAfter, int confirmations) {
    public static Settings standard() {
      return new Settings(Duration.ofMillis(50), Duration.ofSeconds(10), Duration.ofSeconds(30), 0);
    }
  }

  private Outbox(
      ChainClient client,
      IntentStore store,
      Collection<? extends Signer> signers,
      Settings settings,
      Consumer<RuntimeException> onStopped) {
    this.client = client;
    this.store = store;
    this.lanes =
        signers.stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Signer::address,
                    signer -> new Lane(client, store, signer, settings, onStopped)));
  }

  /// Opens the outbox in `folder` and goes on with what is pending there for these signers.
  public static Outbox open(
      Path folder, ChainClient client, Collection<? extends Signer> signers, Settings settings) {
    return open(folder, client, signers, settings, reason -> {});
  }

  /// The same, told of its end.
  ///
  /// @param onStopped called once a signer when nothing more can be sent for it, because the store
  ///   failed: whoever depends on the outbox must stop
  public static Outbox open(
      Path folder,
      ChainClient client,
      Collection<? extends Signer> signers,
      Settings settings,
      Consumer<RuntimeException> onStopped) {
    IntentStore store = new IntentStore(folder);
    Outbox outbox = new Outbox(client, store, signers, settings, onStopped);
    try {
      outbox.resume();
    } catch (RuntimeException e) {
      outbox.close();
      throw e;
    }
    return outbox;
  }

  /// Takes an intent over; returns as soon as it is on disk. The future ends with the result, or
  /// with [Reverted] or another [ChainException]; after such a failure the id is free again. A
  /// pending intent with the same id is joined, whatever its call.
  ///
  /// @throws IllegalArgumentException if the outbox was not opened with this signer
  public CompletableFuture<TxResult> submit(String id, Call call, Signer signer) {
    if (id.isEmpty() || id.length() > ID_LIMIT) {
      throw new IllegalArgumentException("an intent's id has 1 to 200 characters: '" + id + "'");
    }
    Lane lane = lanes.get(signer.address());
    if (lane == null) {
      throw new IllegalArgumentException("the outbox has no key of " + signer.address());
    }
    CompletableFuture<TxResult> future = new CompletableFuture<>();
    CompletableFuture<TxResult> running = waiting.putIfAbsent(id, future);
    if (running != null) {
      return running.copy();
    }
    CompletableFuture<TxResult> _ = future.whenComplete((_, _) -> waiting.remove(id, future));
    try {
      IntentStore.Entry known = store.get(id);
      if (known != null && known.done().isPresent()) {
        Thread.startVirtualThread(() -> recall(known, lane, future));
      } else if (known != null) {
        throw new IllegalArgumentException(
            "intent %s is pending for the key of %s, with which this outbox was not opened"
                .formatted(id, known.signer()));
      } else {
        IntentStore.Entry entry = IntentStore.Entry.fresh(id, call, signer.address());
        store.put(List.of(entry));
        lane.submit(entry, future);
      }
    } catch (RuntimeException e) {
      future.completeExceptionally(e);
    }
    return future.copy();
  }

  /// [#submit], and waits for the end.
  ///
  /// @throws ChainException as the future would end
  public TxResult send(String id, Call call, Signer signer) throws InterruptedException {
    try {
      return submit(id, call, signer).get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ChainException cause) {
        throw cause;
      }
      throw new ChainException(
          ChainException.Code.CLOSED, call.what() + " failed: " + e.getCause(), e);
    }
  }

  /// Intents that are not at their end yet.
  public int pending() {
    return waiting.size();
  }

  /// Stops; pending intents stay on disk, their futures end with `CLOSED`.
  @Override
  public void close() {
    lanes.values().forEach(Lane::close);
    ChainException closed =
        new ChainException(
            ChainException.Code.CLOSED,
            "the outbox was closed; the intent goes on at its next start");
    waiting.values().forEach(future -> future.completeExceptionally(closed));
    store.close();
  }

  private void resume() {
    Map<Address, Lane> byAddress =
        lanes.values().stream().collect(Collectors.toMap(Lane::address, Function.identity()));
    for (IntentStore.Entry entry : store.pending()) {
      Lane lane = byAddress.get(entry.signer());
      if (lane == null) {
        LOG.warn("intent {} waits for the key of {}", entry.id(), entry.signer());
        continue;
      }
      CompletableFuture<TxResult> future = new CompletableFuture<>();
      waiting.put(entry.id(), future);
      CompletableFuture<TxResult> _ =
          future.whenComplete((_, _) -> waiting.remove(entry.id(), future));
      lane.resume(entry, future);
    }
    lanes.values().forEach(Lane::start);
  }

  private void recall(IntentStore.Entry known, Lane lane, CompletableFuture<TxResult> future) {
    try {
      Optional<TxResult> result = known.done().flatMap(client::receipt).map(TxResult::of);
      if (result.isPresent()) {
        future.complete(result.get());
      } else if (known.nonce().isPresent()) {
        LOG.warn("{} was mined and is not on the chain any more: sent again", known.id());
        lane.revive(known, future);
      } else {
        future.completeExceptionally(
            new ChainException(
                ChainException.Code.NOT_MINED,
                "%s was done long ago, but the chain no longer has it: it was reorganised away"
                    .formatted(known.id())));
      }
    } catch (RuntimeException e) {
      future.completeExceptionally(e);
    }
  }
}
