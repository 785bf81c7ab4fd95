package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.Signature;
import hooke.chain.contract.Buyer;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Token;
import hooke.chain.eip712.Domain;
import hooke.chain.eip712.Receipt;
import hooke.chain.tx.Transactions;
import hooke.chain.wallet.Keystore;
import hooke.chain.wallet.Mnemonic;
import hooke.chain.wallet.Signer;
import hooke.chain.wallet.Wallet;
import hooke.devnet.market.DevnetWallets;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.devnet.testing.DevnetNode;
import hooke.node.market.Job;
import hooke.node.market.OrderView;
import hooke.node.rpc.ConsumerNode;
import hooke.node.rpc.NodeClient;
import hooke.node.rpc.RpcFailure;
import hooke.node.spec.SlotResult;
import hooke.node.task.TaskBuyer;
import hooke.node.task.TaskWatch;
import hooke.v1.LogChunk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who a node serves: the one who ordered, wherever he comes from, and nobody else. One world for
/// all claims.
final class StrangersTest {
  private static final String TEXT = "to be or not to be\nthat is the question\n";

  @TempDir private static Path folder;

  private static Devnet world;
  private static DevnetConsumer alice;
  private static DevnetConsumer mallory;

  @BeforeAll
  static void open() throws Exception {
    world = Devnet.in(folder.resolve("world")).nodes(2).start();
    alice = world.consumer("alice");
    mallory = world.consumer("mallory");
  }

  @AfterAll
  static void close() {
    world.close();
  }

  /// Orders and says not a word more, until the law has settled with a part of the pay held.
  private static OrderView orderAndVanish(DevnetConsumer consumer) throws Exception {
    TaskBuyer.Placed task = consumer.order(Worlds.wordcount(world, folder, TEXT).build());
    world.await(task.id(), o -> o.slot(0).state() == SlotState.DELIVERED);
    world.pass(Duration.ofSeconds(task.terms().windowSeconds()));
    OrderView settled = world.await(task.id(), o -> o.slot(0).state() == SlotState.SETTLED);
    assertFalse(settled.slot(0).held().isZero());
    return settled;
  }

  private static void assertComesBackAndCollects(
      DevnetConsumer back, String wallet, OrderView task, Path password) throws Exception {
    DevnetConsumer.Ran list = back.hooke("task", "list", "--wallet", wallet, "--output", "json");
    assertEquals(0, list.exit(), list::err);
    assertTrue(list.out().contains(task.id().toString()), list::out);
    Path out = folder.resolve("result-" + wallet);
    DevnetConsumer.Ran result =
        back.hooke(
            "task",
            "result",
            task.id().toString(),
            "--out",
            out.toString(),
            "--wallet",
            wallet,
            "--password-file",
            password.toString());
    assertEquals(0, result.exit(), result::err);
    Worlds.assertCounted(10, 40, out.resolve("stdout"));
    OrderView over = world.await(task.id(), o -> o.slot(0).state() == SlotState.RELEASED);
    assertTrue(over.slot(0).held().isZero(), "its receipt set free what was held");
  }

  @Test
  void whoVanishedComesBackWithTheKeystoreAlone() throws Exception {
    OrderView task = orderAndVanish(alice);
    DevnetConsumer back = alice.elsewhere("laptop");
    DevnetWallets wallets = new DevnetWallets(back.home().resolve("wallets"));
    assertComesBackAndCollects(back, "alice", task, wallets.passwordFile("alice"));
  }

