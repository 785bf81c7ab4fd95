package hooke.devnet.process;

import hooke.chain.testing.AnvilChain;
import hooke.devnet.DevnetException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The command lines of the chains that a devnet can run. Both come up mining on demand; the caller
/// switches to blocks by the clock when its set-up transactions are through.
public final class ChainProgram {
  /// Anvil writes its state this often, besides when it is asked to end: what a crash can lose.
  public static final Duration SAVE_INTERVAL = Duration.ofSeconds(2);

  private ChainProgram() {}

  /// Hardhat's node, from the contracts' own `node_modules`.
  ///
  /// @throws DevnetException if npm has not installed it
  public static List<String> hardhat(Path contracts, int port) {
    Path run = contracts.resolve("run");
    if (!Files.isExecutable(run) || !Files.isDirectory(contracts.resolve("node_modules/hardhat"))) {
      throw new DevnetException(
          "Hardhat is not installed: run `npm ci` in " + contracts,
          DevnetException.Code.UNAVAILABLE);
    }
    return List.of(
        run.toString(),
        "hardhat",
        "node",
        "--hostname",
        "127.0.0.1",
        "--port",
        Integer.toString(port));
  }

  /// Anvil, from the PATH or the contracts' `node_modules`, with its state in `stateFile`.
  ///
  /// @throws DevnetException if it is not there
  public static List<String> anvil(Path contracts, int port, Path stateFile) {
    Path program =
        findAnvil(contracts)
            .orElseThrow(() ->
                new DevnetException(
                    "anvil was not found on the PATH nor in %s: install Foundry, or `npm install --no-save"
                            .formatted(contracts.resolve("node_modules"))
                        + " @foundry-rs/anvil-linux-amd64@1.7.1` there, or use --chain hardhat",
                    DevnetException.Code.UNAVAILABLE));
    return List.of(
        program.toString(),
        "--host",
        "127.0.0.1",
        "--port",
        Integer.toString(port),
        "--chain-id",
        "31337",
        "--hardfork",
        "cancun",
        "--gas-limit",
        AnvilChain.gasLimit(),
        "--state",
        stateFile.toString(),
        "--state-interval",
        Long.toString(SAVE_INTERVAL.toSeconds()),
        "--preserve-historical-states");
  }

  private static Optional<Path> findAnvil(Path contracts) {
    List<Path> candidates = new ArrayList<>();
    for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
      if (!folder.isEmpty()) {
        candidates.add(Path.of(folder, "anvil"));
      }
    }
    Path packages = contracts.resolve("node_modules/@foundry-rs");
    if (Files.isDirectory(packages)) {
      try (Stream<Path> all = Files.list(packages)) {
        all.sorted().map(each -> each.resolve("bin/anvil")).forEach(candidates::add);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + packages, e);
      }
    }
    return candidates.stream().filter(Files::isExecutable).findFirst();
  }
}
