package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Wei;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.Tab;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// Tabs: what consumers have locked for vouchers, each for one operator.
final class TabFold {
  private static final Tab NONE = new Tab(Wei.ZERO, Wei.ZERO, 0);

  private final UndoLog undo;
  private final Map<Key, Tab> tabs = new ConcurrentHashMap<>();

  private record Key(Address consumer, int operatorId) {}

  TabFold(UndoLog undo) {
    this.undo = undo;
  }

  void apply(LawEvent.OfTab event) {
    Tab before = tab(event.consumer(), event.operatorId());
    Tab after =
        switch (event) {
          case LawEvent.TabOpened e ->
              new Tab(before.balance().plus(e.amount()), before.redeemed(), 0);
          case LawEvent.VoucherRedeemed e ->
              new Tab(before.balance().minus(e.amount()), e.total(), before.closesAt());
          case LawEvent.TabClosing e -> new Tab(before.balance(), before.redeemed(), e.closesAt());
          case LawEvent.TabClosed ignored -> new Tab(Wei.ZERO, before.redeemed(), 0);
        };
    undo.put(tabs, new Key(event.consumer(), event.operatorId()), after);
  }

  Tab tab(Address consumer, int operatorId) {
    return tabs.getOrDefault(new Key(consumer, operatorId), NONE);
  }

  SortedMap<Integer, Tab> tabs(Address consumer) {
    SortedMap<Integer, Tab> found = new TreeMap<>();
    tabs.forEach((key, tab) -> {
      if (key.consumer().equals(consumer)) {
        found.put(key.operatorId(), tab);
      }
    });
    return found;
  }
}
