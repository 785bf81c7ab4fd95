package hooke.node.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.Data;
import hooke.chain.Reverted;
import hooke.chain.Signature;
import hooke.chain.Wei;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.Lease;
import hooke.chain.contract.LeaseOverReason;
import hooke.chain.contract.LeaseSlot;
import hooke.chain.contract.LeaseSlotState;
import hooke.chain.contract.LeaseTerms;
import hooke.chain.contract.Leases;
import hooke.chain.contract.Mandate;
import hooke.chain.contract.Mandates;
import hooke.chain.contract.NodeProfile;
import hooke.chain.contract.Operator;
import hooke.chain.contract.Resize;
import hooke.chain.contract.Template;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Token;
import hooke.chain.contract.Verification;
import hooke.chain.eip712.NodeConsent;
import hooke.chain.eip712.Permit;
import hooke.chain.eip712.Receipt;
import hooke.chain.rpc.ChainClient;
import hooke.chain.testing.AnvilChain;
import hooke.chain.testing.LocalChain;
import hooke.chain.tx.Deployment;
import hooke.chain.tx.Transactions;
import hooke.chain.wallet.Wallet;
import hooke.node.config.Network;
import hooke.node.task.ConsumerChain;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is folded from the law's events is what the law itself says, on a real chain: after each
/// step every operator, lease and mandate is asked for and compared.
@Timeout(120)
@SuppressWarnings("NullAway.Init")
final class LawFoldTest {
  private static final Path CONTRACTS = Path.of("..", "contracts");
  private static final Bytes32 ROOT = Bytes32.parse("11".repeat(32));
  private static final long FUEL = 3_000_000;
  private static final BigInteger GWEI = BigInteger.TEN.pow(9);
  private static final long PRICE = 1_000_000_000L;

  /// What the law rounds the pay of a slot to in its counter.
  private static final BigInteger SZABO = BigInteger.TEN.pow(12);

  @TempDir private Path folder;

  private final Wallet consumer = LocalChain.account(1);
  private final Wallet controller = LocalChain.account(2);
  private final List<Wallet> operators = List.of(LocalChain.account(3), LocalChain.account(4));
  private final List<Wallet> nodes = List.of(LocalChain.account(5), LocalChain.account(6));

  /// A second node of the first operator.
  private final Wallet spare = LocalChain.account(7);

  private final List<LeaseTerms> ordered = new ArrayList<>();
  private AnvilChain chain;
  private ChainClient client;
  private Transactions transactions;
  private HookeContract law;
  private Token token;
  private Leases leases;
  private Mandates mandates;
  private ConsumerChain view;

  @BeforeEach
  void open() throws InterruptedException {
    assumeTrue(
        AnvilChain.executable(CONTRACTS).isPresent(),
        "npm has no Anvil for this platform, and no other chain here can be reorganised");
    chain = AnvilChain.start(CONTRACTS, 0, Duration.ZERO, null, folder.resolve("anvil.log"));
    client = chain.client();
    transactions = new Transactions(client);
    Deployment deployment = Deployment.deploy(client, LocalChain.account(0));
    law = new HookeContract(client, deployment.hooke());
    token = new Token(client, deployment.token());
    leases = new Leases(law);
    mandates = new Mandates(law);
    view =
        ConsumerChain.open(
            new Network(
                List.of(chain.url()),
                client.chainId(),
                client.genesisHash(),
                deployment.hooke(),
                deployment.token(),
                deployment.block()));
    deposit(consumer, Wei.tokens(1_000));
    for (int i = 0; i < operators.size(); i++) {
      deposit(operators.get(i), Wei.tokens(1_000));
      register(operators.get(i), nodes.get(i));
      transactions.send(law.stake(Wei.tokens(100)), operators.get(i));
    }
    register(operators.getFirst(), spare);
  }

  @AfterEach
  void close() {
    if (view != null) {
      view.close();
    }
    if (client != null) {
      client.close();
    }
    if (chain != null) {
      chain.close();
    }
  }

  private void register(Wallet owner, Wallet key) throws InterruptedException {
    NodeProfile profile =
        new NodeProfile(key.address(), "127.0.0.1:7070", ROOT, 4_000, 8_192, 1_024, "");
    Signature consent = new NodeConsent(owner.address(), key.address()).sign(law.domain(), key);
    transactions.send(law.register(profile, consent.data()), owner);
  }

  private void deposit(Wallet account, Wei amount) throws InterruptedException {
    transactions.send(token.mint(account.address(), amount), account);
    Permit permit = token.permit(account.address(), law.address(), amount, Long.MAX_VALUE);
    transactions.send(
        law.depositWithPermit(amount, permit.deadline(), permit.sign(token.domain(), account)),
        account);
  }

