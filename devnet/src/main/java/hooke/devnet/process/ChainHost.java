package hooke.devnet.process;

import hooke.chain.ChainUnreachable;
import hooke.chain.rpc.ChainClient;
import hooke.chain.testing.PortHolder;
import hooke.devnet.DevnetException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Starts a devnet's chain and tells whether it still is the one that the devnet was built on.
public final class ChainHost {
  /// Longest wait for the first answer.
  private static final Duration UP_WITHIN = Duration.ofSeconds(30);

  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration TIMEOUT = Duration.ofSeconds(3);
  private static final int SHOWN_LINES = 12;

  private final Layout layout;

  public ChainHost(Layout layout) {
    this.layout = layout;
  }

  /// Starts the chain's process and returns at once; nothing happens to one that runs.
  public DevnetState.Chain start(DevnetState.Chain chain) {
    if (chain.kind() == DevnetState.Kind.EXTERNAL
        || chain.process().map(ProcessRef::alive).orElse(false)) {
      return chain;
    }
    Layout.create(layout.chain());
    Layout.create(layout.logs());
    List<String> command =
        switch (chain.kind()) {
          case HARDHAT -> ChainProgram.hardhat(layout.contracts(), chain.rpc().getPort());
          case ANVIL ->
              ChainProgram.anvil(
                  layout.contracts(),
                  chain.rpc().getPort(),
                  layout.chain().resolve("anvil-state.json"));
          case EXTERNAL -> throw new IllegalStateException("an external chain is not started here");
        };
    return chain.withProcess(
        DetachedProcess.start("chain", command, layout.chain(), layout.log("chain")));
  }

  /// Waits until the chain answers, and writes down or compares its genesis.
  ///
  /// @throws DevnetException if it does not come up, or is another world than the one written down
  public DevnetState.Chain awaitAnswer(DevnetState.Chain chain) {
    try (ChainClient client = ChainClient.of(List.of(chain.rpc()), TIMEOUT)) {
      String genesis = awaitGenesis(chain, client);
      if (chain.genesis().isEmpty()) {
        return chain.withGenesis(genesis);
      }
      if (!chain.genesis().equals(genesis)) {
        throw newWorld(chain.rpc() + " was started anew and knows nothing of this devnet");
      }
      return chain;
    }
  }

  private String awaitGenesis(DevnetState.Chain chain, ChainClient client) {
    long deadline = System.nanoTime() + UP_WITHIN.toNanos();
    while (true) {
      boolean died = chain.process().map(process -> !process.alive()).orElse(true);
      try {
        String genesis = client.genesisHash().toString();
        if (isOurs(chain)) {
          return genesis;
        }
      } catch (ChainUnreachable e) {
        if (chain.kind() == DevnetState.Kind.EXTERNAL) {
          throw new DevnetException(e.getMessage(), DevnetException.Code.UNAVAILABLE);
        }
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new DevnetException("left before the chain was up", DevnetException.Code.BUSY);
      }
      if (died && !Ports.free(chain.rpc().getPort())) {
        throw new DevnetException(
            "another program on this machine holds port %d, which is this devnet's chain's"
                .formatted(chain.rpc().getPort()),
            DevnetException.Code.PORT_TAKEN);
      }
      Path log = layout.log("chain");
      if (died || System.nanoTime() > deadline) {
        throw new DevnetException(
            "the chain %s; the end of its log %s:%n%s"
                .formatted(
                    died ? "ended" : "did not answer within " + UP_WITHIN.toSeconds() + " s",
                    log,
                    String.join("\n", DetachedProcess.lastLines(log, SHOWN_LINES))),
            DevnetException.Code.UNAVAILABLE);
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  /// Whether what answers is the process that was started here, not one that had the port before.
  private static boolean isOurs(DevnetState.Chain chain) {
    return chain.kind() == DevnetState.Kind.EXTERNAL
        || chain
            .process()
            .flatMap(ProcessRef::handle)
            .map(process -> PortHolder.of(process, chain.rpc().getPort()))
            .filter(verdict -> verdict != PortHolder.Verdict.OTHER)
            .isPresent();
  }

  /// Whether the chain answers now and is the one that was written down.
  public boolean answers(DevnetState.Chain chain) {
    try (ChainClient client = ChainClient.of(List.of(chain.rpc()), TIMEOUT)) {
      String genesis = client.genesisHash().toString();
      return isOurs(chain) && (chain.genesis().isEmpty() || chain.genesis().equals(genesis));
    } catch (ChainUnreachable e) {
      return false;
    }
  }

  /// From mining on demand to one block every `chain.blockTime()`; a block time of zero keeps
  /// mining on demand.
  public void mineByTheClock(DevnetState.Chain chain) {
    if (chain.blockTime().isZero()) {
      return;
    }
    try (ChainClient client = ChainClient.of(List.of(chain.rpc()), TIMEOUT)) {
      switch (chain.kind()) {
        case HARDHAT -> {
          client.raw("evm_setAutomine", false);
          client.raw("evm_setIntervalMining", chain.blockTime().toMillis());
        }
        // Anvil counts in seconds.
        case ANVIL ->
            client.raw(
                "evm_setIntervalMining", Math.max(1, (chain.blockTime().toMillis() + 500) / 1_000));
        case EXTERNAL -> {
          // Keeps its own time.
        }
      }
    }
  }

  /// The one way to say it.
  public static DevnetException newWorld(String what) {
    return new DevnetException(
        what
            + ": its deployed contracts, orders and balances are gone. `hooke devnet up --fresh` starts a new"
            + " world (wallets are kept); `hooke devnet down --wipe` only clears this one away",
        DevnetException.Code.WRONG_WORLD);
  }

  /// Reads the URL of a chain of the user's own.
  ///
  /// @throws DevnetException if it is no `http` or `https` URL
  public static URI external(String text) {
    try {
      URI uri = URI.create(text);
      if (uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // Falls through to the one sentence about what may stand here.
    }
    throw new DevnetException(
        "'" + text + "' is no chain: say hardhat, anvil or a URL such as http://127.0.0.1:8545",
        DevnetException.Code.USAGE);
  }
}
