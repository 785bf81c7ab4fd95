package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.ChainException;
import hooke.chain.Data;
import hooke.chain.Keccak;
import hooke.chain.Reverted;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.LeafProof;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Verification;
import hooke.chain.eip712.Receipt;
import hooke.chain.event.ChainListener;
import hooke.chain.rpc.BlockRef;
import hooke.chain.wallet.Wallet;
import hooke.node.config.NodeConfig;
import hooke.node.runtime.TaskRuntime;
import hooke.node.spec.ResultLeaf;
import hooke.scheduler.bidding.Admission;
import hooke.scheduler.bidding.BidPlan;
import hooke.scheduler.bidding.BidPlanner;
import hooke.scheduler.bidding.Decision;
import hooke.scheduler.bidding.NodeState;
import hooke.scheduler.bidding.OperatorAccount;
import hooke.scheduler.capacity.CapacityLedger;
import hooke.scheduler.capacity.Change;
import hooke.scheduler.capacity.Claim;
import hooke.scheduler.capacity.Hold;
import hooke.scheduler.capacity.Reservation;
import hooke.scheduler.model.NodePolicy;
import hooke.scheduler.model.TaskKey;
import hooke.scheduler.model.TaskRequest;
import hooke.scheduler.queue.FairShare;
import hooke.scheduler.queue.RunPlan;
import hooke.scheduler.queue.RunQueue;
import hooke.storage.BlobStore;
import hooke.v1.TaskSpec;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
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
/// | assigned, QUORUM | a result | commit |
/// | committed, commits closed | the same | reveal |
/// | delivered or revealed, window over | | settle |
/// | settled, pay held | a receipt | acknowledge |
/// | settled, leaf demanded | the archive | answer |
/// | settled, retention over | | release |
/// | assigned to another, deadline passed | | miss, so that the slot opens again |
///
/// One thread owns everything here that is not marked as safe for others; other threads speak to it
/// through a bounded mailbox. Chain time (the newest block's) decides about deadlines and prices;
/// the machine's clock only about how long a receipt is waited for and how long bytes are kept.
public final class MarketAgent implements ChainListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MarketAgent.class);
  private static final int MAILBOX = 10_000;
  private static final Duration TICK = Duration.ofMillis(200);

  /// Others get this long to report a missed deadline before this node does, times its rank.
  private static final int MISS_PATIENCE_SECONDS = 2;

  /// The last reveal of a block settles the whole order, which an estimate made before that block
  /// cannot know; what is not used costs nothing.
  private static final long REVEAL_GAS = 200_000;

  private static final long SETTLE_SLOT_GAS = 100_000;

  /// A killed worker is gone well within this.
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);

  /// How long a consumer who does not watch yet may take to connect.
  private static final Duration ATTACH_WAIT = Duration.ofSeconds(1);

  private static final Duration KEEP_SLACK = Duration.ofHours(1);

  private final NodeConfig config;
  private final Address key;
  private final HookeContract law;
  private final MarketState state;
  private final BlobStore store;
  private final JobStore jobs;
  private final TaskRunner runner;
  private final Preparation preparation;
  private final Behaviour behaviour;
  private final Clientele clientele;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();
  private final LinkedBlockingQueue<Runnable> mailbox = new LinkedBlockingQueue<>(MAILBOX);
  private final Sends sends;
  private final Thread owner;

  /// Slots whose consumer watches, with how many streams.
  private final Map<TaskKey, Integer> attached = new ConcurrentHashMap<>();

  /// Every job known here, for readers on other threads.
  private final Map<TaskKey, Job> known = new ConcurrentHashMap<>();

  private final Set<Bytes32> active = new TreeSet<>();
  private final Map<TaskKey, Thread> runs = new HashMap<>();
  private final Map<TaskKey, Instant> readySince = new HashMap<>();
  private volatile CapacityLedger ledger;
  private volatile @Nullable BlockRef head;
  private volatile boolean draining;
  private volatile boolean stopped;
  private boolean caughtUp;

  private final Object changes = new Object();
  private long version;

  /// @param key address of the node key that `transactor` signs with
  public MarketAgent(
      NodeConfig config,
      Address key,
      HookeContract law,
      MarketState state,
      BlobStore store,
      JobStore jobs,
      BlobSource source,
      TaskRuntime runtime,
      Transactor transactor,
      Behaviour behaviour,
      Clock clock)
      throws IOException {
    this.config = config;
    this.key = key;
    this.law = law;
    this.state = state;
    this.store = store;
    this.jobs = jobs;
    this.behaviour = behaviour;
    this.clientele = Clientele.of(config.network(), runtime.isolation());
    this.clock = clock;
    this.runner = new TaskRunner(store, runtime, config.work().resolve("tasks"));
    this.preparation =
        new Preparation(store, source, runtime, config.work().resolve("checks"), clock);
    this.sends = new Sends(transactor, this::post);
    this.ledger = CapacityLedger.empty(config.capacity(), jobs.nextStart());
    runner.clean();
    jobs.all().forEach(job -> known.put(TaskRequests.key(job.order(), job.slot()), job));
    this.owner = Thread.ofPlatform().name("market").start(this::loop);
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
      state.rollback(to.number());
      state.eachOrder().forEach(order -> active.add(order.id()));
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
    LOG.error("the chain is not followed any more: {}", reason.getMessage());
  }

  private void post(Runnable step) {
    try {
      if (!stopped) {
        mailbox.put(step);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // The owner's thread.

  private void loop() {
    while (!stopped) {
      try {
        Runnable step = mailbox.poll(TICK.toMillis(), TimeUnit.MILLISECONDS);
        while (step != null) {
          step.run();
          step = mailbox.poll();
        }
        if (caughtUp) {
          reconcile();
        }
        synchronized (changes) {
          version++;
          changes.notifyAll();
        }
      } catch (InterruptedException e) {
        return;
      } catch (ChainException e) {
        LOG.warn("a look at the chain failed: {}", e.getMessage());
      } catch (RuntimeException e) {
        // A defect must not end the node's part in work it has promised; it is loud in the log.
        LOG.error("the market agent stumbled", e);
      }
    }
  }

  private void reconcile() {
    BlockRef block = head;
    NodeView me = state.nodeOf(key).filter(NodeView::active).orElse(null);
    if (block == null || me == null) {
      return;
    }
    Instant now = Instant.ofEpochSecond(block.timestamp());
    ledger = ledger.expire(now).ledger();
    List<TaskRequest> open = new ArrayList<>();
    Set<Bytes32> specs = new HashSet<>();
    for (Bytes32 id : List.copyOf(active)) {
      OrderView order = state.order(id).orElse(null);
      if (order == null || isOver(order, me)) {
        retire(id, order);
        continue;
      }
      specs.add(order.terms().spec());
      for (SlotView slot : order.slots()) {
        if (slot.nodeId() == me.id()) {
          serve(order, slot, me, block, now);
        } else if (slot.nodeId() != 0) {
          release(TaskRequests.key(id, slot.slot()));
          reportMiss(order, slot, me, block);
        }
      }
      offer(order, me, block).ifPresent(open::add);
    }
    preparation.keepOnly(specs);
    bid(open, me, block, now);
    startRuns(now);
  }

  /// Nothing more can happen that this node has to do with.
  private boolean isOver(OrderView order, NodeView me) {
    boolean mine = order.slots().stream().anyMatch(s -> s.nodeId() == me.id() && s.bonded());
    return order.closed() && !mine;
  }

  private void retire(Bytes32 id, @Nullable OrderView order) {
    active.remove(id);
    readySince.keySet().removeIf(task -> task.order().equals(id.toString()));
    sends.forget(id.prefix(16));
    int slots = order == null ? 0 : order.slots().size();
    for (int slot = 0; slot < slots; slot++) {
      release(TaskRequests.key(id, slot));
    }
  }

  private void release(TaskKey task) {
    ledger
        .find(task)
        .ifPresent(held -> {
          Thread run = runs.remove(task);
          if (run != null) {
            run.interrupt();
          }
          take(ledger.release(task, held.fence()));
        });
  }

  private void take(Change change) {
    if (change instanceof Change.Applied applied) {
      ledger = applied.ledger();
    }
  }

  // A slot of ours.

  private void serve(OrderView order, SlotView slot, NodeView me, BlockRef block, Instant now) {
    TaskKey task = TaskRequests.key(order.id(), slot.slot());
    switch (slot.state()) {
      case ASSIGNED -> work(order, slot, task, me, block, now);
      case DELIVERED -> {
        Data receipt = receiptOf(task);
        if (!receipt.isEmpty()) {
          send("acknowledge", order, slot, law.acknowledge(order.terms(), slot.slot(), receipt));
        } else if (block.timestamp() > slot.deadline()) {
          send("settle", order, slot, law.settle(order.terms()));
        }
      }
      case COMMITTED -> reveal(order, slot, task, block);
      case REVEALED -> settleAfterReveals(order, slot, block);
      case SETTLED -> afterSettlement(order, slot, task, block);
      case OPEN, RELEASED, REFUSED, OUTVOTED, UNREVEALED, VOID, CLOSED, FORFEITED -> release(task);
    }
  }

  private void work(
      OrderView order, SlotView slot, TaskKey task, NodeView me, BlockRef block, Instant now) {
    Job job = known.get(task);
    if (job == null || job.attempt() != slot.attempt()) {
      byte[] salt = new byte[Bytes32.SIZE];
      random.nextBytes(salt);
      job = Job.accepted(order.id(), slot.slot(), slot.attempt(), Bytes32.of(salt));
      keep(task, job);
      LOG.info(
          "order {} slot {} is ours until {}", order.id().prefix(12), slot.slot(), slot.deadline());
    }
    switch (job.phase()) {
      case ACCEPTED, RUNNING -> {
        if (block.timestamp() > slot.deadline()) {
          release(task);
          keep(task, job.failed("the deadline passed before the run was over", clock.millis()));
        } else if (!clientele.anyone() && !ours(me).contains(order.terms().consumer().toString())) {
          // Promised while there was a sandbox; the bond is less than the machine.
          release(task);
          keep(task, job.failed(clientele.explanation(), clock.millis()));
        } else {
          hold(order, slot, task, now);
        }
      }
      case DONE -> deliver(order, slot, task, job, me, block);
      case FAILED -> release(task);
    }
  }

  private void hold(OrderView order, SlotView slot, TaskKey task, Instant now) {
    Instant finishBy = Instant.ofEpochSecond(slot.deadline()).minus(config.delays().deliver());
    Optional<Reservation> held = ledger.find(task);
    if (held.isPresent()) {
      if (held.get().hold() instanceof Hold.Tentative) {
        take(ledger.commit(task, held.get().fence(), finishBy, now));
      }
      return;
    }
    TaskRequest request =
        TaskRequests.of(order.id(), slot.slot(), order.terms(), order.createdAt(), null);
    take(ledger.adopt(Claim.of(request, config.speed()), finishBy, now));
  }

  private void deliver(
      OrderView order, SlotView slot, TaskKey task, Job job, NodeView me, BlockRef block) {
    release(task);
    ResultLeaf leaf = job.leaf();
    if (leaf == null || block.timestamp() > slot.deadline() || !behaviour.delivers(order.id())) {
      return;
    }
    if (order.terms().mode() == Verification.QUORUM) {
      Bytes32 commitment =
          law.commitmentOf(
              order.id(), slot.slot(), me.operatorId(), leaf.root(), leaf.fuel(), job.salt());
      send("commit", order, slot, law.commit(order.terms(), slot.slot(), commitment));
      return;
    }
    if (receiptSettled(task, job)) {
      send(
          "deliver",
          order,
          slot,
          law.deliver(order.terms(), slot.slot(), leaf.root(), leaf.fuel(), job.receipt()));
    }
  }

  private void reveal(OrderView order, SlotView slot, TaskKey task, BlockRef block) {
    Job job = known.get(task);
    if (job == null || job.leaf() == null || order.commitsClosed(block.timestamp()).isEmpty()) {
      return;
    }
    if (behaviour.reveals(order.id()) && receiptSettled(task, job)) {
      send(
          "reveal",
          order,
          slot,
          law.reveal(
                  order.terms(),
                  slot.slot(),
                  job.leaf().root(),
                  job.leaf().fuel(),
                  job.salt(),
                  job.receipt())
              .withGas(REVEAL_GAS + SETTLE_SLOT_GAS * order.slots().size()));
    }
    settleAfterReveals(order, slot, block);
  }

  private void settleAfterReveals(OrderView order, SlotView slot, BlockRef block) {
    order
        .commitsClosed(block.timestamp())
        .ifPresent(closed -> {
          if (block.timestamp() > closed + order.terms().windowSeconds()) {
            send("settle", order, slot, law.settle(order.terms()));
          }
        });
  }

  /// Whether the receipt is here, or nobody is there to give one, or it was waited for long enough.
  /// A short task may be done before its consumer has connected, so that gets a moment too.
  private boolean receiptSettled(TaskKey task, Job job) {
    Instant since = readySince.computeIfAbsent(task, key -> clock.instant());
    Duration patience = attached.containsKey(task) ? config.receiptWait() : ATTACH_WAIT;
    return !job.receipt().isEmpty() || !clock.instant().isBefore(since.plus(patience));
  }

  private void afterSettlement(OrderView order, SlotView slot, TaskKey task, BlockRef block) {
    release(task);
    SlotView.Demand demand = slot.demand();
    Data receipt = receiptOf(task);
    if (demand != null) {
      answer(order, slot, task, demand);
    } else if (!receipt.isEmpty()) {
      send("acknowledge", order, slot, law.acknowledge(order.terms(), slot.slot(), receipt));
    } else if (block.timestamp() > slot.deadline()) {
      send("release", order, slot, law.release(order.terms(), slot.slot()));
    }
  }

  private void answer(OrderView order, SlotView slot, TaskKey task, SlotView.Demand demand) {
    Job job = known.get(task);
    ResultLeaf leaf = job == null ? null : job.leaf();
    if (leaf == null) {
      return;
    }
    long leaves = Math.max(1, (leaf.size() + 1023) / 1024);
    long index = demand.seed().mod(BigInteger.valueOf(leaves)).longValueExact();
    try {
      store
          .prove(leaf.archive(), index)
          .ifPresent(proof ->
              send(
                  "answer",
                  order,
                  slot,
                  law.answer(
                      order.terms(),
                      slot.slot(),
                      new LeafProof(
                          leaf.index(),
                          leaf.outcome().code(),
                          leaf.exitCode(),
                          leaf.size(),
                          Bytes32.of(leaf.archive().bytes()),
                          Data.of(proof.leaf()),
                          proof.path().stream().map(Bytes32::of).toList()))));
    } catch (IOException e) {
      LOG.error("the demanded leaf of order {} cannot be read", order.id().prefix(12), e);
    }
  }

  private void send(String what, OrderView order, SlotView slot, Call call) {
    BlockRef block = head;
    if (block != null) {
      sends.send(intent(what, order, slot), call, block.number(), why -> {});
    }
  }

  private static String intent(String what, OrderView order, SlotView slot) {
    return what + "/" + order.id().prefix(16) + "/" + slot.slot() + "/" + slot.attempt();
  }

  // A slot of another.

  private void reportMiss(OrderView order, SlotView slot, NodeView me, BlockRef block) {
    if (slot.state() != SlotState.ASSIGNED
        || block.timestamp() <= slot.deadline() + (long) MISS_PATIENCE_SECONDS * rank(order, me)) {
      return;
    }
    send("miss", order, slot, law.miss(order.terms(), slot.slot()));
  }

  /// Place of this node's operator among those that may serve the order, by a hash that differs
  /// from order to order: who does the common chores first, and which quorum slot it tries first.
  private int rank(OrderView order, NodeView me) {
    Bytes32 mine = rankHash(order.id(), me.operatorId());
    return (int)
        state.operators().stream()
            .filter(o -> o.registeredBlock() < order.block() && !o.stake().isZero())
            .filter(o -> rankHash(order.id(), o.id()).compareTo(mine) < 0)
            .count();
  }

  private static Bytes32 rankHash(Bytes32 order, int operatorId) {
    return Keccak.hash(
        ByteBuffer.allocate(Bytes32.SIZE + 4).put(order.bytes()).putInt(operatorId).array());
  }

  // Bidding.

  /// The slot of this order that this node could bid for now, once all it needs is here.
  private Optional<TaskRequest> offer(OrderView order, NodeView me, BlockRef block) {
    if (draining || order.closed() || block.timestamp() > order.openUntil()) {
      return Optional.empty();
    }
    List<SlotView> open = order.slots().stream().filter(s -> s.state() == SlotState.OPEN).toList();
    OperatorView operator = state.operator(me.operatorId()).orElse(null);
    boolean holds = order.slots().stream().anyMatch(s -> s.operatorId() == me.operatorId());
    if (open.isEmpty() || operator == null || holds) {
      return Optional.empty();
    }
    try {
      Decision first =
          Admission.at(nodeState(me, operator), Instant.ofEpochSecond(block.timestamp()))
              .decide(
                  TaskRequests.of(
                      order.id(), open.getFirst().slot(), order.terms(), order.createdAt(), null));
      boolean reserved = open.stream().anyMatch(s -> isReserved(order, s));
      if (!reserved && first instanceof Decision.Decline decline && decline.isFinal()) {
        return Optional.empty();
      }
      Preparation.State prepared =
          preparation.of(order.terms(), origins(order.terms(), me), () -> post(() -> {}));
      if (reserved || !(prepared instanceof Preparation.State.Ready ready)) {
        return Optional.empty();
      }
      return chooseSlot(order, open, me, operator, block)
          .map(slot ->
              TaskRequests.of(
                  order.id(), slot.slot(), order.terms(), order.createdAt(), ready.spec()));
    } catch (IllegalArgumentException | ArithmeticException e) {
      LOG.debug("order {} asks for the impossible: {}", order.id().prefix(12), e.getMessage());
      return Optional.empty();
    }
  }

  private boolean isReserved(OrderView order, SlotView slot) {
    return ledger.find(TaskRequests.key(order.id(), slot.slot())).isPresent();
  }

  private Optional<SlotView> chooseSlot(
      OrderView order, List<SlotView> open, NodeView me, OperatorView operator, BlockRef block) {
    if (order.terms().mode() != Verification.QUORUM) {
      return Optional.of(open.getFirst());
    }
    boolean tooNew = operator.registeredBlock() >= order.block();
    boolean party =
        operator.account().equals(order.terms().consumer()) || key.equals(order.terms().consumer());
    if (tooNew || party || block.number() < order.block() + 1) {
      return Optional.empty();
    }
    // Operators spread over the slots by rank, so that they do not all reach for the same one;
    // whoever
    // has no slot of his own tries what is left a block later.
    int rank = rank(order, me);
    List<SlotView> tries = new ArrayList<>();
    open.stream().filter(s -> s.slot() == rank).forEach(tries::add);
    if (block.number() > order.block() + 2) {
      for (int i = 0; i < open.size(); i++) {
        tries.add(open.get((rank + i) % open.size()));
      }
    }
    for (SlotView slot : tries) {
      try {
        if (law.isDrawn(order.terms(), slot.slot(), me.operatorId(), block.timestamp() + 1)) {
          return Optional.of(slot);
        }
      } catch (Reverted e) {
        LOG.debug("the draw of order {} is not ready: {}", order.id().prefix(12), e.getMessage());
      }
    }
    return Optional.empty();
  }

  private List<NodeView> origins(Terms terms, NodeView me) {
    List<NodeView> origins = new ArrayList<>();
    for (int id : new int[] {terms.originA(), terms.originB()}) {
      if (id != me.id()) {
        state.node(id).ifPresent(origins::add);
      }
    }
    return origins;
  }

  private void bid(List<TaskRequest> open, NodeView me, BlockRef block, Instant now) {
    OperatorView operator = state.operator(me.operatorId()).orElse(null);
    if (open.isEmpty() || operator == null) {
      return;
    }
    BidPlan plan = BidPlanner.plan(nodeState(me, operator), open, now);
    ledger = plan.ledger();
    for (BidPlan.Planned planned : plan.bids()) {
      TaskKey task = planned.key();
      OrderView order = state.order(TaskRequests.order(task)).orElseThrow();
      SlotView slot = order.slot(task.slot());
      Call call = law.bid(order.terms(), task.slot(), planned.bid().price());
      long fence = planned.reservation().fence();
      sends.send(
          intent("bid", order, slot),
          call,
          block.number(),
          why -> take(ledger.release(task, fence)));
    }
  }

  private NodeState nodeState(NodeView me, OperatorView operator) {
    Set<String> heldOrders = new HashSet<>();
    Map<String, String> heldKeys = new HashMap<>();
    for (OrderView order : state.eachOrder()) {
      if (order.closed()) {
        continue;
      }
      boolean live = false;
      for (SlotView slot : order.slots()) {
        live |= slot.bonded();
        if (slot.bonded() && slot.operatorId() == me.operatorId()) {
          heldOrders.add(order.id().toString());
        }
      }
      Bytes32 exclusive = order.terms().exclusiveKey();
      if (live && !exclusive.isZero()) {
        heldKeys.put(order.terms().consumer() + "/" + exclusive, order.id().toString());
      }
    }
    return new NodeState(
        policy(me),
        ledger,
        new OperatorAccount(operator.stake().value(), operator.bonded().value()),
        draining,
        heldOrders,
        heldKeys);
  }

  private NodePolicy policy(NodeView me) {
    return new NodePolicy(
        me.operatorId(),
        me.id(),
        Set.of("wasm-det/1"),
        Set.of(
            hooke.scheduler.model.Verification.ATTENDED, hooke.scheduler.model.Verification.QUORUM),
        clientele.anyone() ? Optional.empty() : Optional.of(ours(me)),
        config.speed(),
        config.tariff(),
        config.limits(),
        config.delays());
  }

  /// Accounts that are no strangers here.
  private Set<String> ours(NodeView me) {
    Set<String> ours = new HashSet<>(Set.of(key.toString()));
    state.operator(me.operatorId()).ifPresent(own -> ours.add(own.account().toString()));
    return ours;
  }

  // Running.

  private void startRuns(Instant now) {
    RunPlan plan = RunQueue.next(ledger, FairShare.equal(), now);
    ledger = plan.ledger();
    for (Reservation start : plan.starts()) {
      OrderView order = state.order(TaskRequests.order(start.key())).orElseThrow();
      SlotView slot = order.slot(start.key().slot());
      Job job = known.get(start.key());
      Preparation.State prepared =
          state
              .nodeOf(key)
              .map(me ->
                  preparation.of(order.terms(), origins(order.terms(), me), () -> post(() -> {})))
              .orElseThrow();
      if (job == null || !(prepared instanceof Preparation.State.Ready ready)) {
        // After a restart the inputs may have to be fetched again; the slot is adopted anew then.
        take(ledger.release(start.key(), start.fence()));
        continue;
      }
      Job running = job.running(clock.millis());
      keep(start.key(), running);
      runs.put(
          start.key(),
          Thread.ofVirtual()
              .name("run-" + order.id().prefix(8) + "-" + slot.slot())
              .start(() -> run(order, slot, start, running, ready.spec(), now)));
    }
  }

  private void run(
      OrderView order, SlotView slot, Reservation start, Job job, TaskSpec spec, Instant now) {
    Terms terms = order.terms();
    Duration wall = Duration.between(now, start.hold().finishBy());
    Instant keepUntil =
        clock
            .instant()
            .plusSeconds(terms.runSeconds())
            .plusSeconds(2L * terms.windowSeconds())
            .plusSeconds(terms.retentionSeconds())
            .plus(KEEP_SLACK);
    try {
      TaskRunner.Outcome outcome =
          runner.run(
              order.id(),
              slot.slot(),
              terms.consumer(),
              spec,
              terms.fuelLimit(),
              wall.isPositive() ? wall : Duration.ofSeconds(1),
              keepUntil);
      post(() -> finished(order, start, job, outcome));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void finished(OrderView order, Reservation start, Job job, TaskRunner.Outcome outcome) {
    runs.remove(start.key());
    take(ledger.release(start.key(), start.fence()));
    Job current = known.get(start.key());
    if (current == null || current.attempt() != job.attempt()) {
      LOG.warn("a run of order {} came back for an attempt that is over", order.id().prefix(12));
      return;
    }
    keep(
        start.key(),
        switch (outcome) {
          case TaskRunner.Outcome.Result result ->
              current.done(
                  behaviour.report(result.leaf()),
                  result.stdoutSize(),
                  result.stderrSize(),
                  clock.millis());
          case TaskRunner.Outcome.NoResult none -> {
            LOG.warn("order {} gave no result here: {}", order.id().prefix(12), none.why());
            yield current.failed(none.why(), clock.millis());
          }
        });
  }

  private void keep(TaskKey task, Job job) {
    jobs.put(job);
    known.put(task, job);
  }

  private Data receiptOf(TaskKey task) {
    Job job = known.get(task);
    return job == null ? Data.EMPTY : job.receipt();
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
    return ledger;
  }

  /// This node as registered; empty until its registration was seen.
  public Optional<NodeView> self() {
    return state.nodeOf(key);
  }

  public Optional<Job> job(Bytes32 order, int slot) {
    return Optional.ofNullable(known.get(TaskRequests.key(order, slot)));
  }

  /// Where a running task's `stdout` and `stderr` grow.
  public Path runDirectory(Bytes32 order, int slot) {
    return runner.directory(order, slot).resolve("run");
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
    TaskKey task = TaskRequests.key(order, slot);
    attached.merge(task, 1, Integer::sum);
    return () -> attached.computeIfPresent(task, (id, count) -> count == 1 ? null : count - 1);
  }

  /// Takes the consumer's receipt for a result that is here.
  ///
  /// @return false if it is not the consumer's signature over this result
  public boolean submitReceipt(Bytes32 order, int slot, Data receipt) {
    Job job = known.get(TaskRequests.key(order, slot));
    OrderView view = state.order(order).orElse(null);
    if (job == null || job.leaf() == null || view == null) {
      return false;
    }
    Bytes32 digest =
        new Receipt(order, slot, job.leaf().root(), job.leaf().fuel()).digest(law.domain());
    if (Wallet.recover(digest, receipt).filter(view.terms().consumer()::equals).isEmpty()) {
      return false;
    }
    post(() -> {
      Job current = known.get(TaskRequests.key(order, slot));
      if (current != null && current.attempt() == job.attempt()) {
        keep(TaskRequests.key(order, slot), current.with(receipt));
      }
    });
    return true;
  }

  /// What this node would answer to an order with these terms if it stood in the newest block.
  public Decision quote(Terms terms, TaskSpec spec) {
    BlockRef block = head;
    NodeView me = state.nodeOf(key).orElse(null);
    OperatorView operator = me == null ? null : state.operator(me.operatorId()).orElse(null);
    if (block == null || me == null || operator == null) {
      throw new IllegalStateException("this node is not registered yet, or still reads the chain");
    }
    return Admission.at(nodeState(me, operator), Instant.ofEpochSecond(block.timestamp()))
        .decide(TaskRequests.of(Bytes32.ZERO, 0, terms, block.timestamp(), spec));
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
    return known.values().stream()
        .sorted(Comparator.comparingLong(Job::startedAt).reversed())
        .toList();
  }

  /// Stops at once; what is running starts again with the next start of the node.
  @Override
  public void close() {
    stopped = true;
    owner.interrupt();
    try {
      owner.join();
      runs.values().forEach(Thread::interrupt);
      for (Thread run : runs.values()) {
        run.join(STOP_PATIENCE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
