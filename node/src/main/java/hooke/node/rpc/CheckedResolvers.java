package hooke.node.rpc;

import hooke.node.config.Reach;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Looks names of nodes up, once for each connection, and gives only addresses that may be
/// connected to: the connection goes to the very address that was looked at, so a name that answers
/// otherwise a moment later leads nowhere else.
///
/// The host's own resolver is asked, on threads of its own, since it blocks.
final class CheckedResolvers extends AddressResolverGroup<InetSocketAddress> {
  /// Look-ups of this process at once: a market full of names that answer slowly must not fill it
  /// with threads.
  private static final Semaphore LOOKUPS = new Semaphore(32);

  private final Reach reach;
  private final Duration patience;

  CheckedResolvers(Reach reach, Duration patience) {
    this.reach = reach;
    this.patience = patience;
  }

  @Override
  protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
    return new Checking(executor).asAddressResolver();
  }

  private final class Checking extends InetNameResolver {
    private final EventExecutor loop;

    Checking(EventExecutor executor) {
      super(executor);
      loop = executor;
    }

    @Override
    protected void doResolve(String host, Promise<InetAddress> promise) {
      var late =
          loop.schedule(
              () ->
                  promise.tryFailure(
                      new UnknownHostException("its name is not answered for in time")),
              patience.toMillis(),
              TimeUnit.MILLISECONDS);
      promise.addListener(done -> late.cancel(false));
      Thread.ofPlatform().daemon().name("hooke-lookup").start(() -> lookUp(host, promise));
    }

    private void lookUp(String host, Promise<InetAddress> promise) {
      try {
        if (!LOOKUPS.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new UnknownHostException("its name could not be looked up in time");
        }
        try {
          promise.trySuccess(reach.first(InetAddress.getAllByName(host)));
        } finally {
          LOOKUPS.release();
        }
      } catch (UnknownHostException e) {
        String why = e.getMessage() == null ? host : e.getMessage();
        // The JDK says the name alone, or the name and what the system said.
        promise.tryFailure(
            why.startsWith(host) ? new UnknownHostException("its name is not known") : e);
      } catch (InterruptedException e) {
        promise.tryFailure(new UnknownHostException("interrupted"));
      }
    }

    @Override
    protected void doResolveAll(String host, Promise<List<InetAddress>> promise) {
      Promise<InetAddress> one = loop.newPromise();
      one.addListener(done -> {
        if (done.isSuccess()) {
          promise.trySuccess(List.of(one.getNow()));
        } else {
          promise.tryFailure(done.cause());
        }
      });
      doResolve(host, one);
    }
  }
}
