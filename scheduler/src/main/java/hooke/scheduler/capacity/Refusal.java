package hooke.scheduler.capacity;

import hooke.scheduler.model.Shortfall;
import hooke.scheduler.model.TaskKey;
import java.time.Instant;
import java.util.List;

/// Why the ledger keeps no room, or why accepted work has not started. An expected answer.
public sealed interface Refusal {

  /// For people; no full stop.
  String sentence();

  /// More than the whole node.
  record NeverFits(List<Shortfall> shortfalls) implements Refusal {
    public NeverFits {
      shortfalls = List.copyOf(shortfalls);
    }

    @Override
    public String sentence() {
      return Shortfall.sentence(shortfalls) + " even when this node is empty";
    }
  }

  /// Not enough is free at this instant.
  record NoRoomNow(List<Shortfall> shortfalls) implements Refusal {
    public NoRoomNow {
      shortfalls = List.copyOf(shortfalls);
    }

    @Override
    public String sentence() {
      return Shortfall.sentence(shortfalls);
    }
  }

  /// There will be room, but too late for the deadline.
  ///
  /// @param shortfalls what is lacking now; empty if the room is only too short
  /// @param window the earliest room
  record NoRoomInTime(List<Shortfall> shortfalls, Window window, Instant finishBy)
      implements Refusal {
    public NoRoomInTime {
      shortfalls = List.copyOf(shortfalls);
    }

    @Override
    public String sentence() {
      String now = shortfalls.isEmpty() ? "" : Shortfall.sentence(shortfalls) + "; ";
      return now
          + "the earliest room is from %s to %s, but the run must end by %s"
              .formatted(window.start(), window.end(), finishBy);
    }
  }

  /// Starting it now could make other work late.
  record BreaksPromise(TaskKey other, Instant wouldEnd, Instant finishBy) implements Refusal {
    @Override
    public String sentence() {
      return "starting now could let task %s end at %s, after its limit %s"
          .formatted(other, wouldEnd, finishBy);
    }
  }

  /// The bid has no answer yet.
  record NotAssigned() implements Refusal {
    @Override
    public String sentence() {
      return "the bid is not answered yet";
    }
  }

  /// There is a reservation for this task already.
  record AlreadyReserved(long fence) implements Refusal {
    @Override
    public String sentence() {
      return "this task already has a reservation (attempt " + fence + ")";
    }
  }
}