  @Test
  void whoVanishedComesBackWithTwelveWordsAlone() throws Exception {
    Mnemonic words = Mnemonic.random();
    DevnetWallets wallets = new DevnetWallets(folder.resolve("world/consumers/bob/wallets"));
    Files.createDirectories(wallets.keystore("bob").getParent());
    Files.writeString(wallets.passwordFile("bob"), "secret");
    Keystore.write(
        wallets.keystore("bob"), words.wallet(0), "secret".toCharArray(), Keystore.Strength.LIGHT);
    DevnetConsumer bob = world.consumer("bob");
    assertEquals(words.wallet(0).address(), bob.wallet().address());
    OrderView task = orderAndVanish(bob);

    DevnetConsumer back = bob.elsewhere("phone");
    Files.delete(new DevnetWallets(back.home().resolve("wallets")).keystore("bob"));
    Path paper = folder.resolve("words.txt");
    Files.writeString(paper, words.words() + "\n");
    Path password = folder.resolve("new.password");
    Files.writeString(password, "another secret\n");
    DevnetConsumer.Ran imported =
        back.hooke(
            "wallet",
            "import",
            "phoenix",
            paper.toString(),
            "--password-file",
            password.toString());
    assertEquals(0, imported.exit(), imported::err);
    assertComesBackAndCollects(back, "phoenix", task, password);
  }

  @Test
  void twoConsumersGetTheirOwn() throws Exception {
    TaskBuyer.Placed hers = alice.order(Worlds.wordcount(world, folder, "one").build());
    TaskBuyer.Placed his = mallory.order(Worlds.wordcount(world, folder, "one two").build());
    for (DevnetConsumer who : List.of(alice, mallory)) {
      TaskBuyer.Placed own = who == alice ? hers : his;
      try (TaskWatch watch = who.watch(new ArrayList<>())) {
        OrderView done = watch.await(own.id());
        assertEquals(SlotState.RELEASED, done.slot(0).state());
        boolean isHers = who == alice;
        Worlds.assertCounted(isHers ? 1 : 2, isHers ? 3 : 7, watch.collect(done).archive());
      }
      String list = who.hooke("task", "list", "--wallet", name(who), "--output", "json").out();
      assertTrue(list.contains(own.id().toString()), list);
      assertFalse(list.contains((who == alice ? his : hers).id().toString()), list);
    }
  }

  private static String name(DevnetConsumer consumer) {
    return consumer == alice ? "alice" : "mallory";
  }

  private static void assertRefused(String reason, org.junit.jupiter.api.function.Executable call) {
    assertEquals(reason, assertThrows(RpcFailure.class, call).reason());
  }

  @Test
  void aStrangerGetsNothingOfAnothersTask() throws Exception {
    DevnetNode provider = world.nodes().getFirst();
    TaskBuyer.Placed task =
        alice.order(
            Worlds.wordcount(world, folder, TEXT + "private")
                .allow(List.of(provider.operatorId()))
                .build());
    SlotResult result =
        Objects.requireNonNull(
            provider.awaitJob(task.id(), done -> done.phase() == Job.Phase.DONE).result());
    world.await(task.id(), o -> o.slot(0).state() == SlotState.DELIVERED);
    String name = NodeClient.taskName(task.id(), 0);
    try (NodeClient stranger = provider.client(mallory.wallet())) {
      assertRefused("NOT_OWNER", () -> stranger.task(name));
      assertRefused("NOT_OWNER", () -> stranger.logs(name, LogChunk.Stream.STDOUT, 0));
      assertRefused("NOT_OWNER", () -> stranger.openResult(name));
      assertRefused("NOT_OWNER", () -> stranger.watch(name, true, news -> {}, log -> {}));
      Data receipt =
          new Receipt(task.id(), 0, result.root(), result.fuel())
              .sign(world.law().domain(), mallory.wallet())
              .data();
      assertRefused("NOT_OWNER", () -> stranger.submitReceipt(name, receipt));
      // Not even with the archive's own name.
      assertEquals(List.of(), stranger.check(List.of(result.kept())));
      assertTrue(
          assertThrows(
                  java.io.IOException.class,
                  () -> stranger.openBlob(result.kept(), 0).readAllBytes())
              .toString()
              .contains("does not hold blob"));
    }
    try (NodeClient owner = provider.client(alice.wallet())) {
      Data forged =
          new Receipt(task.id(), 0, result.root(), result.fuel())
              .sign(world.law().domain(), mallory.wallet())
              .data();
      assertRefused("RECEIPT_INVALID", () -> owner.submitReceipt(name, forged));
    }
    for (String command : List.of("result", "logs", "wait", "cancel", "refuse", "demand")) {
      DevnetConsumer.Ran ran =
          mallory.hooke("task", command, task.id().toString(), "--wallet", "mallory");
      assertEquals(77, ran.exit(), () -> command + ": " + ran.err());
      assertTrue(ran.err().contains("belongs to " + alice.wallet().address()), ran::err);
    }
  }