  /// Sends, and compares all that was folded.
  private void step(Call call, Wallet sender) throws InterruptedException {
    transactions.send(call, sender);
    compare();
  }

  private MarketState market() {
    return view.market();
  }

  private void compare() throws InterruptedException {
    view.sync();
    for (int id = 1; id <= operators.size(); id++) {
      Operator said = law.operatorOf(id);
      OperatorView folded = market().operator(id).orElseThrow();
      assertEquals(said.stake(), folded.stake(), "stake of " + id);
      assertEquals(said.bonded(), folded.bonded(), "bonds of " + id);
      assertEquals(said.unbonding(), folded.unbonding());
      assertEquals(rounded(said.kept(), SZABO), rounded(folded.keptFees(), SZABO), "kept by " + id);
      assertEquals(said.broken(), rounded(folded.brokenFees(), GWEI), "broken by " + id);
      assertEquals(said.refused(), rounded(folded.refusedFees(), GWEI), "refused of " + id);
    }
    for (LeaseTerms terms : ordered) {
      Bytes32 id = leases.idOf(terms);
      Lease said = leases.of(id);
      assertEquals(said.createdAt() != 0, market().lease(id).isPresent());
      if (said.createdAt() == 0) {
        continue;
      }
      LeaseView folded = market().lease(id).orElseThrow();
      assertEquals(terms, folded.terms());
      assertEquals(said.live(), folded.ending() == null);
      assertEquals(said.createdAt(), folded.createdAt());
      assertEquals(leases.endsAt(terms), folded.endsAt());
      assertEquals(said.scaleSeq(), folded.scaling().sequence());
      assertEquals(said.primaryAt(), folded.scaling().primaryAt());
      if (said.live()) {
        assertEquals(said.rate(), folded.rate());
      }
      for (int slot = 0; slot < terms.maxSlots(); slot++) {
        assertEquals(leases.slotOf(terms, slot), asTheLaw(folded.slot(slot)), "slot " + slot);
      }
    }
    assertEquals(mandates.count(), market().newestMandates().count());
    market()
        .newestMandates()
        .forEach(folded -> {
          Mandate said = mandates.of(folded.number());
          assertEquals(
              said,
              new Mandate(
                  folded.owner(),
                  folded.from(),
                  folded.until(),
                  folded.ended(),
                  folded.agent(),
                  folded.budget(),
                  folded.root()));
        });
  }

  private static Wei rounded(Wei amount, BigInteger unit) {
    return new Wei(amount.value().divide(unit).multiply(unit));
  }

  private static LeaseSlot asTheLaw(LeaseSlotView slot) {
    return new LeaseSlot(
        slot.state(),
        slot.operatorId(),
        slot.nodeId(),
        slot.price(),
        slot.paidUntil(),
        slot.state() == LeaseSlotState.OPEN ? slot.openedAt() : slot.leaveAt(),
        slot.summonedUntil(),
        slot.version());
  }

  private LeaseView lease(LeaseTerms terms) {
    return market().lease(leases.idOf(terms)).orElseThrow();
  }

  private OperatorView operator(int id) {
    return market().operator(id).orElseThrow();
  }

  private LeaseTerms terms(long nonce, Address primary) {
    LeaseTerms terms =
        new LeaseTerms(
            consumer.address(),
            nonce,
            ROOT,
            1_000,
            256,
            64,
            PRICE,
            PRICE,
            0,
            1,
            3,
            false,
            86_400,
            600,
            300,
            Wei.tokens(1),
            Wei.ZERO,
            Bytes32.ZERO,
            Bytes32.ZERO,
            primary,
            Address.ZERO,
            0,
            primary.isZero() ? Wei.ZERO : Wei.tokens(1),
            60,
            0,
            0,
            0,
            1,
            2);
    ordered.add(terms);
    return terms;
  }

  private Terms taskTerms(long nonce) {
    return new Terms(
        consumer.address(),
        nonce,
        ROOT,
        1,
        1_000,
        256,
        64,
        PRICE,
        2 * PRICE,
        0,
        10_000_000,
        600,
        600,
        600,
        3_600,
        Wei.ZERO,
        Bytes32.ZERO,
        Bytes32.ZERO,
        Verification.ATTENDED,
        1,
        1,
        1,
        2);
  }

