package hooke.node.rpc;

import com.google.protobuf.MessageLite;
import hooke.chain.Bytes32;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// How lists are given in pages: so many at most, from behind the last one of the page before, and
/// never more than one message holds.
final class Pages {
  private static final int DEFAULT_SIZE = 100;
  private static final int MAX_SIZE = 1_000;

  /// Half of what a message may have.
  private static final int MAX_BYTES = RpcServer.MAX_MESSAGE / 2;

  private Pages() {}

  /// Puts on a page what fits, one at least.
  ///
  /// @param asked as the caller asked; 0: as many as usual
  /// @return the last one on the page when others come behind it
  /// @throws RpcException if `asked` is negative
  static <V, M extends MessageLite> Optional<V> fill(
      int asked, Stream<V> views, Function<V, M> wire, Consumer<M> page) {
    int size = size(asked);
    int count = 0;
    long bytes = 0;
    @Nullable V last = null;
    Iterator<V> rest = views.iterator();
    while (rest.hasNext()) {
      V next = rest.next();
      if (count == size) {
        return Optional.ofNullable(last);
      }
      M message = wire.apply(next);
      bytes += message.getSerializedSize();
      if (last != null && bytes > MAX_BYTES) {
        return Optional.of(last);
      }
      page.accept(message);
      last = next;
      count++;
    }
    return Optional.empty();
  }

  private static int size(int asked) {
    if (asked < 0) {
      throw Requests.invalid("page_size cannot be negative");
    }
    return asked == 0 ? DEFAULT_SIZE : Math.min(asked, MAX_SIZE);
  }

  /// The token of the page behind what has this block and id.
  static String token(long block, Bytes32 id) {
    return block + "-" + id;
  }

  /// What [#token] points behind; all for none.
  ///
  /// @throws RpcException if the token is not such a one
  static <V> Stream<V> behind(
      String token, Supplier<Stream<V>> all, BiFunction<Long, Bytes32, Stream<V>> behind) {
    if (token.isEmpty()) {
      return all.get();
    }
    int dash = token.indexOf('-');
    try {
      long block = Long.parseLong(token.substring(0, Math.max(0, dash)));
      return behind.apply(block, Bytes32.parse(token.substring(dash + 1)));
    } catch (IllegalArgumentException e) {
      throw noToken();
    }
  }

  /// The number that a token is; `none` for the first page.
  static int behind(String token, int none) {
    if (token.isEmpty()) {
      return none;
    }
    try {
      return Integer.parseInt(token);
    } catch (NumberFormatException e) {
      throw noToken();
    }
  }

  private static RpcException noToken() {
    return Requests.invalid("the page token is none of this node's");
  }
}
