package hooke.scheduler.bidding;

import hooke.scheduler.capacity.Claim;
import hooke.scheduler.capacity.Refusal;
import hooke.scheduler.capacity.Reservation;
import hooke.scheduler.capacity.Schedule;
import hooke.scheduler.capacity.Window;
import hooke.scheduler.model.Capacity;
import hooke.scheduler.model.Delays;
import hooke.scheduler.model.Limits;
import hooke.scheduler.model.NodePolicy;
import hooke.scheduler.model.Resources;
import hooke.scheduler.model.Shortfall;
import hooke.scheduler.model.Tariff;
import hooke.scheduler.model.TaskRequest;
import hooke.scheduler.model.Verification;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Whether one node wants one slot, at one instant.
///
/// Holds what is the same for every slot, so that thousands can be asked for at little cost. It
/// never stops at the first obstacle: a person who asks why gets all the reasons at once.
///
/// The price paid by the order and the time it takes bids are read at `now`, so `now` must not run
/// ahead of the chain's clock; the price only rises, so running behind is safe.
public final class Admission {

  private static final BigInteger BPS = BigInteger.valueOf(Tariff.BPS);

  private final NodeState state;
  private final Instant now;
  private final Schedule schedule;
  private final int waiting;
  private final BigInteger freeStake;
  private final BigInteger bondLimit;
  private final Set<String> takenOrders;
  private final Map<String, String> exclusive;

  private Admission(NodeState state, Instant now) {
    this.state = state;
    this.now = now;
    this.schedule = state.ledger().scheduleAt(now);
    this.waiting = state.ledger().waiting();
    this.freeStake = state.account().freeDown(state.ledger().pendingBonds());
    this.bondLimit =
        state
            .account()
            .stake()
            .multiply(BigInteger.valueOf(state.policy().limits().maxBondShareBps()))
            .divide(BPS);
    this.takenOrders = new HashSet<>(state.heldOrders());
    this.exclusive = new HashMap<>(state.heldExclusive());
    for (Reservation each : state.ledger().reservations()) {
      takenOrders.add(each.key().order());
      each.claim().exclusiveKey().ifPresent(key -> exclusive.put(key, each.key().order()));
    }
  }

  /// Ready to judge slots as of `now`.
  public static Admission at(NodeState state, Instant now) {
    return new Admission(state, now);
  }

  /// What it judges by.
  NodeState state() {
    return state;
  }

  /// The answer for `task`.
  public Decision decide(TaskRequest task) {
    NodePolicy policy = state.policy();
    Delays delays = policy.delays();
    List<Reason> reasons = new ArrayList<>(0);
    judgeOrder(task, reasons);
    judgeStake(task, reasons);

    Instant finishBy = now.plus(task.run()).minus(delays.deliver());
    Instant notBefore = now.plus(delays.assign());
    Optional<Window> window = judgeRoom(task, notBefore, finishBy, reasons);

    Optional<PriceFloor> price = window.map(at -> floor(task, at));
    price.ifPresent(floor -> judgePrice(task, floor, reasons));
    window.ifPresent(at -> judgeStart(task, at, notBefore, reasons));
    if (task.eligibleFrom().isAfter(now)) {
      reasons.add(new Reason.NotDrawnYet(task.eligibleFrom()));
    }

    if (window.isPresent() && price.isPresent() && reasons.isEmpty()) {
      return new Decision.Bid(
          task.price().acceptableDown(task.created(), now),
          price.get().floor().longValueExact(),
          price.get().cost().longValueExact(),
          Claim.of(task, policy.speed()),
          window.get(),
          notBefore,
          finishBy,
          now.plus(delays.bidPatience()));
    }
    List<Reason.Timed> timed = new ArrayList<>(reasons.size());
    for (Reason each : reasons) {
      if (each instanceof Reason.Timed passing) {
        timed.add(passing);
      }
    }
    if (price.isPresent() && timed.size() == reasons.size()) {
      return waitFor(task, price.get().floor().longValueExact(), timed);
    }
    return new Decision.Decline(reasons, price.map(PriceFloor::floor));
  }

