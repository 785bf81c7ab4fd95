package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.Data;
import hooke.chain.Reverted;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Verification;
import hooke.node.spec.SlotResult;
import hooke.scheduler.model.TaskKey;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings one slot of this node from its assignment to the release of its bond: what the chain says
/// of it and what this node has decide what is next (see [MarketAgent]'s table). Owned by the
/// agent's thread.
final class Settlement {
  private static final Logger LOG = LoggerFactory.getLogger(Settlement.class);

  /// The last reveal of a block settles the whole order, which an estimate made before that block
  /// cannot know; what is not used costs nothing.
  private static final long REVEAL_GAS = 200_000;

  private static final long SETTLE_SLOT_GAS = 100_000;
  private static final String BAD_RECEIPT = "BadReceipt";

  private final HookeContract law;
  private final Jobs jobs;
  private final Runs runs;
  private final Attendance attendance;
  private final Demands demands;
  private final Challenges challenges;
  private final Sends sends;
  private final Behaviour behaviour;
  private final Predicate<OrderView> welcome;
  private final Clientele clientele;
  private final SecureRandom random = new SecureRandom();
  private final Set<TaskKey> doubted = new HashSet<>();

  /// @param welcome whether the programs of an order's consumer are run here at all
  Settlement(
      HookeContract law,
      Jobs jobs,
      Runs runs,
      Attendance attendance,
      Demands demands,
      Challenges challenges,
      Sends sends,
      Behaviour behaviour,
      Clientele clientele,
      Predicate<OrderView> welcome) {
    this.law = law;
    this.jobs = jobs;
    this.runs = runs;
    this.attendance = attendance;
    this.demands = demands;
    this.challenges = challenges;
    this.sends = sends;
    this.behaviour = behaviour;
    this.clientele = clientele;
    this.welcome = welcome;
  }

  /// The next step for a slot that the law gives to this node.
  void serve(OrderView order, SlotView slot, Moment moment) {
    TaskKey task = TaskRequests.key(order.id(), slot.slot());
    switch (slot.state()) {
      case ASSIGNED -> work(order, slot, task, moment);
      case DELIVERED -> {
        Data receipt = jobs.receipt(task);
        if (!order.challenges().isEmpty()) {
          challenges.answer(
              order,
              slot,
              Optional.ofNullable(jobs.get(task)).map(Job::result).orElse(null),
              moment);
        }
        if (!receipt.isEmpty()) {
          acknowledge(order, slot, receipt, moment);
        } else if (moment.time() > slot.deadline() && !Challenges.pending(order, slot)) {
          sends.send("settle", order, slot, law.settleSlot(order.terms(), slot.slot()), moment);
        }
      }
      case COMMITTED -> reveal(order, slot, task, moment);
      case REVEALED -> settleAfterReveals(order, slot, moment);
      case SETTLED -> afterSettlement(order, slot, task, moment);
      case OPEN, RELEASED, REFUSED, OUTVOTED, UNREVEALED, VOID, CLOSED, FORFEITED, DISPROVED ->
          runs.release(task);
    }
  }

  private void work(OrderView order, SlotView slot, TaskKey task, Moment moment) {
    Job job = jobs.get(task);
    if (job == null || job.attempt() != slot.attempt()) {
      byte[] salt = new byte[Bytes32.SIZE];
      random.nextBytes(salt);
      job = Job.accepted(order.id(), slot.slot(), slot.attempt(), Bytes32.of(salt));
      jobs.keep(job);
      LOG.info(
          "order {} slot {} is ours until {}", order.id().prefix(12), slot.slot(), slot.deadline());
    }
    switch (job.phase()) {
      case ACCEPTED, RUNNING -> {
        if (moment.time() > slot.deadline()) {
          runs.giveUp(order, slot, job, "the deadline passed before the run was over", false);
        } else if (!welcome.test(order)) {
          // Promised while there was a sandbox; the bond is less than the machine.
          runs.giveUp(order, slot, job, clientele.explanation(), true);
        } else {
          runs.cutShort(order, slot, job, moment)
              .ifPresentOrElse(jobs::keep, () -> runs.hold(order, slot, moment));
        }
      }
      case DONE -> deliver(order, slot, task, job, moment);
      case FAILED -> {
        runs.release(task);
        // At once: what it costs of the bond grows until the deadline, and others could begin.
        if (moment.time() <= slot.deadline()) {
          sends.send("giveUp", order, slot, law.giveUp(order.terms(), slot.slot()), moment);
        }
      }
    }
  }