  /// Signs by telling the contract, as whoever owns one does.
  private record Owner(Buyer contract, Wallet payer) implements Signer {
    @Override
    public Address address() {
      return contract.address();
    }

    @Override
    public Signature sign(Bytes32 digest) {
      try {
        new Transactions(world.client()).send(contract.sign(digest), payer);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return payer.sign(Bytes32.ZERO);
    }
  }

  @Test
  void aContractBuysAndItsWordSettles() throws Exception {
    Terms like = alice.order(Worlds.wordcount(world, folder, "for a contract").build()).terms();
    Transactions transactions = new Transactions(world.client());
    Wallet payer = alice.wallet();
    Buyer buyer =
        new Buyer(transactions.create("buyer", Buyer.creationCode(world.law().address()), payer));
    Token token = new Token(world.client(), world.network().token());
    transactions.send(token.mint(buyer.address(), like.escrow()), payer);
    Terms terms = Worlds.by(buyer.address(), like);
    transactions.send(buyer.order(terms, terms.escrow()), payer);
    Signer owner = new Owner(buyer, payer);
    try (TaskWatch watch =
        new TaskWatch(
            alice.chain(),
            ConsumerNode.connector(world.network(), owner, Clock.systemUTC()),
            owner,
            said -> {})) {
      OrderView done = watch.await(world.law().idOf(terms));
      assertEquals(buyer.address(), done.terms().consumer());
      assertEquals(SlotState.RELEASED, done.slot(0).state(), "by the contract's receipt");
      Worlds.assertCounted(3, 14, watch.collect(done).archive());
    }
  }

  private static NodeClient connect(
      DevnetNode node, int number, Domain domain, Signer account, Clock clock) {
    return new NodeClient(
        number,
        node.directory().config().endpoint().toString(),
        node.directory().tls().keyHash(),
        domain,
        account,
        clock,
        world.network().reach());
  }

  private static void assertTokenRefused(
      String reason, int number, Domain domain, Signer account, Clock clock) {
    try (NodeClient client = connect(world.nodes().getFirst(), number, domain, account, clock)) {
      assertRefused(reason, () -> client.task(NodeClient.taskName(Bytes32.ZERO, 0)));
    }
  }

  @Test
  void aTokenIsGoodForItsNodeChainContractAccountAndTimeOnly() {
    Domain here = world.law().domain();
    Clock now = Clock.systemUTC();
    int number = world.nodes().getFirst().id();
    Wallet owner = alice.wallet();
    assertTokenRefused("TASK_NOT_FOUND", number, here, owner, now);
    assertTokenRefused("TOKEN_WRONG_NODE", world.nodes().get(1).id(), here, owner, now);
    assertTokenRefused(
        "TOKEN_WRONG_CHAIN", number, Domain.hooke(1, world.law().address()), owner, now);
    assertTokenRefused(
        "TOKEN_WRONG_CHAIN",
        number,
        Domain.hooke(here.chainId(), Wallet.random().address()),
        owner,
        now);
    assertTokenRefused(
        "TOKEN_EXPIRED", number, here, owner, Clock.offset(now, Duration.ofHours(-1)));
    assertTokenRefused(
        "TOKEN_TOO_LONG_LIVED", number, here, owner, Clock.offset(now, Duration.ofHours(1)));
    Signer forger =
        new Signer() {
          @Override
          public Address address() {
            return owner.address();
          }

          @Override
          public Signature sign(Bytes32 digest) {
            return mallory.wallet().sign(digest);
          }
        };
    assertTokenRefused("TOKEN_FORGED", number, here, forger, now);
    assertTokenRefused("TOKEN_FORGED", number, here, new Posing(world.law().address()), now);
  }

  /// Says to be a contract that knows nothing of it.
  private record Posing(Address address) implements Signer {
    @Override
    public Signature sign(Bytes32 digest) {
      return mallory.wallet().sign(digest);
    }
  }
}