  /// Waiting helps only if the order still takes bids by then.
  private static Decision waitFor(TaskRequest task, long floor, List<Reason.Timed> timed) {
    Instant until = Instant.MIN;
    for (Reason.Timed each : timed) {
      until = each.until().isAfter(until) ? each.until() : until;
    }
    if (until.isBefore(task.openUntil())) {
      return new Decision.Wait(
          until, task.price().acceptableDown(task.created(), until), floor, timed);
    }
    List<Reason> reasons = new ArrayList<>(timed);
    reasons.add(new Reason.BiddingOver(task.openUntil()));
    return new Decision.Decline(reasons, Optional.of(BigInteger.valueOf(floor)));
  }

  private void judgeOrder(TaskRequest task, List<Reason> reasons) {
    NodePolicy policy = state.policy();
    if (state.draining()) {
      reasons.add(new Reason.Draining());
    }
    if (!now.isBefore(task.openUntil())) {
      reasons.add(new Reason.BiddingOver(task.openUntil()));
    }
    if (!task.allow().isEmpty() && !task.allow().contains(policy.operatorId())) {
      reasons.add(new Reason.NotOnAllowList(policy.operatorId(), task.allow()));
    }
    if (!policy.modes().contains(task.mode())) {
      reasons.add(new Reason.UnsupportedVerification(task.mode()));
    }
    if (policy.onlyFor().isPresent() && !policy.onlyFor().get().contains(task.consumer())) {
      reasons.add(new Reason.NoSandbox());
    }
    if (task.profile().isPresent() && !policy.profiles().contains(task.profile().get())) {
      reasons.add(new Reason.UnknownProfile(task.profile().get(), policy.profiles()));
    }
    if (task.inputBytes() > policy.limits().maxInputBytes()) {
      reasons.add(new Reason.InputTooLarge(task.inputBytes(), policy.limits().maxInputBytes()));
    }
    boolean oneEach =
        task.mode() == Verification.QUORUM && takenOrders.contains(task.key().order());
    if (oneEach || state.ledger().find(task.key()).isPresent()) {
      reasons.add(new Reason.AlreadyTaken(task.key()));
    }
    String holder = task.exclusiveKey().map(exclusive::get).orElse(null);
    if (holder != null && !holder.equals(task.key().order())) {
      reasons.add(new Reason.ExclusiveKeyHeld(task.exclusiveKey().orElse(""), holder));
    }
  }

  private void judgeStake(TaskRequest task, List<Reason> reasons) {
    BigInteger stake = state.account().stake();
    if (task.minStake().compareTo(stake) > 0) {
      reasons.add(new Reason.StakeTooLow(task.minStake(), stake));
    }
    if (task.bond().compareTo(bondLimit) > 0) {
      reasons.add(new Reason.BondTooLarge(task.bond(), bondLimit));
    }
    if (task.bond().compareTo(freeStake) > 0) {
      reasons.add(new Reason.BondNotFree(task.bond(), freeStake));
      return;
    }
    Limits limits = state.policy().limits();
    AtRisk risk = state.atRisk();
    judgeRisk(
        Reason.StakeAtRisk.Scope.CONSUMER,
        task.bond(),
        risk.ofConsumer(task.consumer())
            .add(state.ledger().pendingBonds(bid -> bid.consumer().equals(task.consumer()))),
        limits.consumerShareBps(),
        reasons);
    task.program()
        .ifPresent(program ->
            judgeRisk(
                Reason.StakeAtRisk.Scope.PROGRAM,
                task.bond(),
                risk.ofProgram(program)
                    .add(state.ledger().pendingBonds(bid -> bid.program().equals(task.program()))),
                limits.programShareBps(),
                reasons));
    judgeRisk(
        Reason.StakeAtRisk.Scope.ALL,
        task.bond(),
        risk.all().add(state.ledger().pendingBonds()),
        limits.hourShareBps(),
        reasons);
  }

  private void judgeRisk(
      Reason.StakeAtRisk.Scope scope,
      BigInteger bond,
      BigInteger atRisk,
      int shareBps,
      List<Reason> reasons) {
    BigInteger limit = state.account().stake().multiply(BigInteger.valueOf(shareBps)).divide(BPS);
    if (bond.signum() > 0 && atRisk.add(bond).compareTo(limit) > 0) {
      reasons.add(new Reason.StakeAtRisk(scope, bond, atRisk, limit));
    }
  }