  private Call resize(LeaseTerms terms, int slot, long price, Wallet seller) {
    Resize change = new Resize(price, 2_000, 512, 128, Integer.MAX_VALUE);
    int version = leases.slotOf(terms, slot).version();
    Signature signed = seller.sign(leases.resizeDigest(leases.idOf(terms), slot, version, change));
    return leases.resize(terms, slot, change, Data.EMPTY, signed.data());
  }

  @Test
  void aServiceIsFoldedFromItsOrderToItsLapse() throws InterruptedException {
    LeaseTerms terms = terms(1, controller.address());
    step(leases.order(terms, new Wei(BigInteger.valueOf(PRICE)).times(4_000)), consumer);
    assertEquals(LeaseView.Kind.SERVICE, lease(terms).kind());
    step(leases.bid(terms, 0, PRICE, 0), nodes.getFirst());
    assertEquals(Wei.tokens(1), operator(1).leaseBonds(), "the bond of its slot");
    assertEquals(Wei.tokens(99), operator(1).freeStake());
    LocalChain.pass(client, 50);
    step(leases.claim(terms, List.of(0)), controller);
    assertEquals(lease(terms).funds().paid(), operator(1).leaseFees());
    assertTrue(lease(terms).funds().paid().compareTo(Wei.of(50 * PRICE)) >= 0);

    step(leases.open(terms, List.of(1), 0), controller);
    step(leases.bid(terms, 1, PRICE, 0), nodes.get(1));
    step(leases.topUp(terms, Wei.of(1_000 * PRICE)), operators.getFirst());
    step(resize(terms, 0, 2 * PRICE, nodes.getFirst()), consumer);
    assertEquals(512, lease(terms).slot(0).memoryMib(), "as agreed");
    step(leases.summon(terms, 0), consumer);
    step(leases.appear(terms, 0), nodes.getFirst());
    step(leases.move(terms, 0, spare.address()), nodes.getFirst());
    assertEquals(3, lease(terms).slot(0).nodeId());
    step(leases.giveNotice(terms, 0), spare);
    LocalChain.pass(client, 600);
    step(leases.leave(terms, 0), controller);
    assertEquals(Wei.ZERO, operator(1).leaseBonds(), "it gave notice");
    assertEquals(Wei.tokens(100), operator(1).stake());

    step(leases.abandon(terms, 1), operators.get(1));
    assertEquals(Wei.tokens(99), operator(2).stake());
    assertEquals(Wei.tokens(1), operator(2).brokenFees());
    step(leases.bid(terms, 1, PRICE, 0), nodes.getFirst());
    step(leases.summon(terms, 1), consumer);
    LocalChain.pass(client, 301);
    step(leases.defaulted(terms, 1), controller);
    assertEquals(Wei.tokens(1), operator(1).brokenFees());

    step(leases.bid(terms, 1, PRICE, 0), nodes.get(1));
    LocalChain.pass(client, 10_000);
    view.sync();
    assertEquals(LeaseView.Phase.ENDED, lease(terms).phase(client.latest().timestamp()));
    step(leases.lapse(terms), controller);
    LeaseView.Ending ending = lease(terms).ending();
    assertEquals(LeaseOverReason.LAPSED, ending == null ? null : ending.reason());
    assertEquals(Wei.tokens(1), operator(2).leaseBonds(), "until it is paid out");
    step(leases.claim(terms, List.of(1)), controller);
    assertEquals(Wei.ZERO, operator(2).leaseBonds());
    LeaseView.Funds last = lease(terms).funds();
    assertEquals(last.deposited(), last.paid().plus(last.refunded()), "nothing is lost");
  }

  @Test
  void anAgentsOrdersAreFoldedWithItsBudget() throws InterruptedException {
    Template template = new Template(taskTerms(0), 2, 1, 0, List.of());
    Bytes32 hash = mandates.hashOf(template);
    Wei budget = Wei.tokens(2);
    step(
        mandates.open(
            controller.address(),
            Mandates.leafOf(hash),
            budget,
            0,
            client.latest().timestamp() + 86_400),
        consumer);
    step(mandates.fund(1, Wei.tokens(1)), consumer);
    Terms first = mandates.nextOrder(1, template, 1, 2);
    step(mandates.order(1, template, List.of(), 0, 1, 2), controller);
    MandateView open = market().mandate(1).orElseThrow();
    assertEquals(first.escrow(), open.spent());
    assertEquals(law.idOf(first), open.lastOrder());
    assertEquals(first, market().order(law.idOf(first)).orElseThrow().terms());
    step(law.cancel(first), consumer);
    step(mandates.recover(1, hash, first), controller);
    assertEquals(Wei.ZERO, market().mandate(1).orElseThrow().spent());
    Terms second = mandates.nextOrder(1, template, 1, 2);
    step(mandates.order(1, template, List.of(), 1, 1, 2), controller);
    step(law.bid(second, 0, second.startPrice()), nodes.getFirst());
    Signature receipt = new Receipt(law.idOf(second), 0, ROOT, FUEL).sign(law.domain(), consumer);
    step(law.deliver(second, 0, ROOT, FUEL, receipt.data()), nodes.getFirst());
    assertEquals(
        market().order(law.idOf(second)).orElseThrow().slot(0).paid(), operator(1).keptFees());
    step(mandates.revoke(1), consumer);
    assertEquals(MandateView.Phase.ENDED, market().mandate(1).orElseThrow().phase(0));
  }

