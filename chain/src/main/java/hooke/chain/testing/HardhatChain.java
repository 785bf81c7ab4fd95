package hooke.chain.testing;

import hooke.chain.ChainException;
import hooke.chain.rpc.ChainClient;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// A Hardhat node: lives in memory, so a restarted one is a new world.
public final class HardhatChain implements LocalChain {
  private final ChainProcess process;

  private HardhatChain(ChainProcess process) {
    this.process = process;
  }

  /// Starts one.
  ///
  /// @param contracts the contracts module, with its `run` script and its npm packages
  /// @param port 0: any free one
  /// @param blockTime zero: every transaction gets a block at once; else blocks come in this
  ///   interval
  /// @param log where its output goes
  public static HardhatChain start(Path contracts, int port, Duration blockTime, Path log) {
    Path run = contracts.resolve("run").toAbsolutePath().normalize();
    if (!Files.isExecutable(run)) {
      throw new ChainException(
          ChainException.Code.TOOL_MISSING,
          "there is no Hardhat at %s: run mvn -pl contracts compile first".formatted(contracts));
    }
    HardhatChain chain =
        new HardhatChain(
            ChainProcess.start(
                "the Hardhat node",
                chosen ->
                    List.of(
                        run.toString(),
                        "hardhat",
                        "node",
                        "--hostname",
                        "127.0.0.1",
                        "--port",
                        String.valueOf(chosen)),
                port,
                log));
    if (!blockTime.isZero()) {
      try (ChainClient client = chain.client()) {
        client.raw("evm_setAutomine", false);
        client.raw("evm_setIntervalMining", blockTime.toMillis());
      } catch (RuntimeException e) {
        chain.close();
        throw e;
      }
    }
    return chain;
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
