package hooke.chain.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.Data;
import hooke.chain.Revert;
import hooke.chain.Sha256;
import hooke.chain.TestChain;
import hooke.chain.contract.SumTree.Sum;
import hooke.chain.rpc.At;
import hooke.chain.rpc.ChainClient;
import hooke.chain.tx.Transactions;
import hooke.storage.BlobHasher;
import hooke.storage.BlobId;
import hooke.storage.MerkleTree;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// The same questions to Java and to the law's Solidity, about random trees and about paths that
/// somebody spoilt: both must answer alike, refusals included.
///
/// `hooke.merkle.seed` and `hooke.merkle.cases` choose others; a failure names the seed.
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MerkleFuzzTest {
  private static final long SEED = Long.getLong("hooke.merkle.seed", 9162);
  private static final int CASES = Integer.getInteger("hooke.merkle.cases", 1500);

  /// Questions in one call of a probe; what they cost stays far below a block's gas.
  private static final int BATCH = 100;

  private static final int REPLICAS = 15;

  private final ChainClient client = TestChain.client();
  private final Probe sums = new Probe("SumTreeProbe");
  private final Probe trees = new Probe("Rfc9162Probe");
  private final Probe possession = new Probe("PossessionProbe");

  @BeforeAll
  void deploy() throws InterruptedException {
    Transactions transactions = new Transactions(client);
    for (Probe probe : List.of(sums, trees, possession)) {
      probe.address = transactions.create(probe.name, probe.artifact.code(), TestChain.account());
    }
  }

  @AfterAll
  void close() {
    client.close();
  }

  // Merkle-sum trees.

  private enum SumSpoiling {
    NOTHING,
    ROOT_FUEL,
    ROOT_HASH,
    OTHER_POSITION,
    POSITION_OUTSIDE,
    OTHER_COUNT,
    LEAF_FUEL,
    LEAF_HASH,
    TRUNCATED,
    EXTENDED,
    REORDERED,
    STEP_FUEL,
    STEP_HASH,
    FUEL_MOVED,
    OTHER_PATH,
    NODE_AS_LEAF,
    WRAPPED
  }

  private record SumClaim(Sum leaf, long position, long count, List<Sum> path, Sum root) {
    List<Object> values() {
      return List.of(
          leaf.hash(),
          unsigned(leaf.fuel()),
          position,
          count,
          LawCodec.values(path),
          root.hash(),
          unsigned(root.fuel()));
    }
  }

  @Test
  void sumTreesAreReadAlike() {
    SplittableRandom random = new SplittableRandom(SEED);
    List<SumClaim> claims = new ArrayList<>();
    List<SumSpoiling> kinds = new ArrayList<>();
    while (claims.size() < CASES) {
      List<Sum> leaves = sumLeaves(random, size(random));
      Sum root = SumTree.root(leaves);
      for (int i = 0; i < 10; i++) {
        int position = random.nextInt(leaves.size());
        SumClaim honest =
            new SumClaim(
                leaves.get(position),
                position,
                leaves.size(),
                SumTree.path(leaves, position),
                root);
        SumSpoiling kind = any(random, SumSpoiling.values());
        claims.add(spoilt(random, honest, kind, leaves));
        kinds.add(kind);
      }
    }
    Tally tally = new Tally();
    inBatches(
        claims.size(),
        (from, to) -> {
          List<?> answers =
              (List<?>)
                  sums.ask(
                          "holdAll",
                          claims.subList(from, to).stream().map(SumClaim::values).toList())
                      .value("answers");
          for (int i = from; i < to; i++) {
            SumClaim c = claims.get(i);
            boolean holds = SumTree.holds(c.leaf(), c.position(), c.count(), c.path(), c.root());
            String note = note(i, kinds.get(i), c);
            assertEquals(answers.get(i - from), holds, note);
            if (kinds.get(i) == SumSpoiling.NOTHING) {
              assertTrue(holds, note);
            }
            if (kinds.get(i) == SumSpoiling.WRAPPED) {
              assertFalse(holds, note);
            }
            tally.count(kinds.get(i), holds);
          }
        });
    tally.assertEach(SumSpoiling.values());
  }

  /// Leaves whose fuel fits 64 bits together: small numbers, or such that they fill it to the last.
  private static List<Sum> sumLeaves(SplittableRandom random, int count) {
    int style = random.nextInt(3);
    List<Sum> leaves = new ArrayList<>();
    long left = -1L;
    for (int i = 0; i < count; i++) {
      long fuel =
          switch (style) {
            case 0 -> random.nextLong(1L << 40);
            case 1 -> i == count - 1 ? left : Long.divideUnsigned(left, random.nextInt(2, 6));
            default -> i == count / 2 ? -1L : 0;
          };
      left -= fuel;
      leaves.add(new Sum(hash(random), fuel));
    }
    return leaves;
  }

  private static SumClaim spoilt(
      SplittableRandom random, SumClaim c, SumSpoiling kind, List<Sum> leaves) {
    List<Sum> path = new ArrayList<>(c.path());
    int at = path.isEmpty() ? 0 : random.nextInt(path.size());
    return switch (kind) {
      case NOTHING -> c;
      case ROOT_FUEL ->
          new SumClaim(
              c.leaf(),
              c.position(),
              c.count(),
              path,
              new Sum(c.root().hash(), c.root().fuel() + delta(random)));
      case ROOT_HASH ->
          new SumClaim(
              c.leaf(),
              c.position(),
              c.count(),
              path,
              new Sum(flipped(random, c.root().hash()), c.root().fuel()));
      case OTHER_POSITION ->
          new SumClaim(c.leaf(), random.nextLong(c.count()), c.count(), path, c.root());
      case POSITION_OUTSIDE ->
          new SumClaim(
              c.leaf(),
              random.nextBoolean() ? c.count() : random.nextLong(c.count(), Long.MAX_VALUE),
              c.count(),
              path,
              c.root());
      case OTHER_COUNT ->
          new SumClaim(
              c.leaf(),
              c.position(),
              any(random, c.count() - 1, c.count() + 1, 2 * c.count(), 0L, Long.MAX_VALUE),
              path,
              c.root());
      case LEAF_FUEL ->
          new SumClaim(
              new Sum(c.leaf().hash(), c.leaf().fuel() + delta(random)),
              c.position(),
              c.count(),
              path,
              c.root());
      case LEAF_HASH ->
          new SumClaim(
              new Sum(flipped(random, c.leaf().hash()), c.leaf().fuel()),
              c.position(),
              c.count(),
              path,
              c.root());
      case OTHER_PATH ->
          new SumClaim(
              c.leaf(),
              c.position(),
              c.count(),
              SumTree.path(leaves, random.nextInt(leaves.size())),
              c.root());
      case NODE_AS_LEAF -> new SumClaim(c.root(), 0, 1, List.of(), c.root());
      case WRAPPED -> wrapped(random, c);
      case TRUNCATED, EXTENDED, REORDERED, STEP_FUEL, STEP_HASH, FUEL_MOVED -> {
        if (kind == SumSpoiling.EXTENDED || path.isEmpty()) {
          path.add(
              random.nextInt(path.size() + 1),
              new Sum(hash(random), any(random, 0L, 1L, -1L, random.nextLong())));
        } else if (kind == SumSpoiling.TRUNCATED) {
          path.remove(random.nextBoolean() ? at : path.size() - 1);
        } else if (kind == SumSpoiling.REORDERED) {
          Collections.swap(path, at, random.nextInt(path.size()));
        } else if (kind == SumSpoiling.STEP_HASH) {
          path.set(at, new Sum(flipped(random, path.get(at).hash()), path.get(at).fuel()));
        } else {
          long moved = delta(random);
          path.set(at, new Sum(path.get(at).hash(), path.get(at).fuel() + moved));
          if (kind == SumSpoiling.FUEL_MOVED) {
            int other = random.nextInt(path.size());
            path.set(other, new Sum(path.get(other).hash(), path.get(other).fuel() - moved));
          }
        }
        yield new SumClaim(c.leaf(), c.position(), c.count(), path, c.root());
      }
    };
  }

  /// A root that fits the path but for sums that wrap around 64 bits: who took them for true would
  /// let a provider prove less fuel than its tasks burned.
  private static SumClaim wrapped(SplittableRandom random, SumClaim c) {
    List<Sum> path = new ArrayList<>(c.path());
    Sum leaf = c.leaf();
    long count = c.count();
    if (path.isEmpty()) {
      path.add(new Sum(hash(random), -1L));
      count = 2;
    }
    int at = random.nextInt(path.size());
    long before = leaf.fuel() + path.subList(0, at).stream().mapToLong(Sum::fuel).sum();
    if (before == 0) {
      leaf = new Sum(leaf.hash(), 1);
      before++;
    }
    // At the least what makes the sum so far wrap to zero, at most what leaves it one less.
    long wrapping = any(random, -before, -1L);
    path.set(at, new Sum(path.get(at).hash(), wrapping));
    long position = c.position();
    long last = count - 1;
    Sum sum = leaf;
    for (Sum sibling : path) {
      boolean right = (position & 1) == 1 || position == last;
      Sum left = right ? sibling : sum;
      Sum other = right ? sum : sibling;
      while (right && (position & 1) == 0 && position != 0) {
        position >>= 1;
        last >>= 1;
      }
      ByteBuffer node = ByteBuffer.allocate(81).put((byte) 1);
      node.put(left.hash().bytes()).putLong(left.fuel());
      node.put(other.hash().bytes()).putLong(other.fuel());
      sum = new Sum(Sha256.hash(node.array()), left.fuel() + other.fuel());
      position >>= 1;
      last >>= 1;
    }
    return new SumClaim(leaf, c.position(), count, path, sum);
  }

  // RFC 9162 trees.

  private enum PathSpoiling {
    NOTHING,
    ROOT,
    LEAF,
    OTHER_INDEX,
    OTHER_COUNT,
    TRUNCATED,
    EXTENDED,
    REORDERED,
    FLIPPED
  }

  private record PathClaim(byte[] leaf, long index, long count, List<byte[]> path, byte[] root) {
    private PathClaim spoilt(SplittableRandom random, PathSpoiling kind) {
      return switch (kind) {
        case NOTHING -> this;
        case ROOT -> new PathClaim(leaf, index, count, path, flipped(random, root));
        case LEAF -> new PathClaim(flipped(random, leaf), index, count, path, root);
        case OTHER_INDEX -> new PathClaim(leaf, random.nextLong(count), count, path, root);
        case OTHER_COUNT -> {
          long other = any(random, count - 1, count + 1, 2 * count, index + 1, 1L << 41);
          yield new PathClaim(leaf, index, Math.max(other, index + 1), path, root);
        }
        case TRUNCATED, EXTENDED, REORDERED, FLIPPED ->
            new PathClaim(leaf, index, count, MerkleFuzzTest.spoilt(random, path, kind), root);
      };
    }
  }

  @Test
  void pathsLeadToTheSameRoots() {
    SplittableRandom random = new SplittableRandom(SEED);
    List<PathClaim> claims = new ArrayList<>();
    List<PathSpoiling> kinds = new ArrayList<>();
    while (claims.size() < CASES) {
      Tree tree = random.nextInt(3) == 0 ? new AlikeLeaves(random) : new SmallTree(random);
      for (int i = 0; i < 10; i++) {
        long index = any(random, 0L, tree.count() - 1, random.nextLong(tree.count()));
        PathClaim honest =
            new PathClaim(tree.leaf(index), index, tree.count(), tree.path(index), tree.root());
        PathSpoiling kind = any(random, PathSpoiling.values());
        claims.add(honest.spoilt(random, kind));
        kinds.add(kind);
      }
    }
    Tally tally = new Tally();
    inBatches(
        claims.size(),
        (from, to) -> {
          Fields answers =
              trees.ask(
                  "rootsFrom",
                  claims.subList(from, to).stream()
                      .map(c ->
                          List.of(Bytes32.of(c.leaf()), c.index(), c.count() - 1, joined(c.path())))
                      .toList());
          for (int i = from; i < to; i++) {
            PathClaim c = claims.get(i);
            Object root = ((List<?>) answers.value("roots")).get(i - from);
            Object end = ((List<?>) answers.value("ends")).get(i - from);
            boolean law =
                Bytes32.of(c.root()).equals(root)
                    && BigInteger.valueOf(32L * c.path().size()).equals(end);
            String note = note(i, kinds.get(i), c.index() + " of " + c.count());
            boolean holds = MerkleTree.verify(c.leaf(), c.index(), c.count(), c.path(), c.root());
            assertEquals(law, holds, note);
            if (kinds.get(i) == PathSpoiling.NOTHING) {
              assertTrue(holds, note);
            }
            tally.count(kinds.get(i), holds);
          }
        });
    tally.assertEach(PathSpoiling.values());
  }

  /// The answers to demands: a chunk of a result archive, whose last chunk may be short.
  @Test
  void chunksOfArchivesAreReadAlike() {
    SplittableRandom random = new SplittableRandom(SEED);
    List<hooke.storage.LeafProof> proofs = new ArrayList<>();
    while (proofs.size() < CASES / 2) {
      int leaves = random.nextInt(20) == 0 ? 0 : Math.min(size(random), 130);
      int last = any(random, 1, BlobHasher.LEAF_SIZE, random.nextInt(1, BlobHasher.LEAF_SIZE));
      byte[] content = new byte[Math.max(0, (leaves - 1) * BlobHasher.LEAF_SIZE + last)];
      if (leaves == 0) {
        content = new byte[0];
      }
      random.nextBytes(content);
      BlobId blob = BlobId.of(content);
      List<byte[]> hashes = new ArrayList<>();
      for (int i = 0; i < leaves; i++) {
        hashes.add(MerkleTree.leafHash(chunk(content, i)));
      }
      for (int i = 0; i < 10; i++) {
        int index = leaves == 0 ? 0 : any(random, 0, leaves - 1, random.nextInt(leaves));
        byte[] leaf = chunk(content, index);
        List<byte[]> path = leaves == 0 ? List.of() : MerkleTree.path(hashes, index);
        proofs.add(
            spoilt(random, new hooke.storage.LeafProof(blob, content.length, index, leaf, path)));
      }
    }
    Tally tally = new Tally();
    inBatches(
        proofs.size(),
        (from, to) -> {
          List<hooke.storage.LeafProof> part = proofs.subList(from, to);
          List<?> answers =
              (List<?>)
                  trees
                      .ask(
                          "chunksHeld",
                          part.stream()
                              .map(p ->
                                  LawCodec.values(
                                      new LeafProof(
                                          0,
                                          0,
                                          0,
                                          p.size(),
                                          Bytes32.of(p.blob().bytes()),
                                          Data.of(p.leaf()),
                                          p.path().stream().map(Bytes32::of).toList())))
                              .toList(),
                          part.stream().map(hooke.storage.LeafProof::index).toList())
                      .value("answers");
          for (int i = from; i < to; i++) {
            hooke.storage.LeafProof p = proofs.get(i);
            boolean holds = p.holds();
            assertEquals(
                answers.get(i - from),
                holds,
                note(i, "chunk", p.index() + " of " + p.size() + " bytes, " + p.leaf().length));
            tally.count("chunk", holds);
          }
        });
    tally.assertBoth("chunk");
  }

  /// The law takes the index from the size, so only indices within it are asked.
  private static hooke.storage.LeafProof spoilt(
      SplittableRandom random, hooke.storage.LeafProof p) {
    return switch (random.nextInt(8)) {
      case 0 -> {
        long size = Math.max(0, p.size() + any(random, -1024, -1, 1, 1024));
        yield new hooke.storage.LeafProof(
            p.blob(),
            size,
            Math.min(p.index(), Math.max(0, BlobHasher.leaves(size) - 1)),
            p.leaf(),
            p.path());
      }
      case 1 ->
          new hooke.storage.LeafProof(
              p.blob(),
              p.size(),
              p.index(),
              Arrays.copyOf(p.leaf(), Math.max(0, p.leaf().length + any(random, -1, 1))),
              p.path());
      case 2 ->
          new hooke.storage.LeafProof(
              p.blob(),
              p.size(),
              p.index(),
              p.leaf(),
              spoilt(random, p.path(), any(random, PathSpoiling.values())));
      case 3 ->
          new hooke.storage.LeafProof(
              p.blob(),
              p.size(),
              random.nextLong(Math.max(1, BlobHasher.leaves(p.size()))),
              p.leaf(),
              p.path());
      default -> p;
    };
  }

  private static byte[] chunk(byte[] content, int index) {
    int from = index * BlobHasher.LEAF_SIZE;
    return Arrays.copyOfRange(content, from, Math.min(content.length, from + BlobHasher.LEAF_SIZE));
  }

  // Proofs of possession.

  private enum Lie {
    NOTHING,
    NOT_PICKED_SEED,
    OTHER_SLOT,
    NOBODY,
    NO_SUCH_SLOT,
    TWICE,
    OTHER_COUNT,
    OTHER_VOLUME,
    PREIMAGE,
    LEAF,
    LEAVES_REORDERED,
    PATH,
    CUT,
    LENGTHENED,
    BIT
  }

  private record PossessionClaim(
      Bytes32 volume,
      Bytes32 commit,
      long leafCount,
      Bytes32 seed,
      int slot,
      boolean held,
      boolean proven,
      Data proof) {
    List<Object> values() {
      return List.of(volume, commit, leafCount, seed, slot, held, proven, proof);
    }
  }

  @Test
  void possessionIsJudgedAlike() {
    SplittableRandom random = new SplittableRandom(SEED);
    List<PossessionClaim> claims = new ArrayList<>();
    List<Lie> kinds = new ArrayList<>();
    while (claims.size() < CASES / 3) {
      Tree tree = random.nextInt(3) == 0 ? new AlikeLeaves(random) : new SmallTree(random);
      for (int i = 0; i < 10; i++) {
        Lie lie = any(random, Lie.values());
        claims.add(claim(random, tree, random.nextInt(12) == 0 ? 0 : tree.count(), lie));
        kinds.add(lie);
      }
    }
    Tally tally = new Tally();
    inBatches(
        claims.size(),
        (from, to) -> {
          List<?> refusals =
              (List<?>)
                  possession
                      .ask(
                          "proveAll",
                          claims.subList(from, to).stream().map(PossessionClaim::values).toList())
                      .value("refusals");
          for (int i = from; i < to; i++) {
            PossessionClaim c = claims.get(i);
            Data data = (Data) refusals.get(i - from);
            Answer answer = judged(c);
            String note =
                note(i, kinds.get(i), "slot " + c.slot() + ", " + c.leafCount() + " leaves");
            if (data.isEmpty()) {
              assertEquals(answer, new Answer("", Map.of()), note);
            } else {
              Revert revert = Reverts.decode(data);
              assertEquals(answer, new Answer(revert.name(), revert.arguments()), note);
            }
            if (kinds.get(i) == Lie.NOTHING) {
              assertTrue(data.isEmpty(), note);
            }
            tally.count(answer.error(), true);
          }
        });
    tally.assertSome("", "NoReplica", "AlreadyProven", "BadPossession");
  }

  private record Answer(String error, Map<String, Object> arguments) {}

  private static PossessionClaim claim(
      SplittableRandom random, Tree tree, long leafCount, Lie lie) {
    Bytes32 volume = hash(random);
    Bytes32 seed = hash(random);
    int slot = random.nextInt(REPLICAS);
    Snapshot snapshot =
        new Snapshot(
            random.nextInt(256),
            random.nextLong(),
            random.nextLong(),
            random.nextLong(1L << 40),
            Bytes32.of(leafCount == 0 ? new MerkleTree().root() : tree.root()),
            hash(random),
            hash(random));
    Bytes32 commit = snapshot.commit(volume, leafCount);
    List<PossessionProof.Leaf> leaves = new ArrayList<>();
    for (long index : Draw.of(seed, slot, 1, leafCount).leaves()) {
      leaves.add(
          new PossessionProof.Leaf(
              Data.of(tree.data(index)), tree.path(index).stream().map(Bytes32::of).toList()));
    }
    if (!leaves.isEmpty()) {
      int at = random.nextInt(leaves.size());
      PossessionProof.Leaf leaf = leaves.get(at);
      if (lie == Lie.LEAF) {
        leaves.set(
            at,
            new PossessionProof.Leaf(Data.of(flipped(random, leaf.data().bytes())), leaf.path()));
      } else if (lie == Lie.LEAVES_REORDERED) {
        Collections.swap(leaves, at, random.nextInt(leaves.size()));
      } else if (lie == Lie.PATH) {
        List<byte[]> path =
            spoilt(
                random,
                leaf.path().stream().map(Bytes32::bytes).toList(),
                any(random, PathSpoiling.values()));
        leaves.set(
            at, new PossessionProof.Leaf(leaf.data(), path.stream().map(Bytes32::of).toList()));
      }
    }
    byte[] proof = new PossessionProof(snapshot, leaves).encoded().bytes();
    boolean held = lie != Lie.NOBODY;
    switch (lie) {
      case NOT_PICKED_SEED -> seed = hash(random);
      case OTHER_SLOT -> slot = random.nextInt(REPLICAS);
      case NO_SUCH_SLOT -> slot = any(random, 15, 16, 255);
      case OTHER_COUNT -> leafCount += any(random, 1, 2);
      case OTHER_VOLUME -> volume = hash(random);
      case PREIMAGE -> proof[random.nextInt(Snapshot.PREIMAGE_BYTES)] ^= 1;
      case BIT -> proof[random.nextInt(proof.length)] ^= (byte) (1 << random.nextInt(8));
      case CUT ->
          proof =
              Arrays.copyOf(proof, any(random, 0, 120, 121, proof.length - 1, proof.length - 32));
      case LENGTHENED -> proof = Arrays.copyOf(proof, proof.length + any(random, 1, 31, 32, 1024));
      default -> {}
    }
    return new PossessionClaim(
        volume, commit, leafCount, seed, slot, held, lie == Lie.TWICE, Data.of(proof));
  }

  /// What the law must say, from Java's own commits, draws and paths.
  private static Answer judged(PossessionClaim c) {
    BigInteger slot = BigInteger.valueOf(c.slot());
    if (c.slot() >= REPLICAS || !c.held()) {
      return new Answer("NoReplica", Map.of("volume", c.volume(), "slot", slot));
    }
    if (c.proven()) {
      return new Answer(
          "AlreadyProven", Map.of("volume", c.volume(), "slot", slot, "epoch", BigInteger.ONE));
    }
    return holds(c)
        ? new Answer("", Map.of())
        : new Answer("BadPossession", Map.of("volume", c.volume(), "slot", slot));
  }

  private static boolean holds(PossessionClaim c) {
    if (c.proof().size() < Snapshot.PREIMAGE_BYTES) {
      return false;
    }
    ByteBuffer in = ByteBuffer.wrap(c.proof().bytes());
    Snapshot snapshot =
        new Snapshot(
            in.get() & 0xff,
            in.getLong(),
            in.getLong(),
            in.getLong(),
            Bytes32.of(next(in, 32)),
            Bytes32.of(next(in, 32)),
            Bytes32.of(next(in, 32)));
    if (!snapshot.commit(c.volume(), c.leafCount()).equals(c.commit())) {
      return false;
    }
    for (long index : Draw.of(c.seed(), c.slot(), 1, c.leafCount()).leaves()) {
      int nodes = new AlikeLeaves(c.leafCount(), new byte[0]).path(index).size();
      if (in.remaining() < PossessionProof.LEAF_BYTES + 32 * nodes) {
        return false;
      }
      byte[] leaf = MerkleTree.leafHash(next(in, PossessionProof.LEAF_BYTES));
      List<byte[]> path = new ArrayList<>();
      for (int i = 0; i < nodes; i++) {
        path.add(next(in, 32));
      }
      if (!MerkleTree.verify(leaf, index, c.leafCount(), path, snapshot.dataRoot().bytes())) {
        return false;
      }
    }
    return !in.hasRemaining();
  }

  @Test
  void seedsDrawTheSameLeaves() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 200; i++) {
      Bytes32 seed = hash(random);
      int slot = random.nextInt(256);
      int drawOneIn = random.nextInt(0, 17);
      long leafCount = any(random, 0L, 1L, random.nextLong(1L << 42), Long.MAX_VALUE);
      Fields law = possession.ask("drawOf", seed, slot, drawOneIn, leafCount);
      Draw draw = Draw.of(seed, slot, drawOneIn, leafCount);
      String note = note(i, "draw", slot + ", 1 in " + drawOneIn + ", of " + leafCount);
      assertEquals(law.flag("picked"), draw.picked(), note);
      assertEquals(
          law.value("leaves"), draw.leaves().stream().map(BigInteger::valueOf).toList(), note);
    }
  }

  // Trees to ask about.

  private sealed interface Tree {
    long count();

    byte[] root();

    /// Bytes of a leaf, [PossessionProof#LEAF_BYTES] of them.
    byte[] data(long index);

    default byte[] leaf(long index) {
      return MerkleTree.leafHash(data(index));
    }

    List<byte[]> path(long index);
  }

  /// Leaves that all differ, as many as are hashed quickly.
  private static final class SmallTree implements Tree {
    private final List<byte[]> data = new ArrayList<>();
    private final List<byte[]> hashes = new ArrayList<>();

    SmallTree(SplittableRandom random) {
      int count = size(random);
      for (int i = 0; i < count; i++) {
        byte[] leaf = new byte[PossessionProof.LEAF_BYTES];
        random.nextBytes(leaf);
        data.add(leaf);
        hashes.add(MerkleTree.leafHash(leaf));
      }
    }

    @Override
    public long count() {
      return data.size();
    }

    @Override
    public byte[] root() {
      return MerkleTree.root(hashes);
    }

    @Override
    public byte[] data(long index) {
      return data.get((int) index);
    }

    @Override
    public List<byte[]> path(long index) {
      return MerkleTree.path(hashes, (int) index);
    }
  }

  /// Trees of up to 4 TiB, all leaves alike, so that they need not be hashed one by one. By RFC
  /// 9162's recursive definition, which [MerkleTree] does not use.
  private static final class AlikeLeaves implements Tree {
    private final long count;
    private final byte[] data;
    private final Map<Long, byte[]> roots = new HashMap<>();

    AlikeLeaves(SplittableRandom random) {
      this(
          Math.max(1, (1L << random.nextInt(43)) + random.nextInt(-1, 2)),
          new byte[PossessionProof.LEAF_BYTES]);
      random.nextBytes(data);
    }

    AlikeLeaves(long count, byte[] data) {
      this.count = count;
      this.data = data;
    }

    @Override
    public long count() {
      return count;
    }

    @Override
    public byte[] root() {
      return root(count);
    }

    @Override
    public byte[] data(long index) {
      return data;
    }

    @Override
    public List<byte[]> path(long index) {
      return path(index, count);
    }

    private byte[] root(long leaves) {
      byte[] known = roots.get(leaves);
      if (known == null) {
        long split = Long.highestOneBit(leaves - 1);
        known =
            leaves == 1
                ? MerkleTree.leafHash(data)
                : MerkleTree.nodeHash(root(split), root(leaves - split));
        roots.put(leaves, known);
      }
      return known;
    }

    private List<byte[]> path(long index, long leaves) {
      if (leaves == 1) {
        return List.of();
      }
      long split = Long.highestOneBit(leaves - 1);
      List<byte[]> path =
          new ArrayList<>(index < split ? path(index, split) : path(index - split, leaves - split));
      path.add(root(index < split ? leaves - split : split));
      return path;
    }
  }

  private static int size(SplittableRandom random) {
    return random.nextInt(4) == 0
        ? random.nextInt(1, 200)
        : Math.max(1, (1 << random.nextInt(9)) + random.nextInt(-1, 2));
  }

  private static List<byte[]> spoilt(
      SplittableRandom random, List<byte[]> path, PathSpoiling kind) {
    List<byte[]> spoilt = new ArrayList<>(path);
    if (kind == PathSpoiling.EXTENDED || spoilt.isEmpty()) {
      spoilt.add(random.nextInt(spoilt.size() + 1), hash(random).bytes());
      return spoilt;
    }
    int at = random.nextInt(spoilt.size());
    switch (kind) {
      case TRUNCATED -> spoilt.remove(random.nextBoolean() ? at : spoilt.size() - 1);
      case REORDERED -> Collections.swap(spoilt, at, random.nextInt(spoilt.size()));
      default -> spoilt.set(at, flipped(random, spoilt.get(at)));
    }
    return spoilt;
  }

  private static byte[] flipped(SplittableRandom random, byte[] bytes) {
    byte[] flipped = bytes.clone();
    flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
    return flipped;
  }

  private static Bytes32 flipped(SplittableRandom random, Bytes32 hash) {
    return Bytes32.of(flipped(random, hash.bytes()));
  }

  private static long delta(SplittableRandom random) {
    return any(random, 1L, -1L, Long.MIN_VALUE, random.nextLong());
  }

  private static Bytes32 hash(SplittableRandom random) {
    byte[] bytes = new byte[Bytes32.SIZE];
    random.nextBytes(bytes);
    return Bytes32.of(bytes);
  }

  @SafeVarargs
  private static <T> T any(SplittableRandom random, T... values) {
    return values[random.nextInt(values.length)];
  }

  private static byte[] next(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static Data joined(List<byte[]> path) {
    ByteBuffer bytes = ByteBuffer.allocate(Bytes32.SIZE * path.size());
    path.forEach(bytes::put);
    return Data.of(bytes.array());
  }

  private static BigInteger unsigned(long number) {
    return new BigInteger(Long.toUnsignedString(number));
  }

  // Asking, and counting what was answered.

  private final class Probe {
    private final String name;
    private final Artifact artifact;
    private Address address = Address.ZERO;

    Probe(String name) {
      this.name = name;
      this.artifact = Artifact.load("src/testing/%1$s.sol/%1$s.json".formatted(name));
    }

    Fields ask(String function, Object... arguments) {
      Call call = Call.of(function, address, artifact.abi().encode(function, arguments));
      return artifact.abi().result(function, client.call(call, Address.ZERO, At.LATEST));
    }
  }

  private interface Batch {
    void ask(int from, int to);
  }

  private static void inBatches(int count, Batch batch) {
    for (int from = 0; from < count; from += BATCH) {
      batch.ask(from, Math.min(count, from + BATCH));
    }
  }

  private static String note(int number, Object kind, Object what) {
    return "-Dhooke.merkle.seed=%d, case %d (%s): %s".formatted(SEED, number, kind, what);
  }

  /// That a run asked what it means to ask, whatever the seed.
  private static final class Tally {
    private final Map<String, int[]> counts = new TreeMap<>();

    void count(Object kind, boolean answer) {
      counts.computeIfAbsent(kind.toString(), ignored -> new int[2])[answer ? 1 : 0]++;
    }

    void assertEach(Object[] kinds) {
      for (Object kind : kinds) {
        assertTrue(counts.containsKey(kind.toString()), "seed " + SEED + " has no " + kind);
      }
      assertTrue(
          counts.values().stream().mapToInt(count -> count[0]).sum() > 0,
          "seed " + SEED + " has no refusal");
    }

    void assertSome(String... kinds) {
      for (String kind : kinds) {
        assertTrue(counts.containsKey(kind), "seed " + SEED + " has no answer '" + kind + "'");
      }
    }

    void assertBoth(String kind) {
      int[] count = counts.getOrDefault(kind, new int[2]);
      assertTrue(count[0] > 0 && count[1] > 0, "both answers occur: " + Arrays.toString(count));
    }
  }
}