  private void deliver(OrderView order, SlotView slot, TaskKey task, Job job, Moment moment) {
    runs.release(task);
    SlotResult result = job.result();
    if (result == null || moment.time() > slot.deadline() || !behaviour.delivers(order.id())) {
      return;
    }
    if (order.terms().mode() == Verification.QUORUM) {
      Bytes32 commitment =
          law.commitmentOf(
              order.id(),
              slot.slot(),
              moment.me().operatorId(),
              result.root(),
              result.fuel(),
              job.salt());
      sends.send("commit", order, slot, law.commit(order.terms(), slot.slot(), commitment), moment);
      return;
    }
    if (result.count() < slot.count()) {
      sends.send(
          "deliver",
          order,
          slot,
          law.deliverPart(order.terms(), slot.slot(), result.count(), result.root(), result.fuel()),
          moment);
      return;
    }
    // A receipt would end the time for challenges, so in OPTIMISTIC none is waited for.
    if (order.terms().mode() == Verification.OPTIMISTIC || attendance.isSettled(task, job)) {
      sendWithReceipt(
          "deliver",
          order,
          slot,
          law.deliver(order.terms(), slot.slot(), result.root(), result.fuel(), job.receipt()),
          moment);
    }
  }

  private void reveal(OrderView order, SlotView slot, TaskKey task, Moment moment) {
    Job job = jobs.get(task);
    if (job == null || job.result() == null || order.commitsClosed(moment.time()).isEmpty()) {
      return;
    }
    if (behaviour.reveals(order.id()) && attendance.isSettled(task, job)) {
      sendWithReceipt(
          "reveal",
          order,
          slot,
          law.reveal(
                  order.terms(),
                  slot.slot(),
                  job.result().root(),
                  job.result().fuel(),
                  job.salt(),
                  job.receipt())
              .withGas(REVEAL_GAS + SETTLE_SLOT_GAS * order.slots().size()),
          moment);
    }
    settleAfterReveals(order, slot, moment);
  }

  private void settleAfterReveals(OrderView order, SlotView slot, Moment moment) {
    order
        .commitsClosed(moment.time())
        .ifPresent(closed -> {
          if (moment.time() > closed + order.terms().windowSeconds()) {
            sends.send("settle", order, slot, law.settle(order.terms()), moment);
          }
        });
  }

  private void afterSettlement(OrderView order, SlotView slot, TaskKey task, Moment moment) {
    runs.release(task);
    SlotView.Demand demand = slot.demand();
    Data receipt = jobs.receipt(task);
    if (demand != null) {
      Optional.ofNullable(jobs.get(task))
          .map(Job::result)
          .ifPresent(result -> demands.answer(order, slot, result, demand, moment));
    } else if (!receipt.isEmpty()) {
      acknowledge(order, slot, receipt, moment);
    } else if (moment.time() > slot.deadline()) {
      sends.send("release", order, slot, law.release(order.terms(), slot.slot()), moment);
    }
  }

  private void acknowledge(OrderView order, SlotView slot, Data receipt, Moment moment) {
    sendWithReceipt(
        "acknowledge", order, slot, law.acknowledge(order.terms(), slot.slot(), receipt), moment);
  }

  /// Sends what carries a receipt. A contract may stand by one when it is asked and not when the
  /// law asks: then the slot goes its way without, or its provider would miss the deadline for it.
  private void sendWithReceipt(
      String what, OrderView order, SlotView slot, Call call, Moment moment) {
    sends.send(
        what,
        order,
        slot,
        call,
        moment,
        why -> {
          if (why instanceof Reverted refused && refused.revert().name().equals(BAD_RECEIPT)) {
            TaskKey task = TaskRequests.key(order.id(), slot.slot());
            doubted.add(task);
            jobs.find(task).ifPresent(job -> jobs.keep(job.with(Data.EMPTY)));
          }
        });
  }

  /// Keeps a consumer's receipt, unless the law has refused one for this slot before.
  void receipted(TaskKey task, int attempt, Data receipt) {
    jobs.find(task)
        .filter(job -> job.attempt() == attempt && !doubted.contains(task))
        .ifPresent(job -> jobs.keep(job.with(receipt)));
  }

  void forget(Bytes32 order) {
    String id = order.toString();
    doubted.removeIf(task -> task.order().equals(id));
  }

  /// Whether a reorganisation took back the assignment that this node works on: the slot is open,
  /// and was given out less often than to this node.
  boolean isTakenBack(OrderView order, SlotView slot) {
    Job job = jobs.get(TaskRequests.key(order.id(), slot.slot()));
    return job != null && slot.state() == SlotState.OPEN && slot.attempt() < job.attempt();
  }
}
