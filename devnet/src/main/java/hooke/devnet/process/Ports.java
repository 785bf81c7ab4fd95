package hooke.devnet.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;

/// Hands out TCP ports of the loopback interface that are free right now, each once.
public final class Ports {
  private static final int TRIES = 100;

  private final Set<Integer> given = new HashSet<>();

  /// `wanted` if it is free, else the next free one above it, else any.
  public int near(int wanted) {
    for (int port = wanted; port < wanted + TRIES && port < 65_536; port++) {
      if (!given.contains(port) && free(port)) {
        given.add(port);
        return port;
      }
    }
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      given.add(socket.getLocalPort());
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("no free TCP port on this machine", e);
    }
  }

  /// Never hands out `port`.
  public void taken(int port) {
    given.add(port);
  }

  private static boolean free(int port) {
    // Both: a listener on all interfaces does not always stop a bind to one of them.
    for (InetSocketAddress address :
        new InetSocketAddress[] {
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), new InetSocketAddress(port)
        }) {
      try (var socket = new ServerSocket()) {
        socket.setReuseAddress(true);
        socket.bind(address, 1);
      } catch (IOException e) {
        return false;
      }
    }
    return true;
  }
}
