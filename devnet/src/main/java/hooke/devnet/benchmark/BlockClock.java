package hooke.devnet.benchmark;

import hooke.chain.ChainUnreachable;
import hooke.chain.rpc.ChainClient;
import java.time.Duration;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.LockSupport;

/// When each block was first seen, by this machine's monotonic clock: a block's own time has whole
/// seconds only. Asks so often that the error stays far below a block.
final class BlockClock implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(10);

  private final ChainClient client;
  private final ConcurrentSkipListMap<Long, Long> seen = new ConcurrentSkipListMap<>();
  private final Thread thread;
  private volatile boolean closed;

  /// The caller closes `client`, after this.
  BlockClock(ChainClient client) {
    this.client = client;
    seen.put(client.latestNumber(), System.nanoTime());
    thread = Thread.ofVirtual().name("block-clock").start(this::run);
  }

  private void run() {
    while (!closed) {
      try {
        long number = client.latestNumber();
        long now = System.nanoTime();
        for (long block = seen.lastKey() + 1; block <= number; block++) {
          seen.put(block, now);
        }
      } catch (ChainUnreachable e) {
        // The next look tells; a chain that stays away fails the benchmark elsewhere.
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  /// `System.nanoTime` at which the block was first seen; blocks before the clock's start have its.
  long nanos(long block) {
    var entry = seen.floorEntry(block);
    return entry == null ? seen.firstEntry().getValue() : entry.getValue();
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
