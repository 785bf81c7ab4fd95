package hooke.chain.tx;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.ChainException;
import hooke.chain.ChainUnreachable;
import hooke.chain.Data;
import hooke.chain.Wei;
import hooke.chain.rpc.At;
import hooke.chain.rpc.ChainClient;
import hooke.chain.rpc.Fees;
import hooke.chain.rpc.TxReceipt;
import hooke.chain.tx.IntentStore.Entry;
import hooke.chain.wallet.Signer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The nonces of one key, given out by one virtual thread. Simulations run beside it, many at once;
/// what passed is signed, stored and handed over in batches, so that neither receipts nor disk
/// syncs are waited for one by one.
final class Lane implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

  private static final int QUEUE_LIMIT = 10_000;
  private static final int BATCH_LIMIT = 100;
  private static final int SIMULATIONS = 16;
  private static final int REPLACEMENTS = 20;
  private static final long FEES_VALID_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long NONCE_LOOK_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final long TRANSFER_GAS = 21_000;

  /// A transaction this deep is taken to stay, and what was sent for it is forgotten. Ethereum's
  /// own finality is 64 to 96 blocks.
  private static final int SETTLED_DEPTH = 256;

  private final ChainClient client;
  private final IntentStore store;
  private final Signer signer;
  private final Outbox.Settings settings;
  private final Consumer<RuntimeException> onStopped;
  private final long chainIdUnknown = -1;
  private final Semaphore simulating = new Semaphore(SIMULATIONS);
  private final LinkedBlockingQueue<Ready> ready = new LinkedBlockingQueue<>(QUEUE_LIMIT);
  private final TreeMap<Long, Flying> flying = new TreeMap<>();
  private final TreeSet<Long> holes = new TreeSet<>();

  /// Mined, without all their confirmations yet.
  private final List<Landed> confirming = new ArrayList<>();

  /// Done, not settled yet; oldest first.
  private final ArrayDeque<Done> done = new ArrayDeque<>();

  private final Thread thread;

  private volatile boolean closed;
  private long chainId = chainIdUnknown;
  private long next = -1;
  private @Nullable Fees fees;
  private long feesAt;
  private long nonceLookAt;
  private long seenBlock = -1;

  /// Passed its simulation. An entry that has a nonce already was mined once and is sent again.
  private record Ready(Entry entry, long gas, CompletableFuture<TxResult> future) {}

  private record Landed(Flying flight, TxReceipt receipt) {}

  private record Done(Entry entry, long block) {}

  /// Signed and handed over, not mined yet.
  private static final class Flying {
    private Entry entry;
    private final CompletableFuture<TxResult> future;
    private final long since = System.nanoTime();
    private long sentAt = System.nanoTime();
    private long bumpedAt = System.nanoTime();
    private int missing;

    Flying(Entry entry, CompletableFuture<TxResult> future) {
      this.entry = entry;
      this.future = future;
    }
  }

  /// @param onStopped told when the lane ended by itself
  Lane(
      ChainClient client,
      IntentStore store,
      Signer signer,
      Outbox.Settings settings,
      Consumer<RuntimeException> onStopped) {
    this.client = client;
    this.store = store;
    this.signer = signer;
    this.settings = settings;
    this.onStopped = onStopped;
    this.thread = Thread.ofVirtual().name("lane-" + signer.address()).unstarted(this::run);
  }

  Address address() {
    return signer.address();
  }

  void start() {
    thread.start();
  }

  /// Simulates beside the lane, then queues.
  void submit(Entry entry, CompletableFuture<TxResult> future) {
    Thread.startVirtualThread(() -> simulate(entry, future));
  }

  /// Sends a done intent again whose transaction the chain has no more, with the nonce and bytes it
  /// had. If the law refuses it now, the intent stays done, so that no second nonce is ever taken.
  void revive(Entry entry, CompletableFuture<TxResult> future) {
    Thread.startVirtualThread(() -> simulate(entry.undone(), future));
  }

  /// Takes up an intent of an earlier life; before [#start] only.
  void resume(Entry entry, CompletableFuture<TxResult> future) {
    OptionalLong nonce = entry.nonce();
    if (nonce.isEmpty()) {
      submit(entry, future);
      return;
    }
    Flying taken = new Flying(entry, future);
    taken.sentAt -= settings.rebroadcastAfter().toNanos(); // Hand it over again at once.
    flying.put(nonce.getAsLong(), taken);
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    if (thread.getState() == Thread.State.NEW) {
      return;
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void simulate(Entry entry, CompletableFuture<TxResult> future) {
    Duration pause = settings.poll();
    try {
      while (!closed) {
        simulating.acquire();
        try {
          long gas = Simulation.gasLimit(client, entry.call(), signer.address());
          if (!ready.offer(new Ready(entry, gas, future))) {
            throw new ChainException(
                ChainException.Code.LANE_FULL,
                "%d transactions of %s wait already".formatted(QUEUE_LIMIT, signer.address()));
          }
          return;
        } catch (ChainUnreachable e) {
          LOG.debug("{} waits for the chain: {}", entry.id(), e.getMessage());
        } finally {
          simulating.release();
        }
        Thread.sleep(pause);
        pause = min(pause.multipliedBy(2), LONGEST_PAUSE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      if (entry.nonce().isPresent()) {
        future.completeExceptionally(e);
      } else {
        fail(entry, future, e);
      }
    }
  }

  private void run() {
    boolean outage = false;
    Duration pause = settings.poll();
    try {
      while (!closed) {
        try {
          List<Ready> batch = take();
          if (!batch.isEmpty()) {
            depart(batch);
          }
          if (!isIdle()) {
            arrivals();
            look();
          }
          if (outage) {
            LOG.info("transactions of {} go on", signer.address());
          }
          outage = false;
          pause = settings.poll();
        } catch (ChainUnreachable e) {
          if (!outage) {
            LOG.warn("cannot send transactions, trying on: {}", e.getMessage());
          }
          outage = true;
          Thread.sleep(pause);
          pause = min(pause.multipliedBy(2), LONGEST_PAUSE);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Only close() interrupts: the end.
    } catch (RuntimeException e) {
      if (!closed) {
        if (e instanceof ChainException known) {
          LOG.error("the lane of {} stopped: {}", signer.address(), known.getMessage());
        } else {
          LOG.error("the lane of {} stopped", signer.address(), e);
        }
        flying.values().forEach(each -> each.future.completeExceptionally(e));
        confirming.forEach(each -> each.flight().future.completeExceptionally(e));
        onStopped.accept(e);
      }
    }
  }

  private boolean isIdle() {
    return flying.isEmpty() && confirming.isEmpty();
  }

  /// What is ready, up to a batch; waits only as long as nothing is in the air.
  private List<Ready> take() throws InterruptedException {
    List<Ready> batch = new ArrayList<>();
    Ready first =
        isIdle() ? ready.take() : ready.poll(settings.poll().toNanos(), TimeUnit.NANOSECONDS);
    if (first != null) {
      batch.add(first);
      ready.drainTo(batch, BATCH_LIMIT - 1);
    }
    return batch;
  }

  /// Gives nonces, signs, stores, hands over: in this order.
  private void depart(List<Ready> batch) {
    List<Flying> departing = new ArrayList<>();
    try {
      prepare();
      Fees current = currentFees();
      for (Ready each : batch) {
        if (each.entry().nonce().isPresent()) {
          revived(each).ifPresent(departing::add);
        }
      }
      for (Ready each : batch) {
        if (each.entry().nonce().isPresent()) {
          continue;
        }
        long nonce = holes.isEmpty() ? next++ : takeHole();
        SignedTx tx = sign(each.entry().call(), nonce, current, each.gas());
        departing.add(
            new Flying(each.entry().signed(nonce, each.gas(), current, tx), each.future()));
      }
    } catch (ChainUnreachable e) {
      batch.forEach(each -> simulateAgain(each));
      throw e;
    }
    store.put(departing.stream().map(each -> each.entry).toList());
    for (Flying each : departing) {
      flying.put(each.entry.nonce().orElseThrow(), each);
    }
    handOver(departing);
  }

  private void simulateAgain(Ready each) {
    submit(each.entry(), each.future());
  }

  /// Back into the air, unless its nonce went to another meanwhile: then it can never be mined and
  /// begins anew.
  private Optional<Flying> revived(Ready each) {
    long nonce = each.entry().nonce().orElseThrow();
    if (flying.containsKey(nonce)) {
      anew(each.entry(), each.future());
      return Optional.empty();
    }
    holes.remove(nonce);
    for (; next < nonce; next++) {
      holes.add(next);
    }
    next = Math.max(next, nonce + 1);
    Flying again = new Flying(each.entry(), each.future());
    flying.put(nonce, again);
    return Optional.of(again);
  }

  private void anew(Entry entry, CompletableFuture<TxResult> future) {
    Entry fresh = Entry.fresh(entry.id(), entry.call(), entry.signer());
    store.put(List.of(fresh));
    submit(fresh, future);
  }

  private long takeHole() {
    Long hole = holes.pollFirst();
    return hole == null ? next++ : hole;
  }

  private void prepare() {
    if (chainId == chainIdUnknown) {
      chainId = client.chainId();
    }
    if (next < 0 || flying.isEmpty()) {
      // With nothing in the air the chain's word is the truth, also when the key was used elsewhere
      // meanwhile.
      next = client.nonce(signer.address(), At.PENDING);
      holes.clear();
      if (!flying.isEmpty()) {
        next = Math.max(next, flying.lastKey() + 1);
      }
    }
  }

  private void handOver(Collection<Flying> some) {
    List<Flying> list = List.copyOf(some);
    List<Data> raw = list.stream().map(each -> each.entry.sent().getLast().raw()).toList();
    List<Optional<String>> refusals = client.sendAll(raw);
    long now = System.nanoTime();
    for (int i = 0; i < list.size(); i++) {
      Flying each = list.get(i);
      each.sentAt = now;
      Optional<String> refusal = refusals.get(i);
      if (refusal.isPresent()) {
        refused(each, refusal.get());
      }
    }
  }

  private void refused(Flying each, String reason) {
    String words = reason.toLowerCase(Locale.ROOT);
    boolean taken =
        words.contains("known") || words.contains("already") || words.contains("imported");
    boolean replaced = words.contains("underpriced") || words.contains("replacement");
    boolean used = words.contains("nonce") && words.contains("low");
    if (taken || replaced || used) {
      return; // It, or a sibling with its nonce, is there: the receipts will tell.
    }
    if (each.entry.sent().size() > 1) {
      LOG.warn("{}: a replacement was refused: {}", each.entry.id(), reason);
      return;
    }
    long nonce = each.entry.nonce().orElseThrow();
    flying.remove(nonce);
    if (nonce == next - 1) {
      next--;
    } else {
      holes.add(nonce);
    }
    fail(each.entry, each.future, Simulation.refused(reason, signer.address(), null));
  }

  /// Looks for receipts when a new block has come.
  private void arrivals() {
    long block = client.latestNumber();
    if (block == seenBlock && flying.values().stream().noneMatch(each -> each.missing > 0)) {
      return;
    }
    seenBlock = block;
    confirm(block);
    settle(block);
    if (flying.isEmpty()) {
      return;
    }
    Map<Bytes32, Long> nonces = new HashMap<>();
    for (Map.Entry<Long, Flying> each : flying.entrySet()) {
      each.getValue().entry.sent().forEach(tx -> nonces.put(tx.hash(), each.getKey()));
    }
    for (TxReceipt receipt : client.receipts(List.copyOf(nonces.keySet()))) {
      Long nonce = nonces.get(receipt.transaction());
      Flying landed = nonce == null ? null : flying.remove(nonce);
      if (landed != null) {
        land(landed, receipt);
      }
    }
  }

  private void land(Flying landed, TxReceipt receipt) {
    if (!receipt.succeeded()) {
      Thread.startVirtualThread(() ->
          fail(
              landed.entry,
              landed.future,
              Simulation.mined(client, landed.entry.call(), signer.address())));
    } else if (settings.confirmations() > 0) {
      confirming.add(new Landed(landed, receipt));
    } else {
      complete(landed, receipt);
    }
  }

  private void complete(Flying landed, TxReceipt receipt) {
    Entry entry = landed.entry.done(receipt.transaction());
    store.put(List.of(entry));
    done.add(new Done(entry, receipt.block()));
    landed.future.complete(TxResult.of(receipt));
  }

  /// Looks again at what was mined, once enough blocks stand on it: there still, in another block,
  /// or gone and in the air again.
  private void confirm(long head) {
    List<Landed> due =
        confirming.stream()
            .filter(each -> head >= each.receipt().block() + settings.confirmations())
            .toList();
    if (due.isEmpty()) {
      return;
    }
    Map<Bytes32, TxReceipt> found = new HashMap<>();
    client
        .receipts(due.stream().map(each -> each.receipt().transaction()).toList())
        .forEach(receipt -> found.put(receipt.transaction(), receipt));
    confirming.removeAll(due);
    for (Landed each : due) {
      TxReceipt receipt = found.get(each.receipt().transaction());
      if (receipt == null) {
        LOG.warn("{} was mined and the chain has it no more: sent again", each.flight().entry.id());
        revived(new Ready(each.flight().entry, each.flight().entry.gas(), each.flight().future))
            .ifPresent(flight -> handOver(List.of(flight)));
      } else if (receipt.blockHash().equals(each.receipt().blockHash())) {
        complete(each.flight(), receipt);
      } else {
        land(each.flight(), receipt);
      }
    }
  }

  private void settle(long head) {
    List<Entry> settled = new ArrayList<>();
    while (!done.isEmpty() && done.getFirst().block() + SETTLED_DEPTH <= head) {
      settled.add(done.removeFirst().entry().settled());
    }
    if (!settled.isEmpty()) {
      store.put(settled);
    }
  }

  /// Looks after what stays in the air: nonces used by others, lost or underpriced transactions,
  /// holes below them.
  private void look() {
    long now = System.nanoTime();
    if (flying.isEmpty() || now - nonceLookAt < NONCE_LOOK_NANOS) {
      return;
    }
    nonceLookAt = now;
    long mined = client.nonce(signer.address(), At.LATEST);
    for (Flying each : List.copyOf(flying.headMap(mined).values())) {
      each.missing++;
      if (each.missing >= 3) {
        // The nonce is spent and none of ours has a receipt, three looks in a row: it surely
        // failed, so it may have another nonce.
        flying.remove(each.entry.nonce().orElseThrow());
        LOG.warn(
            "{}: its nonce was used by another transaction; it gets a new one", each.entry.id());
        anew(each.entry, each.future);
      }
    }
    fillHoles(mined);
    List<Flying> again = new ArrayList<>();
    for (Flying each : flying.tailMap(mined).values()) {
      if (now - each.bumpedAt > settings.bumpAfter().toNanos()
          && each.entry.sent().size() < REPLACEMENTS) {
        bump(each);
        each.bumpedAt = now;
        again.add(each);
      } else if (now - each.sentAt > settings.rebroadcastAfter().toNanos()) {
        again.add(each);
      }
    }
    if (!again.isEmpty()) {
      handOver(again.subList(0, Math.min(again.size(), BATCH_LIMIT)));
    }
  }

  private void bump(Flying each) {
    Fees higher = each.entry.fees().bumped().atLeast(currentFees());
    long nonce = each.entry.nonce().orElseThrow();
    SignedTx tx = sign(each.entry.call(), nonce, higher, each.entry.gas());
    each.entry = each.entry.signed(nonce, each.entry.gas(), higher, tx);
    store.put(List.of(each.entry));
    LOG.info(
        "{}: not mined after {} s, fees raised",
        each.entry.id(),
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - each.since));
  }

  /// A nonce that was given back below others would hold them up for ever: an empty transfer to
  /// oneself closes the gap.
  private void fillHoles(long mined) {
    holes.removeIf(hole -> hole < mined);
    if (flying.isEmpty() || holes.isEmpty() || !ready.isEmpty()) {
      return;
    }
    for (long hole : List.copyOf(holes.headSet(flying.lastKey()))) {
      holes.remove(hole);
      Call filler = Call.transfer(signer.address(), Wei.ZERO);
      Entry entry = Entry.fresh("fill-" + signer.address() + "-" + hole, filler, signer.address());
      SignedTx tx = sign(filler, hole, currentFees(), TRANSFER_GAS);
      Flying each =
          new Flying(
              entry.signed(hole, TRANSFER_GAS, currentFees(), tx), new CompletableFuture<>());
      store.put(List.of(each.entry));
      flying.put(hole, each);
      handOver(List.of(each));
    }
  }

  private SignedTx sign(Call call, long nonce, Fees withFees, long gas) {
    if (chainId == chainIdUnknown) {
      chainId = client.chainId();
    }
    return SignedTx.sign(
        chainId, nonce, withFees, gas, call.to(), call.data(), call.value(), signer);
  }

  private Fees currentFees() {
    long now = System.nanoTime();
    Fees known = fees;
    if (known == null || now - feesAt > FEES_VALID_NANOS) {
      known = client.fees();
      fees = known;
      feesAt = now;
    }
    return known;
  }

  private void fail(Entry entry, CompletableFuture<TxResult> future, RuntimeException reason) {
    if (closed) {
      return; // The store may be closed; the intent stays pending.
    }
    store.remove(entry.id());
    future.completeExceptionally(reason);
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}
