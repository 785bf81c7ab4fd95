package hooke.devnet.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// A port of its own in front of another one, which can be cut and mended again: how a network or a
/// chain's endpoint fails. Passes bytes on unread.
public final class Relay implements AutoCloseable {
  private final URI target;
  private final int port;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private @Nullable ServerSocket listening;

  private Relay(URI target, ServerSocket first) {
    this.target = target;
    this.port = first.getLocalPort();
    listen(first);
  }

  /// Begins to pass on what comes for `target`, at a free port.
  public static Relay to(URI target) throws IOException {
    return new Relay(target, new ServerSocket(0, 0, InetAddress.getLoopbackAddress()));
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /// Ends every connection and refuses new ones.
  public synchronized void cut() {
    if (listening != null) {
      close(listening);
      listening = null;
    }
    open.forEach(Relay::close);
    open.clear();
  }

  /// Takes connections again, at the same port.
  public synchronized void mend() {
    if (listening == null) {
      try {
        ServerSocket again = new ServerSocket();
        again.setReuseAddress(true);
        again.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        listen(again);
      } catch (IOException e) {
        throw new UncheckedIOException("the relay cannot listen again at port " + port, e);
      }
    }
  }

  private void listen(ServerSocket socket) {
    listening = socket;
    Thread.ofVirtual()
        .name("relay")
        .start(() -> {
          try {
            while (true) {
              Socket client = socket.accept();
              Thread.ofVirtual().start(() -> connect(client));
            }
          } catch (IOException e) {
            close(socket); // Cut.
          }
        });
  }

  private void connect(Socket client) {
    try {
      Socket server = new Socket(target.getHost(), target.getPort());
      open.add(client);
      open.add(server);
      Thread.ofVirtual().start(() -> pass(client, server));
      pass(server, client);
    } catch (IOException e) {
      close(client);
    }
  }

  private void pass(Socket from, Socket to) {
    try (InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      in.transferTo(out);
    } catch (IOException e) {
      close(from); // Either end is gone, so the other goes too.
    } finally {
      close(to);
      open.remove(from);
      open.remove(to);
    }
  }

  private static void close(AutoCloseable socket) {
    try {
      socket.close();
    } catch (Exception e) {
      throw new IllegalStateException("a socket does not fail to close", e);
    }
  }

  @Override
  public void close() {
    cut();
  }
}
