package hooke.node.market;

import hooke.chain.Bytes32;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/// Views by id, listed the newest first; those of one block by id, so that two readers list them
/// alike. One thread changes it, any may read.
final class NewestFirst<V> {
  private final Function<V, Bytes32> id;
  private final ToLongFunction<V> block;
  private final Map<Bytes32, V> byId = new ConcurrentHashMap<>();
  private final ConcurrentSkipListMap<Age, V> byAge = new ConcurrentSkipListMap<>();

  private record Age(long block, Bytes32 id) implements Comparable<Age> {
    @Override
    public int compareTo(Age other) {
      int newer = Long.compare(other.block, block);
      return newer != 0 ? newer : id.compareTo(other.id);
    }
  }

  /// @param block that a view's subject was made in
  NewestFirst(Function<V, Bytes32> id, ToLongFunction<V> block) {
    this.id = id;
    this.block = block;
  }

  private Age age(V view) {
    return new Age(block.applyAsLong(view), id.apply(view));
  }

  /// Shows the view in place of the one that its id had.
  void show(V view) {
    V before = byId.put(id.apply(view), view);
    if (before != null && !age(before).equals(age(view))) {
      byAge.remove(age(before));
    }
    byAge.put(age(view), view);
  }

  void hide(V view) {
    byId.remove(id.apply(view));
    byAge.remove(age(view));
  }

  Optional<V> get(Bytes32 key) {
    return Optional.ofNullable(byId.get(key));
  }

  /// All, read as far as wanted.
  Stream<V> all() {
    return byAge.values().stream();
  }

  /// Those after the one with this block and id, which need not be there, read as far as wanted.
  Stream<V> behind(long block, Bytes32 id) {
    return byAge.tailMap(new Age(block, id), false).values().stream();
  }
}
