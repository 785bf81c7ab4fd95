package hooke.chain.testing;

import hooke.chain.ChainException;
import hooke.chain.ChainUnreachable;
import hooke.chain.rpc.ChainClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/// A child process that serves JSON-RPC.
final class ChainProcess implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final int GRACE_SECONDS = 5;
  private static final int ATTEMPTS = 3;

  private final Process process;
  private final URI url;

  private ChainProcess(Process process, URI url) {
    this.process = process;
    this.url = url;
  }

  /// Starts a chain and waits until it answers; another program's answer at its port is none.
  ///
  /// @param command its command line, by its port
  /// @param wanted port; 0: any free one, and another when a program takes it meanwhile
  static ChainProcess start(String name, IntFunction<List<String>> command, int wanted, Path log) {
    for (int attempt = 1; ; attempt++) {
      int port = wanted == 0 ? freePort() : wanted;
      try {
        return startAt(name, command.apply(port), port, log);
      } catch (ChainException e) {
        boolean taken = wanted == 0 && !isFree(port);
        if (!taken || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static ChainProcess startAt(String name, List<String> command, int port, Path log) {
    URI url = URI.create("http://127.0.0.1:" + port);
    try {
      Path folder = log.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .start();
      ChainProcess chain = new ChainProcess(process, url);
      try {
        chain.awaitReady(name, log);
        return chain;
      } catch (RuntimeException e) {
        chain.close();
        throw e;
      }
    } catch (IOException e) {
      throw new ChainException(
          ChainException.Code.START_FAILED,
          "cannot start %s: %s".formatted(name, e.getMessage()),
          e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException("no free port", e);
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  URI url() {
    return url;
  }

  long pid() {
    return process.pid();
  }

  boolean alive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    List<ProcessHandle> all = process.descendants().toList();
    process.destroy();
    all.forEach(ProcessHandle::destroy);
    try {
      if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    all.forEach(ProcessHandle::destroyForcibly);
  }

  private void awaitReady(String name, Path log) {
    long end = System.nanoTime() + READY_WITHIN.toNanos();
    try (ChainClient client = ChainClient.of(List.of(url), Duration.ofSeconds(5))) {
      while (true) {
        if (answers(client)) {
          return;
        }
        if (!process.isAlive()) {
          throw new ChainException(
              ChainException.Code.START_FAILED,
              "%s ended with code %d: see %s".formatted(name, process.exitValue(), log));
        }
        if (System.nanoTime() - end > 0) {
          throw new ChainException(
              ChainException.Code.START_FAILED,
              "%s does not answer after %d s: see %s"
                  .formatted(name, READY_WITHIN.toSeconds(), log));
        }
        Thread.sleep(POLL);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ChainException(
          ChainException.Code.CLOSED, "interrupted while waiting for " + name, e);
    }
  }

  private boolean answers(ChainClient client) {
    try {
      client.chainId();
      return process.isAlive()
          && PortHolder.of(process.toHandle(), url.getPort()) != PortHolder.Verdict.OTHER;
    } catch (ChainUnreachable e) {
      return false;
    }
  }
}
