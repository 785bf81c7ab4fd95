package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import java.math.BigInteger;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a volume has beyond its lease order, as the chain's events tell it. Its slots are replicas;
/// epochs count from 0, which begins with the order.
///
/// @param quotaMib no anchor has more than 1,024 leaves for each
/// @param delegate who may endorse beside the owner; zero: nobody
/// @param anchor the newest; null before the first
/// @param drawableFrom first epoch that can be drawn; 0 before the first anchor
/// @param draw the last epoch that was drawn; null before the first
/// @param replicas by slot, of slots that somebody holds
public record VolumeView(
    int quotaMib,
    Address delegate,
    @Nullable Anchor anchor,
    long drawableFrom,
    @Nullable Draw draw,
    Map<Integer, Replica> replicas) {

  /// A snapshot's commit as it was anchored.
  ///
  /// @param seq from 1
  /// @param leafCount leaves of 1,024 bytes
  /// @param madeAt unix second
  /// @param endorsed the owner or its delegate stands for it; else replicas alone attest to it
  /// @param signers a bit for each slot whose holder signed
  public record Anchor(
      Bytes32 commit,
      long seq,
      long leafCount,
      long madeAt,
      boolean endorsed,
      BigInteger signers) {}

  /// A draw of replicas that must prove possession.
  ///
  /// @param seedBlock the block whose hash is the seed
  /// @param seed null before it was sealed
  public record Draw(long epoch, long seedBlock, @Nullable Bytes32 seed) {}

  /// A slot that somebody holds.
  ///
  /// @param firstEpoch first epoch in which it fails when it is drawn and does not prove
  /// @param provedEpoch last epoch in which it proved possession; 0: never, and its pay is held
  public record Replica(long firstEpoch, long provedEpoch) {}

  public VolumeView {
    replicas = Map.copyOf(replicas);
  }

  static VolumeView of(int quotaMib) {
    return new VolumeView(quotaMib, Address.ZERO, null, 0, null, Map.of());
  }

  VolumeView anchored(Anchor next, long epoch) {
    return new VolumeView(
        quotaMib, delegate, next, anchor == null ? epoch + 1 : drawableFrom, draw, replicas);
  }

  VolumeView endorsed(long seq) {
    if (anchor == null || anchor.seq() != seq) {
      return this;
    }
    Anchor next =
        new Anchor(
            anchor.commit(), seq, anchor.leafCount(), anchor.madeAt(), true, anchor.signers());
    return new VolumeView(quotaMib, delegate, next, drawableFrom, draw, replicas);
  }

  VolumeView withDelegate(Address next) {
    return new VolumeView(quotaMib, next, anchor, drawableFrom, draw, replicas);
  }

  VolumeView withQuota(int next) {
    return new VolumeView(next, delegate, anchor, drawableFrom, draw, replicas);
  }

  VolumeView drawn(long epoch, long seedBlock) {
    return withDraw(new Draw(epoch, seedBlock, null));
  }

  VolumeView drawSealed(long epoch, Bytes32 seed) {
    return draw == null || draw.epoch() != epoch
        ? this
        : withDraw(new Draw(epoch, draw.seedBlock(), seed));
  }

  private VolumeView withDraw(Draw next) {
    return new VolumeView(quotaMib, delegate, anchor, drawableFrom, next, replicas);
  }

  VolumeView proven(int slot, long epoch) {
    Replica before = replicas.get(slot);
    return before == null ? this : withReplica(slot, new Replica(before.firstEpoch(), epoch));
  }

  /// @param replica null: nobody holds the slot any more
  VolumeView withReplica(int slot, @Nullable Replica replica) {
    Map<Integer, Replica> next = new TreeMap<>(replicas);
    if (replica == null) {
      next.remove(slot);
    } else {
      next.put(slot, replica);
    }
    return new VolumeView(quotaMib, delegate, anchor, drawableFrom, draw, next);
  }
}
