package hooke.chain.tx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Call;
import hooke.chain.ChainException;
import hooke.chain.ChainUnreachable;
import hooke.chain.Reverted;
import hooke.chain.TestChain;
import hooke.chain.Wei;
import hooke.chain.contract.CreationCode;
import hooke.chain.contract.Token;
import hooke.chain.rpc.At;
import hooke.chain.rpc.ChainClient;
import hooke.chain.testing.AnvilChain;
import hooke.chain.testing.LocalChain;
import hooke.chain.wallet.Wallet;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class OutboxTest {
  private static final Outbox.Settings SETTINGS = Outbox.Settings.standard();

  private final ChainClient client = TestChain.client();
  private final Wallet alice = TestChain.account();
  private Token token = new Token(client, Address.ZERO);

  @BeforeEach
  void deployToken() throws InterruptedException {
    token =
        new Token(client, new Transactions(client).create("token", CreationCode.token(), alice));
  }

  @AfterEach
  void close() {
    LocalChain.automine(client, true);
    client.close();
  }

  @Test
  void theSameIntentIsInEffectOnce(@TempDir Path folder) throws Exception {
    Call mint = token.mint(alice.address(), Wei.tokens(1));
    TxResult first;
    try (Outbox outbox = Outbox.open(folder, client, List.of(alice), SETTINGS)) {
      CompletableFuture<TxResult> a = outbox.submit("mint", mint, alice);
      CompletableFuture<TxResult> b = outbox.submit("mint", mint, alice);
      first = a.get(20, TimeUnit.SECONDS);
      assertEquals(first, b.get(20, TimeUnit.SECONDS));
      assertEquals(first, outbox.send("mint", mint, alice));
    }
    try (Outbox again = Outbox.open(folder, client, List.of(alice), SETTINGS)) {
      assertEquals(first, again.send("mint", mint, alice));
    }
    assertEquals(Wei.tokens(1), token.balanceOf(alice.address()));
  }

  @Test
  void aRevertIsTypedAndCostsNoNonce(@TempDir Path folder) throws Exception {
    try (Outbox outbox = Outbox.open(folder, client, List.of(alice), SETTINGS)) {
      long nonce = client.nonce(alice.address(), At.LATEST);
      Reverted e =
          assertThrows(
              Reverted.class,
              () ->
                  outbox.send(
                      "pay",
                      token.transfer(Address.parse("0x" + "11".repeat(20)), Wei.tokens(5)),
                      alice));
      assertEquals("ERC20InsufficientBalance", e.revert().name());
      assertEquals(Wei.tokens(5).value(), e.revert().arguments().get("needed"));
      assertTrue(e.getMessage().contains("5 HKE are needed"), e.getMessage());
      assertEquals(nonce, client.nonce(alice.address(), At.PENDING));
    }
  }

  @Test
  void aCrashBetweenSendingAndMiningPaysOnce(@TempDir Path folder) throws Exception {
    LocalChain.automine(client, false);
    CompletableFuture<TxResult> lost;
    try (Outbox outbox = Outbox.open(folder, client, List.of(alice), SETTINGS)) {
      lost = outbox.submit("mint", token.mint(alice.address(), Wei.tokens(1)), alice);
      long nonce = client.nonce(alice.address(), At.LATEST);
      while (client.nonce(alice.address(), At.PENDING) == nonce) {
        Thread.onSpinWait();
      }
    }
    assertTrue(lost.isCompletedExceptionally());
    try (Outbox again = Outbox.open(folder, client, List.of(alice), SETTINGS)) {
      LocalChain.mine(client, 1);
      TxResult result =
          again
              .submit("mint", token.mint(alice.address(), Wei.tokens(1)), alice)
              .get(20, TimeUnit.SECONDS);
      assertEquals(client.latestNumber(), result.block());
    }
    assertEquals(Wei.tokens(1), token.balanceOf(alice.address()));
  }

  @Test
  void threeHundredTransactionsOfOneKeyAllArrive(@TempDir Path folder) throws Exception {
    LocalChain.automine(client, false);
    client.raw("evm_setIntervalMining", 200);
    try (Outbox outbox = Outbox.open(folder, client, List.of(alice), SETTINGS)) {
      long start = System.nanoTime();
      List<CompletableFuture<TxResult>> all = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        all.add(outbox.submit("mint " + i, token.mint(alice.address(), Wei.tokens(1)), alice));
      }
      for (CompletableFuture<TxResult> each : all) {
        each.get(40, TimeUnit.SECONDS);
      }
      System.out.printf("300 tx in %d ms%n", (System.nanoTime() - start) / 1_000_000);
    } finally {
      client.raw("evm_setIntervalMining", 0);
    }
    assertEquals(Wei.tokens(300), token.balanceOf(alice.address()));
  }

  private static void reorganisation(Trial trial, Path folder, int confirmations) throws Exception {
    Assumptions.assumeTrue(
        AnvilChain.executable(TestChain.CONTRACTS).isPresent(),
        "npm has no Anvil for this platform: reorganisations are not tried");
    try (AnvilChain chain =
            AnvilChain.start(
                TestChain.CONTRACTS, 0, Duration.ZERO, null, folder.resolve("anvil.log"));
        ChainClient client = chain.client()) {
      Wallet bob = LocalChain.account(0);
      Token token =
          new Token(client, new Transactions(client).create("token", CreationCode.token(), bob));
      Outbox.Settings settings =
          new Outbox.Settings(
              Duration.ofMillis(20), Duration.ofSeconds(10), Duration.ofSeconds(30), confirmations);
      try (Outbox outbox = Outbox.open(folder.resolve("outbox"), client, List.of(bob), settings)) {
        trial.with(client, bob, token, outbox);
      }
      assertEquals(Wei.tokens(1), token.balanceOf(bob.address()));
    }
  }

  @FunctionalInterface
  private interface Trial {
    void with(ChainClient client, Wallet bob, Token token, Outbox outbox) throws Exception;
  }

  @Test
  void whatAReorganisationTookBackIsSentAgainUnderItsOldNonce(@TempDir Path folder)
      throws Exception {
    reorganisation(
        (client, bob, token, outbox) -> {
          long nonce = client.nonce(bob.address(), At.LATEST);
          Call mint = token.mint(bob.address(), Wei.tokens(1));
          TxResult first = outbox.send("mint", mint, bob);
          AnvilChain.reorganise(client, 1);
          assertEquals(Wei.ZERO, token.balanceOf(bob.address()));
          TxResult again = outbox.send("mint", mint, bob);
          assertEquals(first.transaction(), again.transaction());
          assertEquals(nonce + 1, client.nonce(bob.address(), At.LATEST));
        },
        folder,
        0);
  }

  @Test
  void anIntentIsDoneWhenItsConfirmationsStandOnIt(@TempDir Path folder) throws Exception {
    reorganisation(
        (client, bob, token, outbox) -> {
          CompletableFuture<TxResult> mint =
              outbox.submit("mint", token.mint(bob.address(), Wei.tokens(1)), bob);
          while (token.balanceOf(bob.address()).isZero()) {
            Thread.onSpinWait();
          }
          AnvilChain.reorganise(client, 1);
          assertEquals(Wei.ZERO, token.balanceOf(bob.address()));
          assertFalse(mint.isDone());
          while (!mint.isDone()) {
            LocalChain.mine(client, 1);
            Thread.sleep(30);
          }
          assertTrue(client.latestNumber() >= mint.get().block() + 2);
        },
        folder,
        2);
  }

  @Test
  void anUnreachableChainIsNamed() {
    try (ChainClient nobody = ChainClient.of(URI.create("http://127.0.0.1:1/secret"))) {
      ChainUnreachable e = assertThrows(ChainUnreachable.class, nobody::chainId);
      assertTrue(e.getMessage().contains("http://127.0.0.1:1"), e.getMessage());
      assertTrue(!e.getMessage().contains("secret"), e.getMessage());
    }
    try (ChainClient both = ChainClient.of(URI.create("http://127.0.0.1:1"), TestChain.url())) {
      assertEquals(31337, both.chainId());
    }
  }

  @Test
  void anEmptyWalletIsToldToGetGasMoney() {
    ChainException e =
        assertThrows(
            ChainException.class,
            () ->
                new Transactions(client)
                    .send(token.mint(alice.address(), Wei.of(1)), Wallet.random()));
    assertEquals(ChainException.Code.NO_GAS_MONEY, e.code());
  }
}
