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
import hooke.chain.contract.Anchor;
import hooke.chain.contract.Draw;
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
import hooke.chain.contract.PossessionProof;
import hooke.chain.contract.Resize;
import hooke.chain.contract.Snapshot;
import hooke.chain.contract.Template;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Token;
import hooke.chain.contract.Verification;
import hooke.chain.contract.Volume;
import hooke.chain.contract.Volumes;
import hooke.chain.eip712.AnchorStatement;
import hooke.chain.eip712.NodeConsent;
import hooke.chain.eip712.Permit;
import hooke.chain.eip712.Receipt;
import hooke.chain.eip712.Voucher;
import hooke.chain.rpc.ChainClient;
import hooke.chain.testing.AnvilChain;
import hooke.chain.testing.LocalChain;
import hooke.chain.tx.Deployment;
import hooke.chain.tx.Transactions;
import hooke.chain.wallet.Wallet;
import hooke.node.config.Network;
import hooke.node.task.ConsumerChain;
import hooke.storage.MerkleTree;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
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
  private static final int EPOCH_SECONDS = 1_000;

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
  private Volumes volumes;
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
    volumes = new Volumes(law);
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
      if (terms.epochSeconds() != 0) {
        compareVolume(terms);
      }
    }
    for (int id = 1; id <= operators.size(); id++) {
      assertEquals(
          law.tabOf(consumer.address(), id), market().tab(consumer.address(), id), "tab of " + id);
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

  private Call redeem(int operator, Wei total) {
    Voucher voucher = new Voucher(consumer.address(), operator, total);
    return law.redeem(
        consumer.address(), operator, total, voucher.sign(law.domain(), consumer).data());
  }

  @Test
  void tabsAreFoldedFromTheirOpeningToTheirEnd() throws InterruptedException {
    step(law.openTab(1, Wei.of(100)), consumer);
    step(redeem(1, Wei.of(30)), controller);
    step(law.closeTab(1), consumer);
    step(redeem(1, Wei.of(40)), controller);
    step(law.openTab(1, Wei.of(5)), consumer);
    assertEquals(0, market().tab(consumer.address(), 1).closesAt(), "it is open again");
    step(law.openTab(2, Wei.of(7)), consumer);
    step(law.closeTab(1), consumer);
    LocalChain.pass(client, 86_400);
    step(law.reclaimTab(consumer.address(), 1), controller);
    assertEquals(List.of(1, 2), List.copyOf(market().tabs(consumer.address()).keySet()));
    long block = client.latestNumber();
    step(law.openTab(1, Wei.of(9)), consumer);
    step(redeem(1, Wei.of(45)), controller);
    AnvilChain.reorganise(client, Math.toIntExact(client.latestNumber() - block));
    LocalChain.mine(client, 1);
    compare();
    assertEquals(Wei.of(40), market().tab(consumer.address(), 1).redeemed());
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

  /// Whatever the law lets happen, in whatever order, and taken back now and then.
  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void randomStepsAreFoldedAsTheLawKeepsThem(long seed) throws InterruptedException {
    SplittableRandom random = new SplittableRandom(seed);
    List<LeaseTerms> both = List.of(terms(1, Address.ZERO), terms(2, controller.address()));
    Terms task = taskTerms(3);
    step(leases.order(both.get(0), Wei.of(3_000 * PRICE)), consumer);
    step(leases.order(both.get(1), Wei.tokens(1)), consumer);
    step(law.order(task), consumer);
    long first = client.latestNumber();
    int taken = 0;
    for (int i = 0; i < 400 && taken < 40; i++) {
      if (tried(random, both.get(random.nextInt(2)), task)) {
        taken++;
        LocalChain.pass(client, random.nextInt(120));
        compare();
      }
      if (i % 100 == 99) {
        long depth = Math.min(1 + random.nextInt(8), client.latestNumber() - first);
        AnvilChain.reorganise(client, Math.toIntExact(depth));
        LocalChain.mine(client, 1);
        compare();
      }
    }
    assertEquals(40, taken, "seed " + seed + ": the law refused almost everything");
  }

  /// One step of anybody's; false when the law refuses it.
  private boolean tried(SplittableRandom random, LeaseTerms terms, Terms task)
      throws InterruptedException {
    int slot = random.nextInt(3);
    int seller = random.nextInt(2);
    Wallet node = nodes.get(seller);
    int sequence = leases.of(leases.idOf(terms)).scaleSeq();
    try {
      switch (random.nextInt(18)) {
        case 0, 1, 2 -> transactions.send(leases.bid(terms, slot, PRICE, 0), node);
        case 3 -> transactions.send(leases.open(terms, List.of(slot), sequence), consumer);
        case 4 -> transactions.send(leases.open(terms, List.of(slot), sequence), controller);
        case 5 -> transactions.send(leases.close(terms, List.of(slot), sequence, 2), consumer);
        case 6 -> transactions.send(leases.claim(terms, List.of(slot)), node);
        case 7 -> transactions.send(resize(terms, slot, 2 * PRICE, node), consumer);
        case 8 -> transactions.send(leases.summon(terms, slot), consumer);
        case 9 -> transactions.send(leases.appear(terms, slot), node);
        case 10 -> transactions.send(leases.defaulted(terms, slot), controller);
        case 11 -> transactions.send(leases.giveNotice(terms, slot), node);
        case 12 -> transactions.send(leases.leave(terms, slot), controller);
        case 13 -> transactions.send(leases.abandon(terms, slot), operators.get(seller));
        case 14 -> transactions.send(leases.topUp(terms, Wei.of(100 * PRICE)), consumer);
        case 15 -> transactions.send(law.bid(task, 0, PRICE), node);
        case 16 -> transactions.send(law.giveUp(task, 0), node);
        default -> transactions.send(law.miss(task, 0), controller);
      }
      return true;
    } catch (Reverted refused) {
      return false;
    }
  }

  @Test
  void aVolumeIsFoldedWithItsAnchorsDrawsAndReplicas() throws InterruptedException {
    LeaseTerms terms = volumeTerms(9);
    Bytes32 id = leases.idOf(terms);
    step(leases.order(terms, Wei.of(20L * EPOCH_SECONDS * PRICE)), consumer);
    for (int slot = 0; slot < 2; slot++) {
      step(leases.bid(terms, slot, PRICE, 64), nodes.get(slot));
    }
    byte[] leaf = new byte[PossessionProof.LEAF_BYTES];
    Snapshot snapshot =
        new Snapshot(1, 1, 1, 1, Bytes32.of(MerkleTree.leafHash(leaf)), ROOT, Bytes32.ZERO);
    AnchorStatement statement = new AnchorStatement(id, 1, Bytes32.ZERO, snapshot.commit(id, 1), 1);
    Map<Integer, Signature> signatures = new HashMap<>();
    for (int slot = 0; slot < 2; slot++) {
      signatures.put(slot, statement.sign(law.domain(), nodes.get(slot)));
    }
    step(volumes.anchor(statement, signatures, Data.EMPTY), controller);
    assertEquals(BigInteger.valueOf(0b11), anchor(terms).signers());
    step(volumes.setDelegate(terms, controller.address()), consumer);
    step(
        volumes.endorse(statement, statement.sign(law.domain(), controller).data()),
        operators.getFirst());
    assertTrue(anchor(terms).endorsed());

    PossessionProof proof =
        new PossessionProof(
            snapshot,
            Collections.nCopies(Draw.LEAVES, new PossessionProof.Leaf(Data.of(leaf), List.of())));
    List<Long> epochs = new ArrayList<>();
    for (int round = 0; round < 2; round++) {
      long epoch = volumes.epochOf(id) + 1;
      passTo(leases.of(id).createdAt() + epoch * EPOCH_SECONDS + 1);
      epochs.add(epoch);
      step(volumes.draw(id), controller);
      LocalChain.mine(client, 2);
      step(volumes.seal(id), controller);
      step(volumes.prove(id, 0, proof), controller);
    }
    passTo(leases.of(id).createdAt() + (epochs.getLast() + 1) * EPOCH_SECONDS + 1);
    step(leases.claim(terms, List.of(0)), controller);
    step(volumes.evict(terms, 1, epochs.getFirst(), epochs.getLast()), controller);
    assertEquals(Wei.tokens(1), operator(2).brokenFees(), "it never proved");
    assertEquals(Wei.tokens(99), operator(2).stake());
    step(volumes.setQuota(terms, 32), consumer);
    long end = leases.endsAt(terms);
    passTo(end - 10);
    view.sync();
    assertEquals(LeaseView.Phase.GRACE, lease(terms).phase(client.latest().timestamp()));
    passTo(end + 1);
    step(leases.lapse(terms), controller);
    step(leases.claim(terms, List.of(0)), controller);
    assertEquals(Wei.ZERO, operator(1).leaseBonds());
    LeaseView.Funds last = lease(terms).funds();
    assertEquals(last.deposited(), last.paid().plus(last.refunded()), "nothing is lost");
  }

  private void passTo(long second) {
    LocalChain.pass(client, second - client.latest().timestamp());
  }

  private VolumeView volume(LeaseTerms terms) {
    return Objects.requireNonNull(lease(terms).volume());
  }

  private VolumeView.Anchor anchor(LeaseTerms terms) {
    return Objects.requireNonNull(volume(terms).anchor());
  }

  private void compareVolume(LeaseTerms terms) {
    Bytes32 id = leases.idOf(terms);
    Volume said = volumes.of(id).orElseThrow();
    VolumeView folded = volume(terms);
    VolumeView.Draw draw = folded.draw();
    assertEquals(
        said,
        new Volume(
            terms.consumer(),
            folded.delegate(),
            folded.quotaMib(),
            terms.epochSeconds(),
            terms.drawOneIn(),
            folded.drawableFrom(),
            draw == null ? 0 : draw.epoch(),
            draw == null ? 0 : draw.seedBlock()));
    if (draw != null) {
      assertEquals(volumes.seedOf(id, draw.epoch()), Optional.ofNullable(draw.seed()));
    }
    assertEquals(
        volumes.anchorOf(id),
        Optional.ofNullable(folded.anchor())
            .map(a -> new Anchor(a.commit(), a.seq(), a.leafCount(), a.madeAt(), a.endorsed())));
    for (int slot = 0; slot < terms.maxSlots(); slot++) {
      assertEquals(
          volumes
              .replicaOf(id, slot)
              .map(r -> new VolumeView.Replica(r.firstEpoch(), r.provedEpoch())),
          Optional.ofNullable(folded.replicas().get(slot)));
    }
  }

  private LeaseTerms volumeTerms(long nonce) {
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
            2,
            3,
            true,
            86_400,
            600,
            300,
            Wei.tokens(1),
            Wei.ZERO,
            Bytes32.ZERO,
            Bytes32.ZERO,
            Address.ZERO,
            Address.ZERO,
            0,
            Wei.ZERO,
            60,
            EPOCH_SECONDS,
            1,
            0,
            1,
            2);
    ordered.add(terms);
    return terms;
  }
}