  /// The window the run would get; where there is none in time, still one to make a price with.
  private Optional<Window> judgeRoom(
      TaskRequest task, Instant notBefore, Instant finishBy, List<Reason> reasons) {
    NodePolicy policy = state.policy();
    Resources needs = task.resources();
    Capacity capacity = state.ledger().capacity();

    Duration worst = policy.speed().worstRunUp(task);
    Duration overhead = policy.delays().assign().plus(policy.delays().deliver());
    boolean unreachable = worst.plus(overhead).compareTo(task.run()) > 0;
    if (unreachable) {
      reasons.add(new Reason.DeadlineUnreachable(task.fuelLimit(), worst, task.run(), overhead));
    }
    if (worst.compareTo(policy.limits().maxRun()) > 0) {
      reasons.add(new Reason.RunTooLong(worst, policy.limits().maxRun()));
    }
    List<Shortfall> never = capacity.shortfall(needs);
    if (!never.isEmpty()) {
      reasons.add(new Reason.NeverFits(never));
      return Optional.empty();
    }
    if (waiting >= policy.limits().maxWaiting()) {
      reasons.add(new Reason.BacklogFull(waiting, policy.limits().maxWaiting()));
    }
    if (needs.diskBytes() > schedule.diskFree()) {
      reasons.add(
          new Reason.NoRoom(
              new Refusal.NoRoomNow(
                  List.of(
                      new Shortfall(
                          Shortfall.Kind.DISK, needs.diskBytes(), schedule.diskFree())))));
    }
    // Who has nowhere to keep the result has run for nothing.
    long keepable = Math.max(0, state.storeFree() - state.ledger().promisedBytes());
    if (task.keptBytes() > keepable) {
      reasons.add(new Reason.StoreFull(task.keptBytes(), keepable));
    }
    Window window = schedule.earliest(needs, worst, notBefore);
    if (!unreachable && window.end().isAfter(finishBy)) {
      List<Shortfall> lacks = schedule.shortfallAt(needs, schedule.now());
      reasons.add(new Reason.NoRoom(new Refusal.NoRoomInTime(lacks, window, finishBy)));
    }
    return Optional.of(window);
  }

  /// Who has a slot of an order already, and could not start another one at once, lets others go
  /// first, if only for half of the time in which the order takes bids: many slots are then spread
  /// over idle nodes, and none is left without a bid.
  private void judgeStart(
      TaskRequest task, Window window, Instant notBefore, List<Reason> reasons) {
    if (!window.start().isAfter(notBefore) || !takenOrders.contains(task.key().order())) {
      return;
    }
    Duration half = Duration.between(task.created(), task.openUntil()).dividedBy(2);
    Duration yield = state.policy().delays().yield();
    Instant until = task.created().plus(yield.compareTo(half) < 0 ? yield : half);
    if (until.isAfter(now)) {
      reasons.add(new Reason.LeftToOthers(window.start(), until));
    }
  }

  private PriceFloor floor(TaskRequest task, Window window) {
    Resources free = schedule.freeAt(window.start());
    Resources total = state.ledger().capacity().total();
    long growth = PriceFloor.growthPpm(task.resources(), free, total);
    return PriceFloor.of(task, state.policy().tariff(), state.policy().speed(), growth);
  }

  private void judgePrice(TaskRequest task, PriceFloor price, List<Reason> reasons) {
    long max = task.price().max();
    if (price.floor().compareTo(BigInteger.valueOf(max)) > 0) {
      reasons.add(new Reason.PriceBelowFloor(price.floor(), price.least(), max));
      return;
    }
    long floor = price.floor().longValueExact();
    long acceptable = task.price().acceptableDown(task.created(), now);
    if (acceptable >= floor) {
      return;
    }
    Instant reached = task.price().reaches(floor, task.created()).orElseThrow();
    if (reached.isBefore(task.openUntil())) {
      reasons.add(new Reason.PriceNotYet(floor, acceptable, reached));
    } else {
      reasons.add(new Reason.RampTooSlow(floor, reached, task.openUntil()));
    }
  }
}
