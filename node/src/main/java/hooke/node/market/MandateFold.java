package hooke.node.market;

import hooke.chain.Wei;
import hooke.chain.contract.LawEvent;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;

/// Mandates. What is ordered under one is an order like any other: [OrderFold] has it.
final class MandateFold {
  private final UndoLog undo;
  private final ConcurrentSkipListMap<Integer, MandateView> mandates =
      new ConcurrentSkipListMap<>();

  MandateFold(UndoLog undo) {
    this.undo = undo;
  }

  void apply(LawEvent.OfMandate event, long time) {
    long block = event.at().block();
    if (event instanceof LawEvent.MandateOpened e) {
      undo.put(mandates, e.mandate(), opened(e, block, time));
      return;
    }
    MandateView before = mandates.get(event.mandate());
    if (before == null) {
      return;
    }
    MandateView after =
        switch (event) {
          case LawEvent.MandateOpened ignored -> before; // handled above
          case LawEvent.MandateFunded e -> before.funded(e.amount(), block, time);
          case LawEvent.OrderedUnder e -> before.ordered(e.order(), e.escrow(), block, time);
          case LawEvent.BudgetRecovered e -> before.recovered(e.amount(), block, time);
          case LawEvent.MandateEnded ignored -> before.over(block, time);
        };
    undo.put(mandates, event.mandate(), after);
  }

  private static MandateView opened(LawEvent.MandateOpened e, long block, long time) {
    return new MandateView(
        e.mandate(),
        e.owner(),
        e.agent(),
        e.root(),
        e.from(),
        e.until(),
        e.budget(),
        Wei.ZERO,
        0,
        null,
        false,
        block,
        time,
        block,
        time);
  }

  Optional<MandateView> mandate(int number) {
    return Optional.ofNullable(mandates.get(number));
  }

  Stream<MandateView> newest() {
    return mandates.descendingMap().values().stream();
  }

  Stream<MandateView> behind(int number) {
    return mandates.headMap(number, false).descendingMap().values().stream();
  }
}
