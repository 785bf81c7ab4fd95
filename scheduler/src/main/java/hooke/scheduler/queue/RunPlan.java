package hooke.scheduler.queue;

import hooke.scheduler.capacity.CapacityLedger;
import hooke.scheduler.capacity.Refusal;
import hooke.scheduler.capacity.Reservation;
import hooke.scheduler.model.TaskKey;
import java.util.List;
import java.util.SortedMap;

/// What to start now.
///
/// @param starts hand each to a worker, with its fence
/// @param waiting for all the rest, why it has not started
/// @param late reservations that, at the worst rate, would end too late: warn, and take no more on
/// @param ledger the old one with `starts` running. Take it before the first worker starts
public record RunPlan(
    List<Reservation> starts,
    SortedMap<TaskKey, Refusal> waiting,
    List<Reservation> late,
    CapacityLedger ledger) {}
