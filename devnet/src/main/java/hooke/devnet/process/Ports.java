package hooke.devnet.process;

import hooke.node.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Hands out TCP ports of the loopback interface that are free right now, each to one devnet of
/// this user. A port is bound only a while after it was chosen, so it is held by a claim: a file
/// that names who chose it. A claim counts while that process runs, and as long as that devnet's
/// state names the port, also while nothing of it runs.
public final class Ports {
  private static final int TRIES = 200;

  /// Locks are the process's, not the thread's.
  private static final Object THREADS = new Object();

  private final Path claims;
  private final Optional<Path> owner;
  private final Set<Integer> given = new HashSet<>();
  private final Set<Integer> claimed = new HashSet<>();

  private Ports(Path claims, Optional<Path> owner) {
    this.claims = claims;
    this.owner = owner;
  }

  /// Ports for this process: others may have them once it has ended.
  public static Ports ofProcess() {
    return new Ports(shared(), Optional.empty());
  }

  /// Ports for the devnet whose state is in this file.
  public static Ports of(Path stateFile) {
    return new Ports(shared(), Optional.of(stateFile.toAbsolutePath().normalize()));
  }

  private static Path shared() {
    return Path.of(
        System.getProperty("java.io.tmpdir"), "hooke-ports-" + System.getProperty("user.name"));
  }

  /// `wanted` if it is free, else the next free one above it, else any.
  public int near(int wanted) {
    synchronized (THREADS) {
      Layout.create(claims);
      try (FileChannel file =
              FileChannel.open(
                  claims.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock _ = file.lock()) {
        for (int port = wanted; port < wanted + TRIES && port < 65_536; port++) {
          if (claim(port)) {
            return port;
          }
        }
        for (int i = 0; i < TRIES; i++) {
          try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            if (!given.contains(socket.getLocalPort()) && !claimedByOther(socket.getLocalPort())) {
              write(socket.getLocalPort());
              return socket.getLocalPort();
            }
          }
        }
        throw new IOException("all are taken");
      } catch (IOException e) {
        throw new UncheckedIOException("no free TCP port on this machine", e);
      }
    }
  }

  /// Never hands out `port`.
  public void taken(int port) {
    given.add(port);
  }

  /// Lets others have all that was handed out, once nothing listens there any more.
  public void release() {
    synchronized (THREADS) {
      try {
        for (int port : claimed) {
          Files.deleteIfExists(claims.resolve(Integer.toString(port)));
        }
      } catch (IOException e) {
        throw new UncheckedIOException("cannot release ports in " + claims, e);
      }
      claimed.clear();
    }
  }

  private boolean claim(int port) throws IOException {
    if (given.contains(port) || claimedByOther(port) || !free(port)) {
      return false;
    }
    write(port);
    return true;
  }

  private void write(int port) throws IOException {
    ProcessRef self = ProcessRef.of("claim", ProcessHandle.current());
    Files.write(
        claims.resolve(Integer.toString(port)),
        List.of(
            Long.toString(self.pid()),
            Long.toString(self.started().toEpochMilli()),
            owner.map(Path::toString).orElse("")));
    given.add(port);
    claimed.add(port);
  }

  private boolean claimedByOther(int port) throws IOException {
    Path file = claims.resolve(Integer.toString(port));
    if (!Files.exists(file)) {
      return false;
    }
    List<String> lines = Files.readAllLines(file);
    if (lines.size() != 3) {
      return false; // Its writer was cut off, and never got to know the port.
    }
    Optional<Path> other = Optional.of(lines.get(2)).filter(path -> !path.isEmpty()).map(Path::of);
    if (owner.isPresent() && other.equals(owner)) {
      return false; // Of an earlier start of this devnet, which was cut off.
    }
    ProcessRef writer =
        new ProcessRef(
            "claim",
            Long.parseLong(lines.get(0)),
            Instant.ofEpochMilli(Long.parseLong(lines.get(1))));
    return writer.alive() || other.filter(state -> names(state, port)).isPresent();
  }

  private static boolean names(Path stateFile, int port) {
    try {
      return DevnetState.read(stateFile)
          .filter(state ->
              state.chain().rpc().getPort() == port
                  || state.nodes().stream().anyMatch(node -> node.port() == port))
          .isPresent();
    } catch (ConfigException | UncheckedIOException e) {
      return true; // Unreadable for now is not gone.
    }
  }

  /// Whether nobody takes connections there now.
  static boolean free(int port) {
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
