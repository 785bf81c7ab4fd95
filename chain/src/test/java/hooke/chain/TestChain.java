package hooke.chain;

import hooke.chain.rpc.ChainClient;
import hooke.chain.testing.HardhatChain;
import hooke.chain.testing.LocalChain;
import hooke.chain.wallet.Wallet;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/// One Hardhat node for all tests of this module; every transaction gets a block at once unless a
/// test says otherwise. Each test takes accounts of its own, so tests do not meet.
public final class TestChain {
  public static final Path CONTRACTS = Path.of("..", "contracts");

  /// The chain gives this to the first 20 accounts by itself.
  private static final String ETHER_10_000 = "0x21e19e0c9bab2400000";

  private static final AtomicInteger NEXT_ACCOUNT = new AtomicInteger(1);

  private TestChain() {}

  public static URI url() {
    return Holder.CHAIN.url();
  }

  public static ChainClient client() {
    return ChainClient.of(url());
  }

  /// A funded account that no other test uses.
  public static Wallet account() {
    Wallet account = LocalChain.account(NEXT_ACCOUNT.getAndIncrement());
    try (ChainClient client = client()) {
      client.raw("hardhat_setBalance", account.address().toString(), ETHER_10_000);
    }
    return account;
  }

  private static final class Holder {
    static final HardhatChain CHAIN =
        HardhatChain.start(CONTRACTS, 0, Duration.ZERO, Path.of("target", "hardhat.log"));

    static {
      Runtime.getRuntime().addShutdownHook(new Thread(CHAIN::close));
    }
  }
}