  @Test
  void whatAReorganisationTakesBackIsTakenBackFromEveryView() throws InterruptedException {
    LeaseTerms terms = terms(1, Address.ZERO);
    step(leases.order(terms, Wei.tokens(1)), consumer);
    step(leases.bid(terms, 0, PRICE, 0), nodes.getFirst());
    LeaseView before = lease(terms);
    OperatorView seller = operator(1);
    long block = client.latestNumber();
    step(leases.open(terms, List.of(1), 0), consumer);
    step(leases.bid(terms, 1, PRICE, 0), nodes.getFirst());
    step(leases.abandon(terms, 0), operators.getFirst());
    step(leases.close(terms, 3), consumer);
    step(
        mandates.open(
            controller.address(), ROOT, Wei.tokens(1), 0, client.latest().timestamp() + 60),
        consumer);
    AnvilChain.reorganise(client, Math.toIntExact(client.latestNumber() - block));
    LocalChain.mine(client, 1);
    compare();
    assertEquals(before, lease(terms));
    assertEquals(seller, operator(1));
    assertEquals(0, market().newestMandates().count());
    step(leases.open(terms, List.of(1), 0), consumer);
  }

  /// Whatever the law lets happen, in whatever order.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void randomStepsAreFoldedAsTheLawKeepsThem(long seed) throws InterruptedException {
    SplittableRandom random = new SplittableRandom(seed);
    LeaseTerms plain = terms(1, Address.ZERO);
    LeaseTerms service = terms(2, controller.address());
    Terms task = taskTerms(3);
    step(leases.order(plain, Wei.of(3_000 * PRICE)), consumer);
    step(leases.order(service, Wei.tokens(1)), consumer);
    step(law.order(task), consumer);
    int taken = 0;
    for (int i = 0; i < 120; i++) {
      LeaseTerms terms = random.nextBoolean() ? plain : service;
      int slot = random.nextInt(3);
      Wallet node = nodes.get(random.nextInt(2));
      Wallet owner = operators.get(random.nextInt(2));
      int sequence = leases.of(leases.idOf(terms)).scaleSeq();
      Supplier<Call> call =
          switch (random.nextInt(18)) {
            case 0, 1, 2, 3 -> () -> leases.bid(terms, slot, PRICE, 0);
            case 4, 5 -> () -> leases.open(terms, List.of(slot), sequence);
            case 6 -> () -> leases.close(terms, List.of(slot), sequence, 2);
            case 7 -> () -> leases.claim(terms, List.of(slot));
            case 8 -> () -> resize(terms, slot, PRICE + random.nextInt(2) * PRICE, node);
            case 9 -> () -> leases.summon(terms, slot);
            case 10 -> () -> leases.appear(terms, slot);
            case 11 -> () -> leases.defaulted(terms, slot);
            case 12 -> () -> leases.giveNotice(terms, slot);
            case 13 -> () -> leases.leave(terms, slot);
            case 14 -> () -> leases.abandon(terms, slot);
            case 15 -> () -> leases.topUp(terms, Wei.of(100 * PRICE));
            case 16 -> () -> law.bid(task, 0, PRICE);
            default -> () -> law.miss(task, 0);
          };
      Wallet sender = List.of(consumer, controller, node, node, node, owner).get(random.nextInt(6));
      try {
        transactions.send(call.get(), sender);
        taken++;
      } catch (Reverted refused) {
        // What the law refuses is no step; time goes on.
        LocalChain.pass(client, random.nextInt(120));
      }
      compare();
      if (i % 40 == 39) {
        AnvilChain.reorganise(client, 1 + random.nextInt(8));
        LocalChain.mine(client, 1);
        compare();
      }
    }
    assertTrue(taken > 20, "seed " + seed + ": only " + taken + " steps were taken");
  }
}
