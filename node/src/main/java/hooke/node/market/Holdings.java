package hooke.node.market;

import hooke.chain.Bytes32;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// What the law has given out and not taken back yet, as far as it forbids another bid.
///
/// @param orders orders of which the operator holds a bonded slot
/// @param exclusiveKeys exclusive keys with a bonded slot of anybody, each with its order
record Holdings(Set<String> orders, Map<String, String> exclusiveKeys) {

  /// Read from every order that is not closed.
  static Holdings of(Collection<OrderView> live, int operatorId) {
    Set<String> orders = new HashSet<>();
    Map<String, String> keys = new HashMap<>();
    for (OrderView order : live) {
      boolean bonded = false;
      for (SlotView slot : order.slots()) {
        bonded |= slot.bonded();
        if (slot.bonded() && slot.operatorId() == operatorId) {
          orders.add(order.id().toString());
        }
      }
      Bytes32 exclusive = order.terms().exclusiveKey();
      if (bonded && !exclusive.isZero()) {
        keys.put(order.terms().consumer() + "/" + exclusive, order.id().toString());
      }
    }
    return new Holdings(orders, keys);
  }
}
