package hooke.chain.testing;

import hooke.chain.ChainException;
import hooke.chain.rpc.ChainClient;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// An Anvil node: can reorganise its chain, and keep it in a file.
public final class AnvilChain implements LocalChain {
  private final ChainProcess process;

  private AnvilChain(ChainProcess process) {
    this.process = process;
  }

  /// The executable that npm installed, if it did.
  public static Optional<Path> executable(Path contracts) {
    for (String platform : List.of("linux-amd64", "linux-arm64")) {
      Path path = contracts.resolve("node_modules/@foundry-rs/anvil-" + platform + "/bin/anvil");
      if (Files.isExecutable(path)) {
        return Optional.of(path.toAbsolutePath().normalize());
      }
    }
    return Optional.empty();
  }

  /// Starts one.
  ///
  /// @param contracts the contracts module, whose npm packages contain Anvil
  /// @param port 0: any free one
  /// @param blockTime zero: every transaction gets a block at once; else whole or broken seconds
  ///   between blocks
  /// @param state file that keeps the chain across restarts; null: it is forgotten
  /// @param log where its output goes
  public static AnvilChain start(
      Path contracts, int port, Duration blockTime, @Nullable Path state, Path log) {
    Path anvil =
        executable(contracts)
            .orElseThrow(() ->
                new ChainException(
                    ChainException.Code.TOOL_MISSING,
                    "Anvil is not installed: run npm ci in %s; it exists for Linux only"
                        .formatted(contracts)));
    List<String> more = new ArrayList<>();
    if (!blockTime.isZero()) {
      more.addAll(List.of("--block-time", String.valueOf(blockTime.toMillis() / 1000.0)));
    }
    if (state != null) {
      more.addAll(List.of("--state", state.toString(), "--state-interval", "1"));
    }
    return new AnvilChain(
        ChainProcess.start(
            "Anvil",
            chosen -> {
              List<String> command = new ArrayList<>(List.of(anvil.toString(), "--host"));
              command.addAll(List.of("127.0.0.1", "--port", String.valueOf(chosen)));
              command.addAll(List.of("--hardfork", "cancun", "--gas-limit", gasLimit()));
              command.addAll(more);
              return command;
            },
            port,
            log));
  }

  /// A block's gas limit, with some more by chance: chains started in one second would have one
  /// genesis, which is how worlds are told apart.
  public static String gasLimit() {
    return Integer.toString(30_000_000 + new SecureRandom().nextInt(1 << 24));
  }

  /// Replaces the newest `depth` blocks by other, empty ones: their transactions are void.
  public static void reorganise(ChainClient client, int depth) {
    client.raw("anvil_reorg", depth, List.of());
  }

  @Override
  public URI url() {
    return process.url();
  }

  @Override
  public long pid() {
    return process.pid();
  }

  @Override
  public boolean alive() {
    return process.alive();
  }

  @Override
  public void close() {
    process.close();
  }
}
