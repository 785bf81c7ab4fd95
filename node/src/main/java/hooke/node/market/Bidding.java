package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Call;
import hooke.chain.ChainException;
import hooke.chain.Reverted;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Verification;
import hooke.node.config.NodeConfig;
import hooke.node.runtime.TaskRuntime;
import hooke.node.spec.BilledFuel;
import hooke.node.spec.Specs;
import hooke.scheduler.bidding.Admission;
import hooke.scheduler.bidding.BidPlan;
import hooke.scheduler.bidding.BidPlanner;
import hooke.scheduler.bidding.Decision;
import hooke.scheduler.bidding.NodeState;
import hooke.scheduler.bidding.OperatorAccount;
import hooke.scheduler.bidding.Reason;
import hooke.scheduler.model.NodePolicy;
import hooke.scheduler.model.Pace;
import hooke.scheduler.model.TaskKey;
import hooke.scheduler.model.TaskRequest;
import hooke.scheduler.model.Units;
import hooke.storage.BlobStore;
import hooke.v1.TaskSpec;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which open slots this node bids for. It gathers what the scheduler decides from (the order, what
/// is here, what is promised), asks it, and sends the bids it plans. Owned by the agent's thread;
/// [#quote] alone is for any.
final class Bidding {
  private static final Logger LOG = LoggerFactory.getLogger(Bidding.class);

  private static final long MIB = 1L << 20;

  /// Questions about the draw that one look may ask the chain; the others wait for the next look.
  private static final int DRAWS_PER_LOOK = 64;

  private final NodeConfig config;
  private final Address key;
  private final HookeContract law;
  private final MarketState state;
  private final BlobStore store;
  private final Stakes stakes;
  private final Jobs jobs;
  private final Declined declined;
  private final Reservations reservations;
  private final Preparation preparation;
  private final Clientele clientele;
  private final TaskRuntime runtime;
  private final Sends sends;

  /// Bids as they were sent, for as long as their order is looked at.
  private final Map<TaskKey, Call> sent = new HashMap<>();

  /// What the chain said of the draw in the block of this number.
  private final Map<TaskKey, Boolean> drawn = new HashMap<>();

  private long drawnAt = -1;
  private int draws;

  Bidding(
      NodeConfig config,
      Address key,
      HookeContract law,
      MarketState state,
      BlobStore store,
      Jobs jobs,
      Declined declined,
      Reservations reservations,
      Preparation preparation,
      Clientele clientele,
      TaskRuntime runtime,
      Sends sends) {
    this.config = config;
    this.key = key;
    this.law = law;
    this.state = state;
    this.store = store;
    this.stakes = new Stakes(state, store);
    this.jobs = jobs;
    this.declined = declined;
    this.reservations = reservations;
    this.preparation = preparation;
    this.clientele = clientele;
    this.runtime = runtime;
    this.sends = sends;
  }

  /// One look at all open orders: [#consider] each, then [#bid].
  final class Round {
    private final Moment moment;
    private final OperatorView operator;
    private final NodeState node;
    private final Admission admission;
    private final List<TaskRequest> wanted = new ArrayList<>();

    private Round(Moment moment, OperatorView operator) {
      this.moment = moment;
      this.operator = operator;
      this.node = nodeState(moment.me(), operator, moment.time(), false);
      this.admission = Admission.at(node, moment.now());
    }

    /// Takes the order's next slot into the round, once all that it needs is here.
    void consider(OrderView order) {
      if (order.closed()
          || moment.time() > order.openUntil()
          || failure(order, moment.me()).isPresent()) {
        return;
      }
      List<SlotView> open =
          order.slots().stream()
              .filter(
                  s -> s.state() == SlotState.OPEN && reservations.find(key(order, s)).isEmpty())
              .toList();
      // In a quorum each operator has one slot.
      boolean holds =
          order.terms().mode() == Verification.QUORUM
              && order.slots().stream()
                  .anyMatch(s ->
                      s.operatorId() == operator.id()
                          || reservations.find(key(order, s)).isPresent());
      if (open.isEmpty() || holds || !isOpenTo(order)) {
        return;
      }
      try {
        if (isHopeless(order, open.getFirst(), null)) {
          return;
        }
        switch (preparation.of(order, moment.me())) {
          case Preparation.State.Known known -> {
            // Nothing is fetched for a task that would not be bid for with everything here.
            if (misfit(order.terms(), known.spec()).isEmpty()
                && !isHopeless(order, open.getFirst(), known.spec())) {
              preparation.fetch(order, moment.me());
            }
          }
          case Preparation.State.Ready ready -> {
            if (misfit(order.terms(), ready.spec()).isEmpty()) {
              chooseSlot(order, open, ready.spec())
                  .ifPresent(slot -> wanted.add(request(order, slot, ready.spec())));
            }
          }
          case Preparation.State.Queued ignored -> {}
          case Preparation.State.Underway ignored -> {}
          case Preparation.State.Failed ignored -> {}
          case Preparation.State.Hopeless ignored -> {}
        }
      } catch (IllegalArgumentException | ArithmeticException e) {
        LOG.debug("order {} asks for the impossible: {}", order.id().prefix(12), e.getMessage());
      }
    }

    /// The law takes quorum bids from the block after the order's on, from operators that were
    /// there before it and are no party of it.
    private boolean isOpenTo(OrderView order) {
      if (order.terms().mode() != Verification.QUORUM) {
        return true;
      }
      return Juries.isJury(order.terms(), law.address())
          ? state.judgedBy(order.id()).filter(judged -> isJurorOf(judged, order)).isPresent()
          : operator.registeredBlock() < order.block() && !isMine(order.terms().consumer());
    }

    /// A juror was there before what it judges, and had no part in it.
    private boolean isJurorOf(OrderView judged, OrderView jury) {
      ChallengeView challenge = judged.challenges().get(Juries.index(jury.terms()));
      return challenge != null
          && operator.registeredBlock() < judged.block()
          && judged.slot(challenge.slot()).operatorId() != operator.id()
          && !isMine(challenge.challenger())
          && !isMine(judged.terms().consumer());
    }

    private boolean isMine(Address account) {
      return operator.account().equals(account) || Bidding.this.key.equals(account);
    }

    private boolean isHopeless(OrderView order, SlotView slot, @Nullable TaskSpec spec) {
      return admission.decide(request(order, slot, spec)) instanceof Decision.Decline decline
          && decline.isFinal();
    }

    private Optional<SlotView> chooseSlot(OrderView order, List<SlotView> open, TaskSpec spec) {
      if (order.terms().mode() != Verification.QUORUM) {
        // Of many slots each operator begins at another one.
        return Optional.of(open.get(operator.id() % open.size()));
      }
      if (moment.block().number() < order.block() + 1
          || !(admission.decide(request(order, open.getFirst(), spec)) instanceof Decision.Bid)) {
        return Optional.empty();
      }
      // Operators spread over the slots by rank, so that they do not all reach for the same one;
      // whoever has no slot of his own tries what is left a block later.
      int rank = Chores.rank(state, order, operator.id());
      List<SlotView> tries = new ArrayList<>();
      open.stream().filter(s -> s.slot() == rank).forEach(tries::add);
      if (moment.block().number() > order.block() + 2) {
        for (int i = 0; i < open.size(); i++) {
          tries.add(open.get((rank + i) % open.size()));
        }
      }
      return tries.stream().filter(slot -> isDrawn(order, slot, moment)).findFirst();
    }

    /// Sends what the scheduler plans for all that was considered.
    void bid() {
      if (wanted.isEmpty()) {
        return;
      }
      BidPlan plan = BidPlanner.plan(node.with(reservations.ledger()), wanted, moment.now());
      reservations.replace(plan.ledger());
      for (BidPlan.Planned planned : plan.bids()) {
        TaskKey task = planned.key();
        OrderView order = state.order(TaskRequests.order(task)).orElseThrow();
        Call call = law.bid(order.terms(), task.slot(), planned.bid().price());
        long fence = planned.reservation().fence();
        sent.put(task, call);
        sends.send(
            "bid",
            order,
            order.slot(task.slot()),
            call,
            moment,
            why -> reservations.take(reservations.ledger().release(task, fence)));
      }
    }
  }

  /// What the spec asks for beyond what the order's terms say: the terms are what room is kept by
  /// and what is paid for.
  private Optional<Reason> misfit(Terms terms, TaskSpec spec) {
    if (spec.getRealTime() && terms.mode() != Verification.ATTENDED) {
      return cannotRun(
          "a task in real time gives no two runs alike, and an order in mode %s compares runs"
              .formatted(terms.mode()));
    }
    if (terms.fuelLimit() <= BilledFuel.START) {
      return cannotRun(
          "starting a task takes %s fuel, and the order's limit is %s"
              .formatted(Units.count(BilledFuel.START), Units.count(terms.fuelLimit())));
    }
    int tasks = spec.hasArray() ? spec.getArray().getCount() : 1;
    if (Juries.isJury(terms, law.address())) {
      return Juries.index(terms) < tasks
          ? misfit(terms, spec, 1)
          : cannotRun("the jury is about task %d of %d".formatted(Juries.index(terms), tasks));
    }
    if (terms.tasks() != tasks) {
      return cannotRun("the order has %d tasks, its spec is of %d".formatted(terms.tasks(), tasks));
    }
    boolean each = terms.mode() == Verification.QUORUM;
    return misfit(terms, spec, each ? tasks : Math.ceilDiv(tasks, terms.slots()));
  }

  /// @param count tasks of the largest slot
  private static Optional<Reason> misfit(Terms terms, TaskSpec spec, int count) {
    long memory = Specs.memoryLimit(spec);
    if (memory > terms.memoryMib() * MIB) {
      return cannotRun(
          "the spec gives the program %s of memory, the order's terms only %d MiB"
              .formatted(Units.bytesUp(memory), terms.memoryMib()));
    }
    BigInteger disk = Specs.diskBytes(spec, count);
    if (disk.compareTo(BigInteger.valueOf(terms.diskMib() * MIB)) > 0) {
      return cannotRun(
          "inputs and outputs of %s may take %s of disk, the order's terms give %d MiB"
              .formatted(
                  count == 1 ? "the task" : count + " tasks",
                  Units.bytesUp(disk.min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact()),
                  terms.diskMib()));
    }
    return Optional.empty();
  }

  private static Optional<Reason> cannotRun(String why) {
    return Optional.of(new Reason.CannotRun(why, Optional.empty()));
  }

  private static TaskKey key(OrderView order, SlotView slot) {
    return TaskRequests.key(order.id(), slot.slot());
  }

  private TaskRequest request(OrderView order, SlotView slot, @Nullable TaskSpec spec) {
    Terms terms = order.terms();
    return TaskRequests.of(
        order.id(),
        slot.slot(),
        slot.count(),
        terms,
        order.createdAt(),
        preparation.pace(terms.spec()),
        spec);
  }

  /// Begins a look; empty when the operator is not known.
  Optional<Round> round(Moment moment) {
    if (drawnAt != moment.block().number()) {
      drawnAt = moment.block().number();
      drawn.clear();
    }
    draws = 0;
    return state.operator(moment.me().operatorId()).map(operator -> new Round(moment, operator));
  }

  private boolean isDrawn(OrderView order, SlotView slot, Moment moment) {
    TaskKey task = key(order, slot);
    Boolean known = drawn.get(task);
    if (known != null || draws >= DRAWS_PER_LOOK) {
      return known != null && known;
    }
    draws++;
    boolean answer = false;
    try {
      answer = law.isDrawn(order.terms(), slot.slot(), moment.me().operatorId(), moment.time() + 1);
      drawn.put(task, answer);
    } catch (Reverted e) {
      LOG.debug("the draw of order {} is not ready: {}", order.id().prefix(12), e.getMessage());
    }
    return answer;
  }

  /// Bids again as before for a slot that a reorganisation took back while its work goes on.
  ///
  /// @param lost told if the law gives the slot to another
  void again(OrderView order, SlotView slot, Moment moment, Runnable lost) {
    Call call = sent.get(key(order, slot));
    if (call == null || moment.time() > order.openUntil()) {
      lost.run();
    } else {
      sends.send(
          "bid",
          order,
          slot,
          call,
          moment,
          why -> {
            if (why.code() == ChainException.Code.REVERTED) {
              lost.run();
            }
          });
    }
  }

  void forget(OrderView order) {
    order.slots().forEach(slot -> sent.remove(key(order, slot)));
  }

  /// What this node would answer to an order with these terms if it stood in `block`. Any thread.
  Decision quote(Terms terms, TaskSpec spec, NodeView me, long blockTime, boolean draining) {
    OperatorView operator =
        state
            .operator(me.operatorId())
            .orElseThrow(() -> new IllegalStateException("the operator is not known yet"));
    Reason misfit = declined(terms).or(() -> misfit(terms, spec)).orElse(null);
    if (misfit != null) {
      return new Decision.Decline(List.of(misfit), Optional.empty());
    }
    return Admission.at(
            nodeState(me, operator, blockTime, draining), Instant.ofEpochSecond(blockTime))
        .decide(
            TaskRequests.of(
                hooke.chain.Bytes32.ZERO, 0, terms.countOf(0), terms, blockTime, Pace.USUAL, spec));
  }

  /// How an order stands here in a block of this time. Any thread.
  ///
  /// @throws IllegalArgumentException when its terms ask for the impossible
  MarketAgent.Standing standing(OrderView order, NodeView me, long blockTime, boolean draining) {
    OperatorView operator =
        state
            .operator(me.operatorId())
            .orElseThrow(() -> new IllegalStateException("the operator is not known yet"));
    Optional<TaskSpec> spec = preparation.spec(order.terms().spec());
    Reason never =
        failure(order, me)
            .or(() -> spec.flatMap(known -> misfit(order.terms(), known)))
            .orElse(null);
    if (never != null) {
      return new MarketAgent.Standing(
          new Decision.Decline(List.of(never), Optional.empty()), Optional.empty());
    }
    int slot =
        order.slots().stream()
            .filter(each -> each.state() == SlotState.OPEN)
            .mapToInt(SlotView::slot)
            .findFirst()
            .orElse(0);
    Decision decision =
        Admission.at(nodeState(me, operator, blockTime, draining), Instant.ofEpochSecond(blockTime))
            .decide(
                TaskRequests.of(
                    order.id(),
                    slot,
                    order.slot(slot).count(),
                    order.terms(),
                    order.createdAt(),
                    preparation.pace(order.terms().spec()),
                    spec.orElse(null)));
    if (decision instanceof Decision.Decline) {
      return new MarketAgent.Standing(decision, Optional.empty());
    }
    return switch (preparation.obstacle(order).orElse(null)) {
      case Reason.CannotRun reason ->
          new MarketAgent.Standing(
              new Decision.Decline(List.of(reason), Optional.empty()), Optional.empty());
      case null -> new MarketAgent.Standing(decision, Optional.empty());
      case Reason reason -> new MarketAgent.Standing(decision, Optional.of(reason));
    };
  }

  /// What went wrong here with this order, or another of the same spec.
  private Optional<Reason> failure(OrderView order, NodeView me) {
    return jobs.failure(order, me.id())
        .<Reason>map(why -> new Reason.CannotRun(why, Optional.empty()))
        .or(() -> declined(order.terms()));
  }

  private Optional<Reason> declined(Terms terms) {
    return declined
        .find(terms.spec())
        .map(found ->
            new Reason.CannotRun(
                "order %s of the same spec gave no result here: %s"
                    .formatted(found.order().prefix(12), found.why()),
                found.until()));
  }

  private NodeState nodeState(
      NodeView me, OperatorView operator, long blockTime, boolean draining) {
    Holdings held = Holdings.of(state.liveOrders(), operator.id());
    return new NodeState(
        policy(me),
        reservations.ledger(),
        new OperatorAccount(operator.stake().value(), operator.bonded().value()),
        draining,
        held.orders(),
        held.exclusiveKeys(),
        Math.max(0, store.capacity() - store.used()),
        stakes.of(operator.id(), blockTime));
  }

  private NodePolicy policy(NodeView me) {
    return new NodePolicy(
        me.operatorId(),
        me.id(),
        runtime.unfit().isPresent() ? Set.of() : Set.of(runtime.profile()),
        Set.of(
            hooke.scheduler.model.Verification.ATTENDED,
            hooke.scheduler.model.Verification.OPTIMISTIC,
            hooke.scheduler.model.Verification.QUORUM),
        clientele.anyone() ? Optional.empty() : Optional.of(ours(me)),
        config.speed(),
        config.tariff(),
        config.limits(),
        config.delays());
  }

  /// Whether the programs of an order's consumer are run here at all.
  boolean isWelcome(OrderView order) {
    return clientele.anyone()
        || state
            .nodeOf(key)
            .map(me -> ours(me).contains(order.terms().consumer().toString()))
            .orElse(false);
  }

  /// Accounts that are no strangers here.
  private Set<String> ours(NodeView me) {
    Set<String> ours = new HashSet<>(Set.of(key.toString()));
    state.operator(me.operatorId()).ifPresent(own -> ours.add(own.account().toString()));
    return ours;
  }
}
