package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.Data;
import hooke.chain.Signature;
import hooke.chain.eip712.AnchorStatement;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Volumes through the law's door: anchors, and proofs that replicas hold the bytes. A volume is a
/// lease order with epochs, and its id is that order's: it is ordered, bid for, paid and ended by
/// [Leases]. As in [HookeContract], methods that return a [Call] make a transaction to be sent, the
/// others ask the newest block; names, units and reverts are those of `IVolumes`.
public final class Volumes {
  private final HookeContract law;

  public Volumes(HookeContract law) {
    this.law = law;
  }

  // Owners.

  /// Names who may endorse beside the owner.
  ///
  /// @param delegate a plain key; zero: nobody
  public Call setDelegate(LeaseTerms terms, Address delegate) {
    return law.call("setDelegate", LawCodec.values(terms), delegate);
  }

  public Call setQuota(LeaseTerms terms, int quotaMib) {
    return law.call("setQuota", LawCodec.values(terms), quotaMib);
  }

  // Anyone who has the signatures.

  /// Anchors a snapshot.
  ///
  /// @param attestations signatures over the statement in the law's domain, by slot; of a majority
  /// @param endorsement the owner's (a contract's by ERC-1271) or the delegate's; empty: none
  public Call anchor(
      AnchorStatement statement, Map<Integer, Signature> attestations, Data endorsement) {
    BigInteger signers = BigInteger.ZERO;
    ByteArrayOutputStream signatures = new ByteArrayOutputStream();
    for (Map.Entry<Integer, Signature> each : new TreeMap<>(attestations).entrySet()) {
      signers = signers.setBit(each.getKey());
      signatures.writeBytes(each.getValue().compact().bytes());
    }
    return law.call(
        "anchor",
        statement.volume(),
        statement.seq(),
        statement.commit(),
        statement.leafCount(),
        signers,
        Data.of(signatures.toByteArray()),
        endorsement);
  }

  /// Endorses the newest anchor, of which `statement` is, afterwards.
  public Call endorse(AnchorStatement statement, Data endorsement) {
    return law.call(
        "endorse", statement.volume(), statement.seq(), statement.previous(), endorsement);
  }

  // Anyone.

  /// Draws the running epoch, in its first half.
  public Call draw(Bytes32 volume) {
    return law.call("draw", volume);
  }

  /// Keeps the seed of the running epoch's draw, within 256 blocks.
  public Call seal(Bytes32 volume) {
    return law.call("seal", volume);
  }

  /// Proves that the replica in the slot holds what the running epoch's draw asks for.
  public Call prove(Bytes32 volume, int slot, PossessionProof proof) {
    return law.call("prove", volume, slot, proof.encoded());
  }

  /// Evicts a replica that was picked in both epochs and has proven in neither, nor between, nor
  /// since.
  public Call evict(LeaseTerms terms, int slot, long first, long second) {
    return law.call("evict", LawCodec.values(terms), slot, first, second);
  }

  // Views.

  /// Empty when there is no such volume.
  public Optional<Volume> of(Bytes32 volume) {
    Fields f = law.view("volumeOf", volume).struct("0");
    Volume found =
        new Volume(
            f.address("owner"),
            f.address("delegate"),
            f.int32("quotaMib"),
            f.int32("epochSeconds"),
            f.int32("drawOneIn"),
            f.int64("drawableFrom"),
            f.int64("drawnEpoch"),
            f.int64("seedBlock"));
    return Optional.of(found).filter(each -> !each.owner().equals(Address.ZERO));
  }

  /// Empty when nobody holds the slot.
  public Optional<Replica> replicaOf(Bytes32 volume, int slot) {
    Fields f = law.view("replicaOf", volume, slot).struct("0");
    Replica found =
        new Replica(
            f.address("key"), f.int64("firstEpoch"), f.int64("provedEpoch"), f.int32("diskMib"));
    return Optional.of(found).filter(each -> !each.key().equals(Address.ZERO));
  }

  /// The newest anchor; empty when there is none.
  public Optional<Anchor> anchorOf(Bytes32 volume) {
    return Optional.of(anchor(law.view("anchorOf", volume).struct("0")))
        .filter(each -> each.seq() > 0);
  }

  /// The anchor that was current when the running epoch began, which its draw is about.
  public Anchor epochAnchorOf(Bytes32 volume) {
    return anchor(law.view("epochAnchorOf", volume).struct("0"));
  }

  /// The running epoch.
  public long epochOf(Bytes32 volume) {
    return law.view("epochOf", volume).int64("0");
  }

  /// The seed of an epoch, out of which [Draw] draws; empty when it was not sealed.
  public Optional<Bytes32> seedOf(Bytes32 volume, long epoch) {
    return Optional.of(law.view("seedOf", volume, epoch).bytes32("0"))
        .filter(seed -> !seed.isZero());
  }

  /// Whether the replica in the slot proved possession in the epoch, whoever held the slot then.
  public boolean provedIn(Bytes32 volume, int slot, long epoch) {
    return law.view("provedIn", volume, slot, epoch).flag("0");
  }

  private static Anchor anchor(Fields f) {
    return new Anchor(
        f.bytes32("commit"),
        f.int64("seq"),
        f.int64("leafCount"),
        f.int64("madeAt"),
        f.flag("endorsed"));
  }
}
