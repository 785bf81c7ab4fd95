package hooke.node.rpc;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The answers of a streaming call for a thread that blocks. One answer is asked for at a time, so
/// a slow reader slows the node down and nothing piles up here. Closing ends the call.
final class IncomingStream<Q, A> implements AutoCloseable {
  private final LinkedBlockingQueue<Event<A>> events = new LinkedBlockingQueue<>();
  private final String endpoint;
  private @Nullable ClientCallStreamObserver<Q> call;
  private boolean over;

  private sealed interface Event<A> {
    record Next<A>(A answer) implements Event<A> {}

    record End<A>() implements Event<A> {}

    record Failed<A>(Throwable why) implements Event<A> {}
  }

  /// @param start makes the call with the observer it is given
  IncomingStream(String endpoint, Consumer<ClientResponseObserver<Q, A>> start) {
    this.endpoint = endpoint;
    start.accept(
        new ClientResponseObserver<>() {
          @Override
          public void beforeStart(ClientCallStreamObserver<Q> requests) {
            call = requests;
            requests.disableAutoRequestWithInitial(1);
          }

          @Override
          public void onNext(A answer) {
            events.add(new Event.Next<>(answer));
          }

          @Override
          public void onError(Throwable thrown) {
            events.add(new Event.Failed<>(thrown));
          }

          @Override
          public void onCompleted() {
            events.add(new Event.End<>());
          }
        });
  }

  /// The next answer; empty at the end.
  ///
  /// @throws RpcFailure if the call failed, or nothing came for `patience`
  Optional<A> next(Duration patience) throws InterruptedException {
    if (over) {
      return Optional.empty();
    }
    Event<A> event = events.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    if (event == null) {
      throw new RpcFailure(
          RpcFailure.TIMEOUT,
          "%s sent nothing for %d seconds".formatted(endpoint, patience.toSeconds()),
          java.util.Map.of(),
          null);
    }
    return switch (event) {
      case Event.Next<A> next -> {
        if (call != null) {
          call.request(1);
        }
        yield Optional.of(next.answer());
      }
      case Event.End<A> ignored -> {
        over = true;
        yield Optional.empty();
      }
      case Event.Failed<A> failed -> {
        over = true;
        throw RpcFailure.of(endpoint, failed.why());
      }
    };
  }

  @Override
  public void close() {
    if (!over && call != null) {
      over = true;
      call.cancel("not wanted any more", null);
    }
  }
}
