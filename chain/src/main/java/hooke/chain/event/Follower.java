package hooke.chain.event;

import hooke.chain.ChainException;
import hooke.chain.ChainUnreachable;
import hooke.chain.WrongChain;
import hooke.chain.contract.HookeContract;
import hooke.chain.rpc.BlockRef;
import hooke.chain.rpc.ChainClient;
import hooke.chain.rpc.ChainIdentity;
import hooke.chain.rpc.LogEntry;
import hooke.chain.rpc.RpcRefused;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows the law's contract: polls, checks that each block names its forerunner as parent, rolls
/// back when it does not, stores, then tells the listener. One virtual thread does all of it.
///
/// - Nothing on a chain says "removed": devnets never send removed logs, and polling would miss
///   them anyway. A reorganisation is seen by the parent hash only, and the common ancestor is
///   found by walking down the stored blocks.
/// - Blocks are stored before they are told. After a restart the stored ones are told from disk,
///   then the chain goes on.
/// - A head that is lower than ours but on our chain is an endpoint that lags: it is waited for,
///   nothing is rolled back.
/// - Outages are said once, retried with growing pauses, and afterwards the chain must prove to be
///   the same ([ChainIdentity]).
public final class Follower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Follower.class);

  /// Up to this many new blocks are fetched one by one with their headers; more are caught up by
  /// ranges.
  private static final int NEAR = 64;

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final ChainClient client;
  private final HookeContract contract;
  private final LogStore store;
  private final Settings settings;
  private final ChainListener listener;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile boolean closed;
  private volatile @Nullable BlockRef head;
  private volatile @Nullable ChainException failure;

  /// How to follow.
  ///
  /// @param interval pause between looks at the chain; a fraction of its block time
  /// @param confirmations blocks that must stand on a block before it is told; 0 on devnets
  /// @param startBlock the contract's block, or any before it
  /// @param rangeLimit most blocks per request for logs
  public record Settings(Duration interval, int confirmations, long startBlock, int rangeLimit) {
    public static Settings devnet() {
      return new Settings(Duration.ofMillis(100), 0, 0, 2_000);
    }
  }

  private Follower(
      ChainClient client,
      HookeContract contract,
      LogStore store,
      Settings settings,
      ChainListener listener) {
    this.client = client;
    this.contract = contract;
    this.store = store;
    this.settings = settings;
    this.listener = listener;
    this.thread = Thread.ofVirtual().name("follower").unstarted(this::run);
  }

  /// Checks that the chain is the store's (or binds a new store to it) and begins. The caller
  /// closes store and client, after this.
  ///
  /// @throws WrongChain if the store belongs to another chain
  public static Follower start(
      ChainClient client,
      HookeContract contract,
      LogStore store,
      Settings settings,
      ChainListener listener) {
    Optional<ChainIdentity> known = store.identity();
    if (known.isPresent()) {
      if (!known.get().contract().equals(contract.address())) {
        throw new WrongChain(
            "this state belongs to the contract %s, not to %s: set up again with a fresh home"
                .formatted(known.get().contract(), contract.address()));
      }
      known.get().verify(client);
    } else {
      ChainIdentity identity = ChainIdentity.of(client, contract.address());
      identity.verify(client);
      store.bind(identity);
    }
    Follower follower = new Follower(client, contract, store, settings, listener);
    follower.thread.start();
    return follower;
  }

  /// The newest block told; empty before the first.
  public Optional<BlockRef> head() {
    return Optional.ofNullable(head);
  }

  /// Why following ended, if it did by itself.
  public Optional<ChainException> failure() {
    return Optional.ofNullable(failure);
  }

  /// Waits until the block `number` has been told.
  ///
  /// @return false if `timeout` passed or following ended first
  public boolean await(long number, Duration timeout) throws InterruptedException {
    long nanos = timeout.toNanos();
    lock.lockInterruptibly();
    try {
      while (!reached(number)) {
        if (nanos <= 0 || closed || failure != null) {
          return false;
        }
        nanos = changed.awaitNanos(nanos);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Stops and waits for the thread; no listener call is made afterwards.
  @Override
  public void close() {
    closed = true;
    signal();
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive() && Thread.currentThread() != thread) {
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

  private boolean reached(long number) {
    BlockRef current = head;
    return current != null && current.number() >= number;
  }

  private void run() {
    try {
      store.replay(this::tell);
      store.tip().ifPresent(this::moveTo);
      boolean caughtUp = false;
      boolean outage = false;
      Duration pause = settings.interval();
      while (!closed) {
        boolean more = false;
        try {
          if (outage) {
            store.identity().orElseThrow().verify(client);
            LOG.info("the chain at {} answers again", client.endpoints());
            outage = false;
          }
          more = step();
          pause = settings.interval();
          if (!more && !caughtUp && head != null) {
            caughtUp = true;
            listener.onCaughtUp(head);
          }
        } catch (ChainUnreachable | RpcRefused e) {
          if (closed) {
            break;
          }
          if (!outage) {
            LOG.warn("cannot follow the chain, trying on: {}", e.getMessage());
          }
          outage = true;
          pause = min(pause.multipliedBy(2), LONGEST_PAUSE);
        }
        if (!more) {
          Thread.sleep(pause);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Only close() interrupts: the end.
    } catch (ChainException e) {
      stop(e, null);
    } catch (RuntimeException e) {
      stop(
          new ChainException(
              ChainException.Code.CLOSED, "following the chain failed: " + e.getMessage(), e),
          e);
    }
  }

  /// Ends following, and says so.
  ///
  /// @param defect whose place in the code the log should tell
  private void stop(ChainException reason, @Nullable Throwable defect) {
    if (closed) {
      return;
    }
    LOG.error("stopped following the chain: {}", reason.getMessage(), defect);
    failure = reason;
    signal();
    listener.onStopped(reason);
  }

  /// One look at the chain. True: there is more to fetch at once.
  private boolean step() {
    BlockRef latest = client.latest();
    Optional<BlockRef> known = store.tip();
    if (known.isPresent() && !stands(known.get(), latest)) {
      rollback(known.get(), latest);
      return true;
    }
    long from = known.isPresent() ? known.get().number() + 1 : settings.startBlock();
    long target = latest.number() - settings.confirmations();
    if (target < from) {
      return false;
    }
    if (target - from < NEAR) {
      return near(known, from, target, latest);
    }
    far(from, Math.min(target - NEAR / 2, from + settings.rangeLimit() - 1));
    return true;
  }

  /// Whether `tip` is on the chain that ends in `latest`.
  private boolean stands(BlockRef tip, BlockRef latest) {
    if (latest.number() == tip.number()) {
      return latest.hash().equals(tip.hash());
    }
    if (latest.number() == tip.number() + 1) {
      return latest.parent().equals(tip.hash());
    }
    if (latest.number() < tip.number()) {
      Optional<BlockRef> ours = store.floor(latest.number());
      return ours.isEmpty()
          || ours.get().number() != latest.number()
          || ours.get().hash().equals(latest.hash());
    }
    Optional<BlockRef> theirs = client.block(tip.number());
    return theirs.isEmpty() || theirs.get().hash().equals(tip.hash());
  }

  private void rollback(BlockRef tip, BlockRef latest) {
    // A node that was started anew has a short chain too: that is no reorganisation.
    store.identity().orElseThrow().verify(client);
    Optional<BlockRef> candidate = store.floor(Math.min(tip.number(), latest.number()));
    while (candidate.isPresent()) {
      Optional<BlockRef> theirs = client.block(candidate.get().number());
      if (theirs.isPresent() && theirs.get().hash().equals(candidate.get().hash())) {
        break;
      }
      candidate = store.floor(candidate.get().number() - 1);
    }
    BlockRef to =
        candidate.isPresent()
            ? candidate.get()
            : client.block(Math.max(0, settings.startBlock() - 1)).orElse(latest);
    LOG.info("the chain was reorganised: back from block {} to {}", tip.number(), to.number());
    store.rollback(candidate.isPresent() ? to.number() : -1);
    listener.onRollback(to);
    moveTo(to);
  }

  /// Fetches blocks one after the other, each checked against its parent.
  private boolean near(Optional<BlockRef> known, long from, long target, BlockRef latest) {
    List<BlockRef> blocks = from == latest.number() ? List.of(latest) : client.blocks(from, target);
    BlockRef parent = known.orElse(null);
    for (BlockRef block : blocks) {
      boolean follows =
          parent == null
              || (block.number() == parent.number() + 1 && block.parent().equals(parent.hash()));
      if (!follows) {
        return true; // The chain changed while it was read: look again.
      }
      parent = block;
    }
    Map<Long, List<LogEntry>> logs = new TreeMap<>();
    List<LogEntry> found =
        blocks.size() == 1
            ? client.logs(contract.address(), blocks.getFirst().hash())
            : client.logs(contract.address(), from, target);
    for (LogEntry log : found) {
      logs.computeIfAbsent(log.block(), ignored -> new ArrayList<>()).add(log);
    }
    List<BlockLogs> complete = new ArrayList<>();
    for (BlockRef block : blocks) {
      List<LogEntry> own = logs.getOrDefault(block.number(), List.of());
      if (own.stream().anyMatch(log -> !log.blockHash().equals(block.hash()))) {
        return true;
      }
      complete.add(new BlockLogs(block, own));
    }
    store.append(complete);
    for (BlockLogs each : complete) {
      tell(each);
      moveTo(each.block());
    }
    return blocks.size() < target - from + 1;
  }

  /// Fetches a long range: only blocks with logs, and the last one.
  private void far(long from, long to) {
    Map<Long, List<LogEntry>> logs = new TreeMap<>();
    for (LogEntry log : client.logs(contract.address(), from, to)) {
      logs.computeIfAbsent(log.block(), ignored -> new ArrayList<>()).add(log);
    }
    TreeSet<Long> numbers = new TreeSet<>(logs.keySet());
    numbers.add(to);
    List<BlockLogs> complete = new ArrayList<>();
    for (long number : numbers) {
      Optional<BlockRef> block = client.block(number);
      List<LogEntry> own = logs.getOrDefault(number, List.of());
      if (block.isEmpty()
          || own.stream().anyMatch(log -> !log.blockHash().equals(block.get().hash()))) {
        return;
      }
      complete.add(new BlockLogs(block.get(), own));
    }
    store.append(complete);
    for (BlockLogs each : complete) {
      tell(each);
      moveTo(each.block());
    }
  }

  private void tell(BlockLogs block) {
    if (!closed) {
      listener.onBlock(block.block(), contract.decode(block.logs()));
    }
  }

  private void moveTo(BlockRef block) {
    head = block;
    signal();
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}
