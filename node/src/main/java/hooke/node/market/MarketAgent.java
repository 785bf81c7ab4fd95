package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.ChainException;
import hooke.chain.Data;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Verification;
import hooke.chain.eip712.Receipt;
import hooke.chain.event.ChainListener;
import hooke.chain.rpc.BlockRef;
import hooke.node.config.NodeConfig;
import hooke.node.runtime.TaskRuntime;
import hooke.node.spec.ResultLeaf;
import hooke.scheduler.bidding.Decision;
import hooke.scheduler.bidding.Reason;
import hooke.scheduler.capacity.CapacityLedger;
import hooke.scheduler.capacity.Hold;
import hooke.scheduler.model.TaskKey;
import hooke.storage.BlobStore;
import hooke.storage.StorageFailure;
import hooke.v1.TaskSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes part in the market for one node. It is level-triggered: on every block, and a few times a
/// second between blocks, it compares what the chain says with what this node has done and closes
/// the difference. Nothing depends on having seen a particular event, so a restart, a missed poll
/// or a reorganisation costs time and never work or money.
///
/// What is done next for a slot of ours:
///
/// | the chain says | this node has | next |
/// | --- | --- | --- |
/// | open | program and inputs, and the scheduler wants it | bid |
/// | assigned | no result | run |
/// | assigned, ATTENDED | a result, and a receipt or nobody to wait for | deliver |
/// | assigned, OPTIMISTIC | a result | deliver |
/// | assigned, an array | a result of the first tasks only | deliver that part; the rest opens again |
/// | assigned | no result, and there will be none | give up |
/// | assigned, QUORUM | a result | commit |
/// | committed, commits closed | the same | reveal |
/// | delivered, a task challenged | its leaf | publish |
/// | delivered, a challenge decided | | conclude |
/// | delivered or revealed, window over, nothing pending | | settle |
/// | settled, pay held | a receipt | acknowledge |
/// | settled, leaf demanded | the archive | answer |
/// | settled, retention over | | release |
/// | assigned to another, deadline passed | | miss, so that the slot opens again |
/// | anybody's, over for a minute and not closed | | expire or settle, in turns |
///
/// Vouchers for uploads are claimed on the same look.
///
/// What is decided stands in rooms of its own: [Bidding], [Runs], [Settlement], [Demands],
/// [Chores], [VoucherClaims]; here is what they share: the thread, the mailbox, the order of
/// things.
///
/// One thread owns everything here that is not marked as safe for others; other threads speak to it
/// through a bounded mailbox. Chain time (the newest block's) decides about deadlines and prices;
/// the machine's clock only about how long a receipt is waited for and how long bytes are kept.
public final class MarketAgent implements ChainListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MarketAgent.class);
  private static final int MAILBOX = 10_000;
  private static final Duration TICK = Duration.ofMillis(200);
  private static final Duration FORGET_EVERY = Duration.ofMinutes(10);

  private final Address key;
  private final HookeContract law;
  private final MarketState state;
  private final BlobStore store;
  private final Clock clock;
  private final Consumer<RuntimeException> onFailure;
  private final LinkedBlockingQueue<Runnable> mailbox = new LinkedBlockingQueue<>(MAILBOX);
  private final Jobs jobs;
  private final Declined declined;
  private final Awake awake;
  private final Reservations reservations;
  private final Preparation preparation;
  private final Attendance attendance;
  private final Sends sends;
  private final Runs runs;
  private final Bidding bidding;
  private final Settlement settlement;
  private final Chores chores;
  private final Watching watching;
  private final Vouchers vouchers;
  private final VoucherClaims claims;
  private final Thread owner;

  /// Orders that may still concern this node.
  private final Set<Bytes32> active = new TreeSet<>();

  private volatile @Nullable BlockRef head;
  private volatile boolean draining;
  private volatile boolean stopped;
  private boolean caughtUp;
  private Instant forgotAt;

  private final Object changes = new Object();
  private long version;

  /// @param key address of the node key that `transactor` signs with
  /// @param onFailure told once when this node cannot go on: a disk failed, or the chain is not
  ///   followed any more. The agent does nothing from then on; the process should end and say why
  public MarketAgent(
      NodeConfig config,
      Address key,
      HookeContract law,
      MarketState state,
      BlobStore store,
      JobStore jobStore,
      BlobSource source,
      TaskRuntime runtime,
      Transactor transactor,
      Behaviour behaviour,
      Clock clock,
      Consumer<RuntimeException> onFailure)
      throws IOException {
    this.key = key;
    this.law = law;
    this.state = state;
    this.store = store;
    this.clock = clock;
    this.onFailure = onFailure;
    Clientele clientele = Clientele.of(config.network(), runtime.isolation());
    TaskRunner trials = new TaskRunner(store, runtime, config.work().resolve("checks"));
    trials.clean();
    jobs = new Jobs(jobStore);
    declined = new Declined(jobStore, clock);
    awake = new Awake(clock);
    reservations = new Reservations(CapacityLedger.empty(config.capacity(), jobStore.nextStart()));
    TaskRunner runner =
        new TaskRunner(
            store, runtime, config.work().resolve("tasks"), reservations::promisedBeside);
    runner.clean();
    TaskRunner reruns =
        new TaskRunner(
            store, runtime, config.work().resolve("reruns"), reservations::promisedBeside);
    reruns.clean();
    preparation =
        new Preparation(
            store,
            source,
            trials,
            state,
            config.tariff().cpuWeiPerCoreSecond(),
            reservations::promisedBytes,
            clock,
            () -> post(() -> {}),
            this::fail);
    attendance = new Attendance(config.receiptWait(), clock);
    sends = new Sends(transactor, this::post, this::fail);
    runs =
        new Runs(
            config,
            law.address(),
            state,
            store,
            jobs,
            declined,
            awake,
            reservations,
            preparation,
            runner,
            behaviour,
            clock,
            this::post,
            this::fail);
    bidding =
        new Bidding(
            config,
            key,
            law,
            state,
            store,
            jobs,
            declined,
            reservations,
            preparation,
            clientele,
            runtime,
            sends);
    Challenges challenges = new Challenges(law, state, store, sends);
    settlement =
        new Settlement(
            law,
            jobs,
            runs,
            attendance,
            new Demands(law, store, sends),
            challenges,
            sends,
            behaviour,
            clientele,
            bidding::isWelcome);
    chores = new Chores(law, state, challenges, sends);
    watching =
        new Watching(
            config.challenges(),
            law,
            state,
            preparation,
            reruns,
            store,
            source,
            sends,
            bidding::isWelcome,
            clock,
            this::post,
            this::fail);
    vouchers = new Vouchers(jobStore);
    claims = new VoucherClaims(vouchers, state, law, sends, config.claimFrom());
    forgotAt = clock.instant();
    owner = Thread.ofPlatform().name("market").start(this::loop);
  }

  // The follower's thread.

  @Override
  public void onBlock(BlockRef block, List<LawEvent> events) {
    post(() -> {
      for (LawEvent event : events) {
        state.apply(event, block.timestamp()).ifPresent(order -> active.add(order.id()));
      }
      head = block;
    });
  }

  @Override
  public void onRollback(BlockRef to) {
    post(() -> {
      LOG.warn("the chain was reorganised: back to block {}", to.number());
      if (!state.rollback(to.number())) {
        throw new ChainException(
            ChainException.Code.CLOSED,
            "the chain was reorganised by more than %d blocks: start the node again, it then reads the market anew"
                .formatted(MarketState.UNDO_BLOCKS));
      }
      state.liveOrders().forEach(order -> active.add(order.id()));
      sends.lookAgain();
      claims.lookAgain();
      head = to;
    });
  }

  @Override
  public void onCaughtUp(BlockRef block) {
    post(() -> {
      caughtUp = true;
      head = block;
      LOG.info("caught up with the chain at block {}", block.number());
    });
  }

  @Override
  public void onStopped(ChainException reason) {
    fail(reason);
  }

  private void post(Runnable step) {
    try {
      while (!stopped && !mailbox.offer(step, TICK.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.debug("the mailbox is full");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ends this node's part: going on could promise what would be forgotten. Any thread.
  private void fail(RuntimeException reason) {
    synchronized (changes) {
      if (stopped) {
        return;
      }
      stopped = true;
      changes.notifyAll();
    }
    // Whoever runs the node says why, in words; where it happened is for those who ask.
    LOG.debug("this node cannot go on: {}", reason.getMessage(), reason);
    onFailure.accept(reason);
  }

  // The owner's thread.

  private void loop() {
    while (!stopped) {
      try {
        Runnable step = mailbox.poll(TICK.toMillis(), TimeUnit.MILLISECONDS);
        while (step != null && !stopped) {
          step.run();
          step = mailbox.poll();
        }
        awake.look();
        if (caughtUp && !stopped) {
          reconcile();
        }
        if (stopped) {
          return;
        }
        synchronized (changes) {
          version++;
          changes.notifyAll();
        }
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        stumble("the market agent", e);
      }
    }
  }

  /// One defect, or one unreadable order, must not end this node's part in work it has promised; a
  /// failing disk must.
  private void stumble(String what, RuntimeException e) {
    switch (e) {
      case StorageFailure disk -> fail(disk);
      case ChainException chain
          when chain.code() == ChainException.Code.CLOSED
              || chain.code() == ChainException.Code.STORE_FAILED ->
          fail(chain);
      case ChainException chain ->
          LOG.warn("{}: a look at the chain failed: {}", what, chain.getMessage());
      default -> LOG.error("{} stumbled", what, e);
    }
  }

  private void reconcile() {
    BlockRef block = head;
    NodeView me = state.nodeOf(key).orElse(null);
    if (block == null || me == null) {
      return;
    }
    Moment moment = new Moment(me, block);
    claims.attend(moment, draining);
    if (!me.active()) {
      return;
    }
    reservations.replace(reservations.ledger().expire(moment.now()).ledger());
    Set<Bytes32> specs = new HashSet<>();
    List<OrderView> open = new ArrayList<>();
    for (Bytes32 id : List.copyOf(active)) {
      OrderView order = state.order(id).orElse(null);
      if (order != null) {
        each(order, () -> runs.letGo(order, me.id()));
      }
      if (order == null || isOver(order, moment)) {
        retire(id, order);
        continue;
      }
      specs.add(order.terms().spec());
      open.add(order);
      each(
          order,
          () -> {
            order.slots().forEach(slot -> close(order, slot, moment));
            chores.close(order, moment);
          });
    }
    if (!draining) {
      bidding
          .round(moment)
          .ifPresent(round -> {
            open.forEach(order -> each(order, () -> round.consider(order)));
            round.bid();
          });
    }
    preparation.proceed(specs);
    watching.keepOnly(active);
    preparation.report();
    runs.start(moment);
    forget();
  }

  /// Keeps what goes wrong with one order from the others.
  private void each(OrderView order, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      stumble("order " + order.id().prefix(12), e);
    }
  }

  /// Closes the difference between what the chain says of a slot and what this node does.
  private void close(OrderView order, SlotView slot, Moment moment) {
    TaskKey task = TaskRequests.key(order.id(), slot.slot());
    if (slot.nodeId() == moment.me().id()) {
      settlement.serve(order, slot, moment);
    } else if (slot.nodeId() != 0) {
      runs.release(task);
      chores.attend(order, slot, moment);
      watching.attend(order, slot, moment);
    } else if (reservations
        .find(task)
        .filter(r -> !(r.hold() instanceof Hold.Tentative))
        .isPresent()) {
      if (settlement.isTakenBack(order, slot)) {
        bidding.again(order, slot, moment, () -> runs.release(task));
      } else {
        runs.release(task);
      }
    }
  }

  /// Nothing more can happen that this node has to do with, unless the chain says something new.
  private static boolean isOver(OrderView order, Moment moment) {
    boolean mine =
        order.slots().stream().anyMatch(s -> s.nodeId() == moment.me().id() && s.bonded());
    return order.closed() && !mine;
  }

  private void retire(Bytes32 id, @Nullable OrderView order) {
    active.remove(id);
    attendance.forget(id);
    settlement.forget(id);
    sends.forget(id.prefix(16));
    runs.forget(id);
    if (order != null) {
      bidding.forget(order);
    }
  }

  private void forget() {
    Instant now = clock.instant();
    if (now.isAfter(forgotAt.plus(FORGET_EVERY))) {
      forgotAt = now;
      jobs.forget(
          job ->
              active.contains(job.order())
                  || (job.result() != null && store.info(job.result().kept()).isPresent()),
          now);
    }
  }

  // Any thread.

  /// The market as this node has seen it.
  public MarketState market() {
    return state;
  }

  public Optional<BlockRef> head() {
    return Optional.ofNullable(head);
  }

  public CapacityLedger ledger() {
    return reservations.ledger();
  }

  /// This node as registered; empty until its registration was seen.
  public Optional<NodeView> self() {
    return state.nodeOf(key);
  }

  public Optional<Job> job(Bytes32 order, int slot) {
    return jobs.find(TaskRequests.key(order, slot));
  }

  /// What a task of an array's slot gave while others of the slot run or wait.
  public Optional<ResultLeaf> leaf(Job job, int index) {
    return jobs.leaf(job, index);
  }

  /// Index of the task that an array's slot runs now; those before it are finished. Empty for
  /// single tasks, and while nothing runs.
  public Optional<Integer> current(Bytes32 order, int slot) {
    return jobs.current(TaskRequests.key(order, slot));
  }

  /// Where a running task's `stdout` and `stderr` grow.
  public Path runDirectory(Bytes32 order, int slot) {
    return runs.directory(order, slot);
  }

  /// Whether the result may be shown to the consumer: in QUORUM not while others may still commit,
  /// or a lazy provider could buy it from him.
  public boolean isResultOpen(Bytes32 order) {
    BlockRef block = head;
    return block != null
        && state
            .order(order)
            .map(o ->
                o.terms().mode() != Verification.QUORUM
                    || o.closed()
                    || o.commitsClosed(block.timestamp()).isPresent())
            .orElse(false);
  }

  /// Notes that the consumer watches a slot; close what is returned when it stops.
  public AutoCloseable attach(Bytes32 order, int slot) {
    return attendance.attach(TaskRequests.key(order, slot));
  }

  /// Takes the consumer's receipt for a result that is here, if the law would take it: a key's own
  /// signature, or one that the contract at the consumer's address stands by (ERC-1271).
  ///
  /// @return false if it is not the consumer's signature over this result
  /// @throws ChainException if a contract must be asked and the chain does not answer
  public boolean submitReceipt(Bytes32 order, int slot, Data receipt) {
    TaskKey task = TaskRequests.key(order, slot);
    Job job = jobs.get(task);
    OrderView view = state.order(order).orElse(null);
    if (job == null || job.result() == null || view == null) {
      return false;
    }
    Bytes32 digest =
        new Receipt(order, slot, job.result().root(), job.result().fuel()).digest(law.domain());
    if (!law.isSignedBy(view.terms().consumer(), digest, receipt)) {
      return false;
    }
    post(() -> settlement.receipted(task, job.attempt(), receipt));
    return true;
  }

  /// Specs that gave no result here.
  public Declined declined() {
    return declined;
  }

  /// How much of the store results may still fill that were promised.
  public long promisedBytes() {
    return reservations.promisedBytes();
  }

  /// What consumers have paid for uploads, and pay with.
  public Vouchers vouchers() {
    return vouchers;
  }

  /// What this node would answer to an order with these terms if it stood in the newest block.
  public Decision quote(Terms terms, TaskSpec spec) {
    BlockRef block = head;
    NodeView me = state.nodeOf(key).orElse(null);
    if (block == null || me == null) {
      throw new IllegalStateException("this node is not registered yet, or still reads the chain");
    }
    return bidding.quote(terms, spec, me, block.timestamp(), draining);
  }

  /// What this node does about an order that was placed.
  ///
  /// @param preparing what it does before it bids; empty when nothing is left to do, and in a
  ///   refusal
  public record Standing(Decision decision, Optional<Reason> preparing) {}

  /// How an order that was placed stands here; empty for one not seen here.
  public Optional<Standing> standing(Bytes32 id) {
    BlockRef block = head;
    NodeView me = state.nodeOf(key).orElse(null);
    if (block == null || me == null) {
      throw new IllegalStateException("this node is not registered yet, or still reads the chain");
    }
    return state.order(id).map(order -> bidding.standing(order, me, block.timestamp(), draining));
  }

  /// Takes no new work from now on; what was promised is finished.
  public void drain() {
    draining = true;
  }

  public boolean draining() {
    return draining;
  }

  /// A number that grows whenever something may have changed.
  public long version() {
    synchronized (changes) {
      return version;
    }
  }

  /// Waits until [#version] is larger than `seen`, at most for `patience`.
  public long awaitChange(long seen, Duration patience) throws InterruptedException {
    long until = System.nanoTime() + patience.toNanos();
    synchronized (changes) {
      while (version <= seen) {
        long left = (until - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          break;
        }
        changes.wait(left);
      }
      return version;
    }
  }

  /// Slots of this node with work, the newest first.
  public List<Job> jobs() {
    return jobs.all();
  }

  /// Stops at once; what is running starts again with the next start of the node, an array's slot
  /// at its first unfinished task.
  @Override
  public void close() {
    stopped = true;
    owner.interrupt();
    try {
      owner.join();
      preparation.close();
      runs.close();
      preparation.awaitStopped();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
