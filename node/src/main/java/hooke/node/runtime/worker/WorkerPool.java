package hooke.node.runtime.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Workers at rest and at work.
///
/// A worker belongs to the first client it works for: what a program may do to it, it does to its
/// own client's later work only. So there are two kinds at rest: fresh ones, of which the pool
/// keeps as many as its settings say, and used ones, which wait for more work of their client, as
/// many again. After anything but a sound end a worker is killed.
final class WorkerPool implements AutoCloseable {
  private final WorkerSettings settings;
  private final WorkerProcess process;
  private final WorkerSize usual;
  private final Object lock = new Object();

  // Guarded by lock. Newest first.
  private final Deque<Worker> fresh = new ArrayDeque<>();
  private final Deque<Worker> used = new ArrayDeque<>();
  private final Set<Thread> starting = new HashSet<>();
  private boolean closed;

  /// The largest of those that have been started, so that what is smaller need not be tried.
  private WorkerSize started = new WorkerSize(0, 0, 0);

  private final Set<Worker> busy = ConcurrentHashMap.newKeySet();

  WorkerPool(WorkerSettings settings, WorkerProcess process) {
    this.settings = settings;
    this.process = process;
    this.usual = settings.warmSize();
    refill();
  }

  /// A worker for a job; give it back.
  ///
  /// @param client who must have no reason to mistrust it
  /// @param mustBeFresh whether it must never have worked for anybody
  /// @return null once the pool is closed
  @Nullable Worker take(String client, WorkerSize needed, boolean mustBeFresh)
      throws IOException, InterruptedException {
    WorkerSize size = needed.max(usual);
    boolean large = !size.equals(usual);
    while (true) {
      Worker worker = null;
      synchronized (lock) {
        if (closed) {
          return null;
        }
        if (!large) {
          worker = mustBeFresh ? null : usedBy(client);
          worker = worker == null ? fresh.poll() : worker;
        }
      }
      if (worker == null) {
        worker = start(size);
      }
      if (worker.alive()) {
        busy.add(worker);
        refill();
        return worker;
      }
      worker.close();
    }
  }

  /// A worker of a size could not be started here.
  static final class NotStarted extends IOException {
    private static final long serialVersionUID = 1L;

    NotStarted(WorkerSize size, IOException cause) {
      super(
          "a worker for %d MiB of memory cannot be started here: %s"
              .formatted(size.memoryBytes() >> 20, cause.getMessage()),
          cause);
    }
  }

  private Worker start(WorkerSize size) throws IOException, InterruptedException {
    Worker worker;
    try {
      worker = Worker.start(settings, process, size);
    } catch (IOException e) {
      throw new NotStarted(size, e);
    }
    synchronized (lock) {
      if (size.max(started).equals(size)) {
        started = size;
      }
    }
    return worker;
  }

  /// Makes sure that a worker of this size can be started here, by starting one unless as large a
  /// one has been.
  void probe(WorkerSize needed) throws IOException, InterruptedException {
    WorkerSize size = needed.max(usual);
    synchronized (lock) {
      if (closed || size.max(started).equals(started) || size.equals(usual)) {
        return;
      }
    }
    start(size).close();
  }

  private @Nullable Worker usedBy(String client) {
    for (Iterator<Worker> each = used.iterator(); each.hasNext(); ) {
      Worker worker = each.next();
      if (client.equals(worker.client())) {
        each.remove();
        return worker;
      }
    }
    return null;
  }

  /// Takes a worker back.
  ///
  /// @param sound whether its job ended as it should
  void giveBack(Worker worker, boolean sound) {
    List<Worker> leaving = new ArrayList<>();
    synchronized (lock) {
      busy.remove(worker);
      boolean stays =
          sound
              && !closed
              && worker.alive()
              && worker.jobs() < settings.pool().jobs()
              && worker.size().equals(usual)
              && emptied(worker);
      if (stays) {
        used.push(worker);
        if (used.size() > settings.pool().warm()) {
          leaving.add(used.removeLast());
        }
      } else {
        leaving.add(worker);
      }
    }
    leaving.forEach(Worker::close);
    refill();
  }

  private static boolean emptied(Worker worker) {
    try {
      worker.folder().clear();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /// Starts workers in the background until as many fresh ones as wanted are at rest or starting.
  private void refill() {
    synchronized (lock) {
      while (!closed && fresh.size() + starting.size() < settings.pool().warm()) {
        Thread thread = Thread.ofVirtual().name("start-worker").unstarted(this::startOne);
        starting.add(thread);
        thread.start();
      }
    }
  }

  private void startOne() {
    Worker worker = null;
    try {
      worker = Worker.start(settings, process, usual);
    } catch (IOException e) {
      // The next task starts one itself, and reports what is wrong.
      System.getLogger(WorkerPool.class.getName())
          .log(System.Logger.Level.WARNING, "no warm worker: {0}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (lock) {
      if (worker != null && !closed) {
        fresh.push(worker);
        worker = null;
      }
    }
    if (worker != null) {
      worker.close();
    }
    synchronized (lock) {
      starting.remove(Thread.currentThread());
      lock.notifyAll();
    }
  }

  /// Waits until nothing is starting.
  void awaitWarm() throws InterruptedException {
    synchronized (lock) {
      while (!closed && !starting.isEmpty()) {
        lock.wait(100);
      }
    }
  }

  /// How long a worker takes to be ready.
  Duration startAndStop() throws IOException, InterruptedException {
    long start = System.nanoTime();
    Worker worker = Worker.start(settings, process, usual);
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    worker.close();
    return took;
  }

  /// Workers at work.
  List<Worker> busy() {
    return List.copyOf(busy);
  }

  /// Ends all workers, those that are starting too: nothing of theirs is used any more afterwards.
  @Override
  public void close() {
    List<Worker> all = new ArrayList<>();
    synchronized (lock) {
      closed = true;
      all.addAll(fresh);
      all.addAll(used);
      fresh.clear();
      used.clear();
      lock.notifyAll();
    }
    all.addAll(busy);
    all.forEach(Worker::close);
    try {
      synchronized (lock) {
        starting.forEach(Thread::interrupt);
        while (!starting.isEmpty()) {
          lock.wait();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
