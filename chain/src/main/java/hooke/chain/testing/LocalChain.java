package hooke.chain.testing;

import hooke.chain.rpc.ChainClient;
import hooke.chain.wallet.Mnemonic;
import hooke.chain.wallet.Wallet;
import java.net.URI;

/// A chain of its own process on this machine. Closing it kills the process and all it started.
public sealed interface LocalChain extends AutoCloseable permits HardhatChain, AnvilChain {
  /// The mnemonic of every Hardhat and Anvil chain; its first 20 accounts own 10,000 ether or more
  /// each, and no secret at all.
  String MNEMONIC = "test test test test test test test test test test test junk";

  URI url();

  long pid();

  boolean alive();

  @Override
  void close();

  default ChainClient client() {
    return ChainClient.of(url());
  }

  /// One of the funded accounts, 0 to 19.
  static Wallet account(int index) {
    return Mnemonic.parse(MNEMONIC).wallet(index);
  }

  /// Mines so many blocks at once.
  static void mine(ChainClient client, int blocks) {
    for (int i = 0; i < blocks; i++) {
      client.raw("evm_mine");
    }
  }

  /// Lets so much time pass on the chain, and mines a block that shows it.
  static void pass(ChainClient client, long seconds) {
    client.raw("evm_increaseTime", seconds);
    client.raw("evm_mine");
  }

  /// Whether every transaction gets a block at once.
  static void automine(ChainClient client, boolean on) {
    client.raw("evm_setAutomine", on);
  }
}
