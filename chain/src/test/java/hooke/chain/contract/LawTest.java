package hooke.chain.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.Data;
import hooke.chain.Reverted;
import hooke.chain.Signature;
import hooke.chain.TestChain;
import hooke.chain.Wei;
import hooke.chain.eip712.Receipt;
import hooke.chain.eip712.Voucher;
import hooke.chain.rpc.At;
import hooke.chain.rpc.ChainClient;
import hooke.chain.rpc.ExecutionReverted;
import hooke.chain.testing.LocalChain;
import hooke.chain.tx.Transactions;
import hooke.chain.tx.TxResult;
import hooke.chain.wallet.Wallet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// The law through its facades, on a real Hardhat node.
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LawTest {
  private static final Bytes32 ROOT = DeployedLaw.ROOT;
  private static final long FUEL = 3_000_000;

  private final ChainClient client = TestChain.client();
  private final Transactions transactions = new Transactions(client);
  private final Wallet consumer = TestChain.account();
  private final Wallet operator = TestChain.account();
  private final Wallet node = TestChain.account();
  private final List<Wallet> otherOperators = List.of(TestChain.account(), TestChain.account());
  private final List<Wallet> otherNodes = List.of(TestChain.account(), TestChain.account());
  private @Nullable DeployedLaw law;
  private Token token = new Token(client, Address.ZERO);
  private HookeContract hooke = new HookeContract(client, Address.ZERO);

  @BeforeAll
  void deploy() throws InterruptedException {
    DeployedLaw deployed = DeployedLaw.on(client);
    law = deployed;
    token = deployed.token();
    hooke = deployed.hooke();
    deployed.deposit(consumer, Wei.tokens(1_000));
    deployed.provide(operator, node);
    for (int i = 0; i < 2; i++) {
      deployed.provide(otherOperators.get(i), otherNodes.get(i));
    }
  }

  @AfterAll
  void close() {
    client.close();
  }

  @Test
  void anAttendedTaskIsOrderedBidDeliveredAndPaidWithAReceipt() throws InterruptedException {
    Terms terms = terms(1);
    Bytes32 id = hooke.idOf(terms);
    Wei before = hooke.accountOf(operator.address()).free();
    TxResult ordered = transactions.send(hooke.order(terms), consumer);
    LawEvent.Ordered event =
        assertInstanceOf(LawEvent.Ordered.class, hooke.decode(ordered.logs()).getFirst());
    assertEquals(id, event.order(), "the id is known before the order is sent");
    assertEquals(terms, event.terms());

    transactions.send(hooke.bid(terms, 0, terms.startPrice()), node);
    Slot slot = hooke.slotOf(id, 0);
    assertEquals(SlotState.ASSIGNED, slot.state());
    assertEquals(hooke.nodeOf(node.address()).nodeId(), slot.nodeId());

    Signature receipt = new Receipt(id, 0, ROOT, FUEL).sign(hooke.domain(), consumer);
    transactions.send(hooke.deliver(terms, 0, ROOT, FUEL, receipt.data()), node);
    Wei pay = Terms.payUp(FUEL, terms.startPrice());
    assertEquals(SlotState.RELEASED, hooke.slotOf(id, 0).state());
    assertEquals(before.plus(pay), hooke.accountOf(operator.address()).free());
    assertEquals(Optional.of(new Result(ROOT, FUEL)), hooke.resultOf(id));
  }

  /// The law makes nonces out of hashes, for mandates' orders and juries.
  @Test
  void aNonceMayHaveAll64Bits() throws InterruptedException {
    Terms terms = terms(-2);
    TxResult ordered = transactions.send(hooke.order(terms), consumer);
    LawEvent.Ordered event =
        assertInstanceOf(LawEvent.Ordered.class, hooke.decode(ordered.logs()).getFirst());
    assertEquals(terms, event.terms());
    assertEquals(hooke.idOf(terms), event.order());
    transactions.send(hooke.cancel(terms), consumer);
  }

  @Test
  void aQuorumIsDrawnCommitsRevealsAndIsPaid() throws InterruptedException {
    Terms terms = terms(3, Verification.QUORUM, 2, 3);
    Bytes32 id = hooke.idOf(terms);
    Bytes32 salt = Bytes32.parse("22".repeat(32));
    List<Wallet> nodes = List.of(node, otherNodes.get(0), otherNodes.get(1));
    transactions.send(hooke.order(terms), consumer);
    LocalChain.mine(
        client, 1); // The draw's seed; the bid is then simulated for the block after it.
    for (int slot = 0; slot < 3; slot++) {
      transactions.send(hooke.bid(terms, slot, terms.startPrice()), nodes.get(slot));
    }
    for (int slot = 0; slot < 3; slot++) {
      int operatorId = hooke.slotOf(id, slot).operatorId();
      Bytes32 commitment = hooke.commitmentOf(id, slot, operatorId, ROOT, FUEL, salt);
      transactions.send(hooke.commit(terms, slot, commitment), nodes.get(slot));
    }
    for (int slot = 0; slot < 3; slot++) {
      Signature receipt = new Receipt(id, slot, ROOT, FUEL).sign(hooke.domain(), consumer);
      transactions.send(
          hooke.reveal(terms, slot, ROOT, FUEL, salt, receipt.data()), nodes.get(slot));
    }
    assertEquals(Optional.of(new Result(ROOT, FUEL)), hooke.resultOf(id));
    for (int slot = 0; slot < 3; slot++) {
      assertEquals(SlotState.RELEASED, hooke.slotOf(id, slot).state());
    }
  }

  @Test
  void whatTheLawRefusesIsTypedBeforeItCostsGas() throws InterruptedException {
    Terms terms = terms(2);
    transactions.send(hooke.order(terms), consumer);
    assertRevert("OrderExists", hooke.order(terms), consumer);
    Reverted price = assertRevert("PriceTooHigh", hooke.bid(terms, 0, terms.maxPrice() + 1), node);
    assertEquals(
        java.math.BigInteger.valueOf(terms.maxPrice() + 1),
        price.revert().arguments().get("price"));
    assertRevert("UnknownNode", hooke.bid(terms, 0, 1), consumer);
    assertRevert("NotConsumer", hooke.cancel(terms), operator);
    assertRevert("InsufficientFree", hooke.withdraw(Wei.tokens(1_000_000)), consumer);
    transactions.send(hooke.cancel(terms), consumer);
    assertEquals(OrderState.CLOSED, hooke.orderOf(hooke.idOf(terms)).state());
  }

  /// Three tasks in one slot, delivered with one wrong leaf; a challenge finds it, a jury says so.
  @Test
  void aWrongResultOfAnArrayIsChallengedJudgedAndDisproved() throws InterruptedException {
    Terms terms = terms(4, Verification.OPTIMISTIC, 1, 1, 3);
    Bytes32 id = hooke.idOf(terms);
    transactions.send(hooke.order(terms), consumer);
    transactions.send(hooke.bid(terms, 0, terms.maxPrice()), node);
    assertEquals(new TaskRange(0, 3, terms.bond(3)), hooke.rangeOf(terms, 0));
    assertEquals(1, hooke.slotsOf(terms));
    List<PublishedLeaf> leaves =
        java.util.stream.IntStream.range(0, 3)
            .mapToObj(i -> new PublishedLeaf(0, i, FUEL, 10, ROOT))
            .toList();
    List<SumTree.Sum> sums =
        java.util.stream.IntStream.range(0, 3)
            .mapToObj(i -> new SumTree.Sum(SumTree.leafHash(i, leaves.get(i)), FUEL))
            .toList();
    SumTree.Sum root = SumTree.root(sums);
    transactions.send(hooke.deliver(terms, 0, root.hash(), root.fuel(), Data.EMPTY), node);
    Wallet challenger = consumer;
    Call challenge = hooke.challenge(terms, 0, 2);
    Call publish = hooke.publish(terms, 0, 2, leaves.get(2), SumTree.path(sums, 2));
    TxResult published =
        transactions.send(hooke.multicall(List.of(challenge, publish)), challenger);
    LawEvent.JuryCalled called =
        hooke.decode(published.logs()).stream()
            .filter(LawEvent.JuryCalled.class::isInstance)
            .map(LawEvent.JuryCalled.class::cast)
            .findFirst()
            .orElseThrow();
    assertEquals(ChallengeState.JUDGING, hooke.challengeOf(id, 0, 2).state());
    assertEquals(new Dispute(1, false, Wei.ZERO), hooke.disputeOf(id, 0));
    Terms jury = hooke.juryTermsOf(terms, 0, 2, 1);
    assertEquals(called.jury(), hooke.idOf(jury));
    assertRevert("JuryLive", hooke.conclude(terms, 0, 2), consumer);

    Bytes32 truth = SumTree.leafHash(2, new PublishedLeaf(0, 9, FUEL, 10, ROOT));
    Bytes32 salt = Bytes32.parse("33".repeat(32));
    LocalChain.mine(client, 1);
    LocalChain.pass(client, 60);
    for (int slot = 0; slot < 2; slot++) {
      transactions.send(hooke.bid(jury, slot, jury.maxPrice()), otherNodes.get(slot));
      int operatorId = hooke.slotOf(called.jury(), slot).operatorId();
      transactions.send(
          hooke.commit(
              jury, slot, hooke.commitmentOf(called.jury(), slot, operatorId, truth, FUEL, salt)),
          otherNodes.get(slot));
    }
    LocalChain.pass(client, 601);
    transactions.send(hooke.expire(jury), operator);
    for (int slot = 0; slot < 2; slot++) {
      transactions.send(
          hooke.reveal(jury, slot, truth, FUEL, salt, Data.EMPTY), otherNodes.get(slot));
    }
    transactions.send(hooke.conclude(terms, 0, 2), operator);
    assertEquals(ChallengeState.UPHELD, hooke.challengeOf(id, 0, 2).state());
    assertEquals(SlotState.DISPROVED, hooke.slotOf(id, 0).state());
  }

  /// The law's own refusal, where it asks the tree: `BadLeaf` for all that Java's tree does not
  /// hold, and for nothing else.
  @Test
  void aChallengedLeafIsTakenIfAndOnlyIfItsTreeHoldsIt() throws InterruptedException {
    int tasks = 7;
    int index = 4;
    Terms terms = terms(5, Verification.OPTIMISTIC, 1, 1, tasks);
    transactions.send(hooke.order(terms), consumer);
    transactions.send(hooke.bid(terms, 0, terms.maxPrice()), node);
    List<PublishedLeaf> leaves = new ArrayList<>();
    List<SumTree.Sum> sums = new ArrayList<>();
    for (int i = 0; i < tasks; i++) {
      leaves.add(new PublishedLeaf(0, i, FUEL + i, 10, ROOT));
      sums.add(new SumTree.Sum(SumTree.leafHash(i, leaves.get(i)), FUEL + i));
    }
    SumTree.Sum root = SumTree.root(sums);
    transactions.send(hooke.deliver(terms, 0, root.hash(), root.fuel(), Data.EMPTY), node);
    transactions.send(hooke.challenge(terms, 0, index), consumer);
    SplittableRandom random = new SplittableRandom(5);
    int taken = 0;
    for (int i = 0; i < 120; i++) {
      PublishedLeaf leaf = leaves.get(random.nextInt(6) == 0 ? random.nextInt(tasks) : index);
      List<SumTree.Sum> path = new ArrayList<>(SumTree.path(sums, index));
      int at = random.nextInt(path.size());
      SumTree.Sum step = path.get(at);
      switch (random.nextInt(8)) {
        case 0 -> path.set(at, new SumTree.Sum(step.hash(), step.fuel() + 1));
        case 1 -> path.set(at, new SumTree.Sum(ROOT, step.fuel()));
        case 2 -> path.remove(at);
        case 3 -> path.add(at, new SumTree.Sum(ROOT, -1L));
        case 4 -> Collections.swap(path, at, random.nextInt(path.size()));
        case 5 ->
            leaf =
                new PublishedLeaf(
                    leaf.outcome(), leaf.exitCode(), leaf.fuel() - 1, leaf.size(), ROOT);
        default -> {}
      }
      boolean holds =
          SumTree.holds(
              new SumTree.Sum(SumTree.leafHash(index, leaf), leaf.fuel()),
              index,
              tasks,
              path,
              root);
      Call publish = hooke.publish(terms, 0, index, leaf, path);
      String refused = "";
      try {
        client.call(publish, operator.address(), At.LATEST);
        taken++;
      } catch (ExecutionReverted e) {
        refused = Reverts.explain(publish, e).revert().name();
      }
      assertEquals(holds ? "" : "BadLeaf", refused, "case " + i + ": " + leaf + " " + path);
    }
    assertTrue(taken > 20 && taken < 100, "both answers occur: " + taken);
  }

  @Test
  void aTabPaysWhatAVoucherSays() throws InterruptedException {
    transactions.send(hooke.openTab(1, Wei.tokens(2)), consumer);
    Signature voucher =
        new Voucher(consumer.address(), 1, Wei.tokens(1)).sign(hooke.domain(), consumer);
    transactions.send(hooke.redeem(consumer.address(), 1, Wei.tokens(1), voucher.data()), operator);
    assertEquals(new Tab(Wei.tokens(1), Wei.tokens(1), 0), hooke.tabOf(consumer.address(), 1));
    assertRevert(
        "VoucherSpent",
        hooke.redeem(consumer.address(), 1, Wei.tokens(1), voucher.data()),
        operator);
    transactions.send(hooke.closeTab(1), consumer);
    assertRevert("TooEarly", hooke.reclaimTab(consumer.address(), 1), consumer);
  }

  @Test
  void aSignatureIsAKeysOwnOrWhatAContractStandsBy() throws InterruptedException {
    Bytes32 digest = new Receipt(ROOT, 0, ROOT, FUEL).digest(hooke.domain());
    Data own = consumer.sign(digest).data();
    assertTrue(hooke.isSignedBy(consumer.address(), digest, own));
    assertFalse(hooke.isSignedBy(operator.address(), digest, own));
    byte[] otherV = own.bytes();
    otherV[64] = (byte) (otherV[64] - 27);
    assertFalse(
        hooke.isSignedBy(consumer.address(), digest, Data.of(otherV)),
        "the law's recovery does not know this spelling");

    Buyer buyer =
        new Buyer(transactions.create("buyer", Buyer.creationCode(hooke.address()), consumer));
    Data any = Data.of(new byte[] {7});
    assertFalse(hooke.isSignedBy(buyer.address(), digest, any));
    transactions.send(buyer.sign(digest), consumer);
    assertTrue(hooke.isSignedBy(buyer.address(), digest, any));
    assertFalse(hooke.isSignedBy(buyer.address(), ROOT, any), "another digest");
    assertFalse(hooke.isSignedBy(token.address(), digest, any), "it knows nothing of signatures");
  }

  @Test
  void aLeaseIsPaidByTheSecondResizedByBothAndClosed() throws InterruptedException {
    Leases leases = new Leases(hooke);
    LeaseTerms terms = leaseTerms(71);
    Bytes32 id = leases.idOf(terms);
    TxResult ordered = transactions.send(leases.order(terms, Wei.tokens(1)), consumer);
    LawEvent.LeaseOrdered event =
        assertInstanceOf(LawEvent.LeaseOrdered.class, hooke.decode(ordered.logs()).getFirst());
    assertEquals(id, event.order(), "the id is known before the order is sent");
    assertEquals(terms, event.terms());
    transactions.send(leases.bid(terms, 0, terms.maxPrice(), 0), node);
    LeaseSlot taken = leases.slotOf(terms, 0);
    assertEquals(LeaseSlotState.LEASED, taken.state());
    assertTrue(leases.of(id).live());

    long dearer = 2 * terms.maxPrice();
    Resize change = new Resize(dearer, 2_000, 512, 64, Integer.MAX_VALUE);
    Signature seller = node.sign(leases.resizeDigest(id, 0, taken.version(), change));
    transactions.send(leases.resize(terms, 0, change, Data.EMPTY, seller.data()), consumer);
    LeaseSlot resized = leases.slotOf(terms, 0);
    assertEquals(dearer, resized.price());
    assertTrue(leases.endsAt(terms) > resized.paidUntil());

    Wei before = hooke.accountOf(operator.address()).free();
    LocalChain.pass(client, 100);
    transactions.send(leases.close(terms, 0), consumer);
    transactions.send(leases.claim(terms, List.of(0)), consumer);
    long seconds = leases.of(id).endedAt() - resized.paidUntil();
    assertTrue(seconds >= 100);
    assertEquals(
        before.plus(new Wei(java.math.BigInteger.valueOf(dearer)).times(seconds)),
        hooke.accountOf(operator.address()).free());
    assertFalse(leases.of(id).live());
    assertRevert("LeaseOver", leases.topUp(terms, Wei.tokens(1)), consumer);
  }

  @Test
  void anAgentOrdersUnderAMandateWhatItsOwnerChose() throws InterruptedException {
    Mandates mandates = new Mandates(hooke);
    Wallet agent = otherNodes.getFirst();
    Template template = new Template(terms(0), 1, 0, 0, List.of());
    Bytes32 hash = mandates.hashOf(template);
    Wei budget = Wei.tokens(1);
    transactions.send(
        mandates.open(
            agent.address(),
            Mandates.leafOf(hash),
            budget,
            0,
            client.latest().timestamp() + 86_400),
        consumer);
    int mandate = mandates.count();
    assertEquals(consumer.address(), mandates.of(mandate).owner());
    Terms next = mandates.nextOrder(mandate, template, 1, 2);
    assertRevert("NotAgent", mandates.order(mandate, template, List.of(), 0, 1, 2), consumer);
    transactions.send(mandates.order(mandate, template, List.of(), 0, 1, 2), agent);
    assertEquals(OrderState.LIVE, hooke.orderOf(hooke.idOf(next)).state());
    assertEquals(budget.minus(next.escrow()), mandates.of(mandate).budget());
    transactions.send(hooke.cancel(next), consumer);
    transactions.send(mandates.recover(mandate, hash, next), agent);
    assertEquals(budget, mandates.of(mandate).budget());
    Wei free = hooke.accountOf(consumer.address()).free();
    transactions.send(mandates.revoke(mandate), consumer);
    assertEquals(free.plus(budget), hooke.accountOf(consumer.address()).free());
    assertTrue(mandates.of(mandate).ended());
  }

  private LeaseTerms leaseTerms(long nonce) {
    return new LeaseTerms(
        consumer.address(),
        nonce,
        ROOT,
        1_000,
        256,
        64,
        1_000_000_000L,
        1_000_000_000L,
        0,
        1,
        4,
        false,
        30 * 86_400,
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
        0,
        0,
        0,
        0,
        1,
        2);
  }

  @Test
  void limitsAndSmallViewsAnswer() {
    assertEquals(2_000, hooke.constant("HELD_BPS"));
    assertEquals(Terms.JURY_SLOTS, hooke.constant("JURY_SLOTS"));
    assertEquals(1 << 20, hooke.constant("MAX_TASKS"));
    assertEquals(token.address(), hooke.token());
    assertEquals(3, hooke.nodeCount());
    assertEquals(hooke.operatorIdOf(operator.address()), 1);
    assertEquals(operator.address(), hooke.operatorOf(1).owner());
    assertEquals(Optional.empty(), hooke.holderOf(consumer.address(), ROOT));
  }

  private Reverted assertRevert(String error, Call call, Wallet sender) {
    return law().assertRevert(error, call, sender);
  }

  private DeployedLaw law() {
    return Objects.requireNonNull(law);
  }

  private Terms terms(long nonce) {
    return terms(nonce, Verification.ATTENDED, 1, 1);
  }

  private Terms terms(long nonce, Verification mode, int quorum, int slots) {
    return terms(nonce, mode, quorum, slots, 1);
  }

  private Terms terms(long nonce, Verification mode, int quorum, int slots, int tasks) {
    return new Terms(
        consumer.address(),
        nonce,
        ROOT,
        tasks,
        1_000,
        256,
        64,
        1_000_000_000L,
        2_000_000_000L,
        0,
        10_000_000,
        600,
        600,
        600,
        3_600,
        Wei.ZERO,
        Bytes32.ZERO,
        Bytes32.ZERO,
        mode,
        quorum,
        slots,
        1,
        1);
  }
}
