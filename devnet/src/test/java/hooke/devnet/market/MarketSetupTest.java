package hooke.devnet.market;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.NodeProfile;
import hooke.chain.contract.Token;
import hooke.chain.rpc.ChainClient;
import hooke.chain.testing.HardhatChain;
import hooke.chain.tx.Deployment;
import hooke.chain.wallet.Wallet;
import hooke.devnet.DevnetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// On a real Hardhat chain.
class MarketSetupTest {
  @TempDir Path home;

  @Test
  void aMarketIsSetUpOnceHoweverOftenItIsAskedFor() throws InterruptedException {
    Path contracts = Path.of("").toAbsolutePath().resolveSibling("contracts");
    try (HardhatChain chain =
            HardhatChain.start(contracts, 0, Duration.ZERO, home.resolve("chain.log"));
        ChainClient client = chain.client()) {
      Deployment deployment = MarketSetup.deploy(client);
      HookeContract law = new HookeContract(client, deployment.hooke());
      Token token = new Token(client, deployment.token());
      MarketSetup setup = new MarketSetup(client, law, token);
      Wallet alice = Wallet.random();
      Wallet operator = Wallet.random();
      Wallet nodeKey = Wallet.random();
      NodeProfile profile =
          new NodeProfile(
              nodeKey.address(), "https://127.0.0.1:7601", Bytes32.ZERO, 1_000, 1_024, 4_096, "");
      for (int time = 0; time < 2; time++) {
        setup.consumer(alice, Wei.tokens(50), Wei.tokens(20));
        assertEquals(1, setup.provider(operator, profile, nodeKey, Wei.tokens(500)));
      }
      assertEquals(Wei.tokens(50), token.balanceOf(alice.address()));
      assertEquals(Wei.tokens(20), law.accountOf(alice.address()).free());
      assertEquals(Wei.tokens(500), law.operatorOf(1).stake());
      assertEquals(1, law.nodeCount());
      assertTrue(client.balance(nodeKey.address()).compareTo(Wei.tokens(1)) > 0, "gas for the key");
      // Deployment, two gas transfers for the consumer's and operator's sides, and one transaction
      // each for what they do.
      assertTrue(client.latestNumber() < 20, "no transaction is repeated");
    }
  }

  @Test
  void aWalletIsMadeOnceAndItsPasswordIsForItsOwner() throws IOException {
    DevnetWallets wallets = new DevnetWallets(home.resolve("wallets"));
    Wallet made = wallets.open("alice");
    assertEquals(made.address(), wallets.open("alice").address());
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(wallets.passwordFile("alice"))));
    assertArrayEquals(
        made.exportKey().bytes(), wallets.open("alice").exportKey().bytes(), "the same key");
  }

  @Test
  void aUsersOwnWalletIsNotTouched() throws IOException {
    DevnetWallets wallets = new DevnetWallets(home.resolve("wallets"));
    wallets.open("alice");
    Files.delete(wallets.passwordFile("alice"));
    DevnetException refusal = assertThrows(DevnetException.class, () -> wallets.open("alice"));
    assertTrue(refusal.getMessage().contains("HOOKE_HOME"), refusal.getMessage());
  }
}
