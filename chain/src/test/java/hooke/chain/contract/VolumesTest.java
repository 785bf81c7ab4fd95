package hooke.chain.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.Data;
import hooke.chain.Keccak;
import hooke.chain.Reverted;
import hooke.chain.Signature;
import hooke.chain.TestChain;
import hooke.chain.Wei;
import hooke.chain.eip712.AnchorStatement;
import hooke.chain.rpc.ChainClient;
import hooke.chain.testing.LocalChain;
import hooke.chain.tx.TxResult;
import hooke.chain.wallet.Wallet;
import hooke.storage.MerkleTree;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// Volumes through their facade, on a real Hardhat node: three replicas that keep thirteen leaves.
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VolumesTest {
  private static final int EPOCH_SECONDS = 1_000;
  private static final int GRACE_SECONDS = 5_000;
  private static final long RATE = 1_000_000_000L;
  private static final Wei BOND = Wei.tokens(1);

  private final ChainClient client = TestChain.client();
  private final Wallet owner = TestChain.account();
  private final Wallet stranger = TestChain.account();
  private final List<Wallet> operators = accounts(4);
  private final List<Wallet> nodes = accounts(4);
  private final Content content = new Content(13);
  private @Nullable DeployedLaw deployed;

  @BeforeAll
  void deploy() throws InterruptedException {
    DeployedLaw law = DeployedLaw.on(client);
    deployed = law;
    law.deposit(owner, Wei.tokens(1_000));
    for (int i = 0; i < operators.size(); i++) {
      law.provide(operators.get(i), nodes.get(i));
    }
  }

  @AfterAll
  void close() {
    client.close();
  }

  @Test
  void aSnapshotIsAnchoredByAMajorityEndorsedByTheDelegateAndFollowed()
      throws InterruptedException {
    Held v = held(1);
    Volume made = v.volumes.of(v.id).orElseThrow();
    assertEquals(new Volume(owner.address(), Address.ZERO, 64, EPOCH_SECONDS, 1, 0, 0, 0), made);
    assertEquals(Optional.empty(), v.volumes.of(DeployedLaw.ROOT));
    assertEquals(Optional.empty(), v.volumes.anchorOf(v.id));
    assertEquals(
        new Replica(
            nodes.get(2).address(), v.volumes.replicaOf(v.id, 2).orElseThrow().firstEpoch(), 0, 64),
        v.volumes.replicaOf(v.id, 2).orElseThrow());
    assertEquals(Optional.empty(), v.volumes.replicaOf(v.id, 3));

    Snapshot snapshot = snapshot(content, Bytes32.ZERO);
    AnchorStatement first = v.statement(1, Bytes32.ZERO, snapshot, content.count());
    assertRevert("NoMajority", v.volumes.anchor(first, v.signed(first, 1), Data.EMPTY), stranger);
    Map<Integer, Signature> forged = v.signed(first, 0, 2);
    forged.put(2, first.sign(hooke().domain(), stranger));
    Reverted bad =
        assertRevert("BadAttestation", v.volumes.anchor(first, forged, Data.EMPTY), stranger);
    assertEquals(BigInteger.TWO, bad.revert().arguments().get("slot"));
    LawEvent anchored =
        only(send(v.volumes.anchor(first, v.signed(first, 0, 2), Data.EMPTY), stranger));
    assertEquals(
        new LawEvent.Anchored(
            anchored.at(),
            v.id,
            1,
            first.commit(),
            content.count(),
            false,
            BigInteger.valueOf(0b101)),
        anchored);

    Data byStranger = first.sign(hooke().domain(), stranger).data();
    assertRevert("BadEndorsement", v.volumes.endorse(first, byStranger), stranger);
    send(v.volumes.setDelegate(v.terms, stranger.address()), owner);
    LawEvent endorsed = only(send(v.volumes.endorse(first, byStranger), owner));
    assertEquals(new LawEvent.Endorsed(endorsed.at(), v.id, 1), endorsed);
    assertTrue(v.volumes.anchorOf(v.id).orElseThrow().endorsed());

    // A smaller volume wants the owner's word with the anchor itself.
    Content less = new Content(2);
    AnchorStatement second =
        v.statement(2, first.commit(), snapshot(less, first.commit()), less.count());
    Map<Integer, Signature> majority = v.signed(second, 0, 1);
    assertRevert("ShrinkNotEndorsed", v.volumes.anchor(second, majority, Data.EMPTY), stranger);
    Data byOwner = second.sign(hooke().domain(), owner).data();
    send(v.volumes.anchor(second, majority, byOwner), stranger);
    Anchor newest = v.volumes.anchorOf(v.id).orElseThrow();
    assertEquals(new Anchor(second.commit(), 2, 2, client.latest().timestamp(), true), newest);
    assertRevert("StaleAnchor", v.volumes.anchor(second, majority, byOwner), stranger);
    assertRevert("OverQuota", v.volumes.setQuota(v.terms, 0), owner);
    LawEvent quota = only(send(v.volumes.setQuota(v.terms, 32), owner));
    assertEquals(new LawEvent.QuotaSet(quota.at(), v.id, 32), quota);
  }

  @Test
  void aReplicaThatProvesPossessionIsPaidAndOneThatDoesNotIsEvictedAndReplaced()
      throws InterruptedException {
    Held v = held(2);
    Snapshot snapshot = v.anchor(content);
    assertRevert("NothingToDraw", v.volumes.draw(v.id), stranger);

    long first = v.nextEpoch();
    assertEquals(snapshot.commit(v.id, content.count()), v.volumes.epochAnchorOf(v.id).commit());
    LawEvent.Drawn drawn = (LawEvent.Drawn) only(send(v.volumes.draw(v.id), stranger));
    assertEquals(first, drawn.epoch());
    LocalChain.mine(client, 2);
    LawEvent.Sealed sealed = (LawEvent.Sealed) only(send(v.volumes.seal(v.id), stranger));
    assertEquals(client.block(drawn.seedBlock()).orElseThrow().hash(), sealed.seed());
    assertEquals(Optional.of(sealed.seed()), v.volumes.seedOf(v.id, first));

    PossessionProof proof = content.proof(snapshot, sealed.seed(), 0);
    assertRevert("BadPossession", v.volumes.prove(v.id, 1, proof), nodes.get(1));
    PossessionProof damaged = new PossessionProof(snapshot, proof.leaves().subList(1, Draw.LEAVES));
    assertRevert("BadPossession", v.volumes.prove(v.id, 0, damaged), nodes.get(0));
    assertRevert("NoReplica", v.volumes.prove(v.id, 3, proof), nodes.get(0));
    LawEvent proven = only(send(v.volumes.prove(v.id, 0, proof), nodes.get(0)));
    assertEquals(new LawEvent.Proven(proven.at(), v.id, 0, first), proven);
    assertRevert("AlreadyProven", v.volumes.prove(v.id, 0, proof), nodes.get(0));
    assertTrue(v.volumes.provedIn(v.id, 0, first));
    assertFalse(v.volumes.provedIn(v.id, 1, first));
    send(v.volumes.prove(v.id, 1, content.proof(snapshot, sealed.seed(), 1)), nodes.get(1));

    long second = v.nextEpoch();
    v.drawSealAndProve(snapshot, 0, 1);
    assertRevert("NotFailed", v.volumes.evict(v.terms, 2, first, second), stranger);
    v.nextEpoch();
    Wei before = hooke().accountOf(operators.get(0).address()).free();
    Wei lazy = hooke().accountOf(operators.get(2).address()).free();
    long createdAt = v.createdAt();
    long since = v.leases.slotOf(v.terms, 0).paidUntil();
    send(v.leases.claim(v.terms, List.of(0, 1, 2)), stranger);
    long seconds = createdAt + (second + 1) * EPOCH_SECONDS - since;
    assertEquals(
        before.plus(new Wei(BigInteger.valueOf(RATE)).times(seconds)),
        hooke().accountOf(operators.get(0).address()).free());
    assertEquals(
        lazy, hooke().accountOf(operators.get(2).address()).free(), "no proof yet, no pay");

    TxResult evicted = send(v.volumes.evict(v.terms, 2, first, second), stranger);
    LawEvent.LeaseEnded ended =
        hooke().decode(evicted.logs()).stream()
            .filter(LawEvent.LeaseEnded.class::isInstance)
            .map(LawEvent.LeaseEnded.class::cast)
            .findFirst()
            .orElseThrow();
    assertEquals(LeaseEnd.EVICTED, ended.how());
    assertEquals(BOND, ended.burned());
    assertEquals(lazy, hooke().accountOf(operators.get(2).address()).free(), "it never earned");
    assertEquals(Optional.empty(), v.volumes.replicaOf(v.id, 2));
    assertEquals(LeaseSlotState.OPEN, v.leases.slotOf(v.terms, 2).state());

    send(v.leases.bid(v.terms, 2, RATE, 64), nodes.get(3));
    Replica newcomer = v.volumes.replicaOf(v.id, 2).orElseThrow();
    assertEquals(nodes.get(3).address(), newcomer.key());
    assertTrue(newcomer.firstEpoch() > second + 1, "it has time to copy the bytes");
  }

  @Test
  void aVolumeWhoseFundsEndIsKeptForTheGraceAndLapses() throws InterruptedException {
    Held v = held(3);
    Snapshot snapshot = v.anchor(content);
    long end = v.leases.endsAt(v.terms);
    passTo(end - GRACE_SECONDS + 1);
    assertTrue(v.leases.of(v.id).live(), "in the grace it is a volume like any other");
    send(v.leases.topUp(v.terms, new Wei(BigInteger.valueOf(3 * RATE * EPOCH_SECONDS))), owner);
    assertEquals(end + EPOCH_SECONDS, v.leases.endsAt(v.terms));
    assertRevert("LeaseNotOver", v.leases.lapse(v.terms), stranger);
    v.nextEpoch();
    v.drawSealAndProve(snapshot, 0, 1, 2);
    assertEquals(v.volumes.epochOf(v.id), v.volumes.replicaOf(v.id, 1).orElseThrow().provedEpoch());

    passTo(end + EPOCH_SECONDS + 1);
    TxResult lapsed = send(v.leases.lapse(v.terms), stranger);
    LawEvent.LeaseOrderOver over =
        hooke().decode(lapsed.logs()).stream()
            .filter(LawEvent.LeaseOrderOver.class::isInstance)
            .map(LawEvent.LeaseOrderOver.class::cast)
            .findFirst()
            .orElseThrow();
    assertEquals(LeaseOverReason.LAPSED, over.reason());
    assertFalse(v.leases.of(v.id).live());
    assertRevert("VolumeNotLive", v.volumes.draw(v.id), stranger);
    assertRevert("LeaseOver", v.volumes.setDelegate(v.terms, stranger.address()), owner);
    send(v.leases.claim(v.terms, List.of(0, 1, 2)), stranger);
    assertEquals(LeaseSlotState.VACANT, v.leases.slotOf(v.terms, 0).state());
  }

  /// A volume whose first three slots the first three nodes hold.
  private Held held(long nonce) throws InterruptedException {
    Leases leases = new Leases(hooke());
    LeaseTerms terms = terms(nonce);
    Wei ahead = new Wei(BigInteger.valueOf(3 * RATE)).times(GRACE_SECONDS + 20L * EPOCH_SECONDS);
    send(leases.order(terms, ahead), owner);
    for (int slot = 0; slot < 3; slot++) {
      send(leases.bid(terms, slot, RATE, terms.diskMib()), nodes.get(slot));
    }
    return new Held(terms, leases.idOf(terms), leases, new Volumes(hooke()));
  }

  private final class Held {
    private final LeaseTerms terms;
    private final Bytes32 id;
    private final Leases leases;
    private final Volumes volumes;

    Held(LeaseTerms terms, Bytes32 id, Leases leases, Volumes volumes) {
      this.terms = terms;
      this.id = id;
      this.leases = leases;
      this.volumes = volumes;
    }

    AnchorStatement statement(long seq, Bytes32 previous, Snapshot snapshot, long leafCount) {
      return new AnchorStatement(id, seq, previous, snapshot.commit(id, leafCount), leafCount);
    }

    Map<Integer, Signature> signed(AnchorStatement statement, int... slots) {
      Map<Integer, Signature> signatures = new HashMap<>();
      for (int slot : slots) {
        signatures.put(slot, statement.sign(hooke().domain(), nodes.get(slot)));
      }
      return signatures;
    }

    /// The first anchor.
    Snapshot anchor(Content content) throws InterruptedException {
      Snapshot snapshot = snapshot(content, Bytes32.ZERO);
      AnchorStatement statement = statement(1, Bytes32.ZERO, snapshot, content.count());
      send(volumes.anchor(statement, signed(statement, 0, 1), Data.EMPTY), stranger);
      return snapshot;
    }

    long createdAt() {
      return leases.of(id).createdAt();
    }

    /// Lets time pass to the beginning of the next epoch, and returns its number.
    long nextEpoch() {
      long next = volumes.epochOf(id) + 1;
      passTo(createdAt() + next * EPOCH_SECONDS + 1);
      assertEquals(next, volumes.epochOf(id));
      return next;
    }

    void drawSealAndProve(Snapshot snapshot, int... slots) throws InterruptedException {
      send(volumes.draw(id), stranger);
      LocalChain.mine(client, 2);
      send(volumes.seal(id), stranger);
      Bytes32 seed = volumes.seedOf(id, volumes.epochOf(id)).orElseThrow();
      for (int slot : slots) {
        send(volumes.prove(id, slot, content.proof(snapshot, seed, slot)), nodes.get(slot));
      }
    }
  }

  /// Leaves and their tree.
  private static final class Content {
    private final List<byte[]> leaves = new ArrayList<>();
    private final List<byte[]> hashes = new ArrayList<>();

    Content(int count) {
      for (int i = 0; i < count; i++) {
        ByteBuffer leaf = ByteBuffer.allocate(PossessionProof.LEAF_BYTES);
        leaf.put(Keccak.hash(new byte[] {(byte) i}).bytes());
        leaves.add(leaf.array());
        hashes.add(MerkleTree.leafHash(leaf.array()));
      }
    }

    long count() {
      return leaves.size();
    }

    PossessionProof proof(Snapshot snapshot, Bytes32 seed, int slot) {
      return new PossessionProof(
          snapshot,
          Draw.of(seed, slot, 1, count()).leaves().stream()
              .map(index ->
                  new PossessionProof.Leaf(
                      Data.of(leaves.get(index.intValue())),
                      MerkleTree.path(hashes, index.intValue()).stream().map(Bytes32::of).toList()))
              .toList());
    }
  }

  private static Snapshot snapshot(Content content, Bytes32 previous) {
    return new Snapshot(
        1,
        3,
        1_234_567,
        1_800_000_000L,
        Bytes32.of(MerkleTree.root(content.hashes)),
        DeployedLaw.ROOT,
        previous);
  }

  private LeaseTerms terms(long nonce) {
    return new LeaseTerms(
        owner.address(),
        nonce,
        DeployedLaw.ROOT,
        1_000,
        256,
        64,
        RATE,
        RATE,
        0,
        3,
        5,
        true,
        30 * 86_400,
        2 * EPOCH_SECONDS,
        300,
        BOND,
        Wei.ZERO,
        Bytes32.ZERO,
        Bytes32.ZERO,
        Address.ZERO,
        Address.ZERO,
        0,
        Wei.ZERO,
        GRACE_SECONDS,
        EPOCH_SECONDS,
        1,
        0,
        1,
        2);
  }

  private void passTo(long second) {
    LocalChain.pass(client, second - client.latest().timestamp());
  }

  private HookeContract hooke() {
    return law().hooke();
  }

  private DeployedLaw law() {
    return Objects.requireNonNull(deployed);
  }

  private TxResult send(Call call, Wallet sender) throws InterruptedException {
    return law().transactions().send(call, sender);
  }

  private Reverted assertRevert(String error, Call call, Wallet sender) {
    return law().assertRevert(error, call, sender);
  }

  private LawEvent only(TxResult result) {
    List<LawEvent> events = hooke().decode(result.logs());
    assertEquals(1, events.size(), events.toString());
    return events.getFirst();
  }

  private static List<Wallet> accounts(int count) {
    List<Wallet> accounts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      accounts.add(TestChain.account());
    }
    return accounts;
  }
}
