package hooke.node.market;

import java.util.ArrayDeque;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How to show an earlier block again. Whatever a fold does to its views, it notes here how that is
/// undone; a rollback undoes the newest first. Steps of the newest [#BLOCKS] blocks are kept, so
/// what this takes does not grow with the chain's past.
///
/// One thread.
final class UndoLog {
  /// Most blocks that a rollback may take back; several times the depth at which Ethereum is final.
  static final int BLOCKS = 512;

  private final ArrayDeque<Step> steps = new ArrayDeque<>();
  private long applying;
  private long forgotten = -1;

  /// Takes back one step of an event in `block`.
  private record Step(long block, Runnable undo) {}

  /// From now on steps belong to an event in `block`.
  void begin(long block) {
    applying = block;
  }

  void add(Runnable undo) {
    steps.addLast(new Step(applying, undo));
    while (steps.getFirst().block() < applying - BLOCKS) {
      forgotten = steps.removeFirst().block();
    }
  }

  /// Puts, so that it can be undone.
  <K, V> void put(Map<K, V> map, K key, V value) {
    V before = map.put(key, value);
    add(() -> restore(map, key, before));
  }

  private static <K, V> void restore(Map<K, V> map, K key, @Nullable V before) {
    if (before == null) {
      map.remove(key);
    } else {
      map.put(key, before);
    }
  }

  /// Undoes every step of blocks after `block`.
  ///
  /// @return false, and nothing is undone, if steps so far back are not kept any more
  boolean rollback(long block) {
    if (block < forgotten) {
      return false;
    }
    while (!steps.isEmpty() && steps.getLast().block() > block) {
      steps.removeLast().undo().run();
    }
    return true;
  }
}
