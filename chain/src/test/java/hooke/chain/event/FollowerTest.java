package hooke.chain.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.TestChain;
import hooke.chain.Wei;
import hooke.chain.WrongChain;
import hooke.chain.contract.CreationCode;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.Token;
import hooke.chain.rpc.BlockRef;
import hooke.chain.rpc.ChainClient;
import hooke.chain.testing.AnvilChain;
import hooke.chain.testing.LocalChain;
import hooke.chain.tx.Transactions;
import hooke.chain.wallet.Wallet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Follows a token in place of the law: its logs are as good as any to count.
@Timeout(60)
class FollowerTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Follower.Settings FAST =
      new Follower.Settings(Duration.ofMillis(10), 0, 0, 100);

  /// What the chain says, folded.
  private static final class Ledger implements ChainListener {
    final ConcurrentSkipListMap<Long, Integer> logs = new ConcurrentSkipListMap<>();
    final AtomicInteger rollbacks = new AtomicInteger();

    @Override
    public void onBlock(BlockRef block, List<LawEvent> events) {
      logs.put(block.number(), events.size());
    }

    @Override
    public void onRollback(BlockRef to) {
      rollbacks.incrementAndGet();
      logs.tailMap(to.number(), false).clear();
    }

    int total() {
      return logs.values().stream().mapToInt(Integer::intValue).sum();
    }
  }

  @Test
  void eventsComeOnceAlsoAfterARestart(@TempDir Path folder) throws Exception {
    try (ChainClient client = TestChain.client()) {
      Wallet alice = TestChain.account();
      Transactions transactions = new Transactions(client);
      Token token = new Token(client, transactions.create("token", CreationCode.token(), alice));
      HookeContract followed = new HookeContract(client, token.address());
      Ledger first = new Ledger();
      try (LogStore store = new RocksLogStore(folder);
          Follower follower = Follower.start(client, followed, store, FAST, first)) {
        for (int i = 0; i < 3; i++) {
          transactions.send(token.mint(alice.address(), Wei.of(1)), alice);
        }
        assertTrue(
            follower.await(client.latestNumber(), SOON),
            () -> "ended: " + follower.failure().map(e -> e + " by " + e.getCause()));
      }
      assertEquals(3, first.total());
      transactions.send(token.mint(alice.address(), Wei.of(1)), alice);
      LocalChain.mine(client, 150); // Far enough for a catch-up by ranges.
      transactions.send(token.mint(alice.address(), Wei.of(1)), alice);
      Ledger second = new Ledger();
      try (LogStore store = new RocksLogStore(folder);
          Follower follower = Follower.start(client, followed, store, FAST, second)) {
        assertTrue(
            follower.await(client.latestNumber(), SOON),
            () -> "ended: " + follower.failure().map(e -> e + " by " + e.getCause()));
      }
      assertEquals(5, second.total());
      assertEquals(0, second.rollbacks.get());
    }
  }

  @Test
  void aChainThatWasStartedAnewIsRefused() {
    try (ChainClient client = TestChain.client();
        LogStore store = new MemoryLogStore()) {
      store.bind(new hooke.chain.rpc.ChainIdentity(client.chainId(), Bytes32.ZERO, Address.ZERO));
      HookeContract contract = new HookeContract(client, Address.ZERO);
      WrongChain e =
          assertThrows(
              WrongChain.class, () -> Follower.start(client, contract, store, FAST, new Ledger()));
      assertTrue(e.getMessage().contains("started anew"), e.getMessage());
    }
  }

  @Test
  void aReorganisationIsRolledBack(@TempDir Path folder) throws Exception {
    Assumptions.assumeTrue(
        AnvilChain.executable(TestChain.CONTRACTS).isPresent(),
        "Anvil is not installed (npm ci in contracts): reorganisations are not tested");
    try (AnvilChain chain =
            AnvilChain.start(
                TestChain.CONTRACTS, 0, Duration.ZERO, null, Path.of("target", "anvil.log"));
        ChainClient client = chain.client();
        LogStore store = new RocksLogStore(folder)) {
      Wallet alice = LocalChain.account(0);
      Transactions transactions = new Transactions(client);
      Token token = new Token(client, transactions.create("token", CreationCode.token(), alice));
      Ledger ledger = new Ledger();
      try (Follower follower =
          Follower.start(client, new HookeContract(client, token.address()), store, FAST, ledger)) {
        transactions.send(token.mint(alice.address(), Wei.of(1)), alice);
        LocalChain.mine(client, 3);
        transactions.send(token.mint(alice.address(), Wei.of(1)), alice);
        transactions.send(token.mint(alice.address(), Wei.of(1)), alice);
        assertTrue(
            follower.await(client.latestNumber(), SOON),
            () -> "ended: " + follower.failure().map(e -> e + " by " + e.getCause()));
        assertEquals(3, ledger.total());
        AnvilChain.reorganise(client, 2);
        LocalChain.mine(client, 1);
        assertTrue(
            follower.await(client.latestNumber(), SOON),
            () -> "ended: " + follower.failure().map(e -> e + " by " + e.getCause()));
        assertEquals(1, ledger.rollbacks.get());
        assertEquals(
            token.balanceOf(alice.address()), Wei.of(ledger.total()), "events and state agree");
      }
    }
  }
}
