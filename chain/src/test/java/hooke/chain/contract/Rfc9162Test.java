package hooke.chain.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.TestChain;
import hooke.storage.BlobId;
import hooke.storage.MerkleTree;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// The vectors of trees, commits and draws that the contracts wrote. A field that is not read here
/// is a failure.
class Rfc9162Test {
  private static Vectors vectors =
      new Vectors("", "", new Hashed("", ""), List.of(), List.of(), List.of());

  record Vectors(
      String what,
      String empty,
      Hashed leafOf1024,
      List<Tree> trees,
      List<Commit> commits,
      List<Drawn> draws) {}

  record Hashed(String data, String hash) {}

  record Tree(int leafCount, String root, @Nullable List<String> leaves, List<Proof> proofs) {}

  record Proof(int index, String leaf, String leafHash, List<String> path) {
    List<byte[]> nodes() {
      return path.stream().map(Rfc9162Test::bytes).toList();
    }
  }

  record Commit(
      String volume,
      int version,
      String raftEpoch,
      String raftIndex,
      String leafCount,
      String dataRoot,
      String metaRoot,
      String previous,
      String time,
      String preimage,
      String commit) {}

  record Drawn(
      String seed,
      int slot,
      int drawOneIn,
      String leafCount,
      boolean picked,
      List<String> leaves) {}

  @BeforeAll
  static void read() throws IOException {
    vectors =
        JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build()
            .readValue(
                Files.readString(TestChain.CONTRACTS.resolve("vectors").resolve("rfc9162.json")),
                Vectors.class);
    assertTrue(vectors.what().contains("RFC 9162"), vectors.what());
  }

  @Test
  void leavesAndTheTreeOfNothingHashAsInTheVectors() {
    Hashed leaf = vectors.leafOf1024();
    assertEquals(PossessionProof.LEAF_BYTES, bytes(leaf.data()).length);
    assertArrayEquals(bytes(leaf.hash()), MerkleTree.leafHash(bytes(leaf.data())));
    assertArrayEquals(bytes(vectors.empty()), new MerkleTree().root());
    assertEquals(
        BlobId.fromBytes(bytes(leaf.hash())),
        BlobId.of(bytes(leaf.data())),
        "a blob of one leaf is named by the leaf's hash");
  }

  @Test
  void treesGrowToTheRootsAndMakeThePathsOfTheVectors() {
    int whole = 0;
    for (Tree tree : vectors.trees()) {
      if (tree.leaves() == null) {
        continue;
      }
      whole++;
      List<byte[]> hashes =
          tree.leaves().stream().map(leaf -> MerkleTree.leafHash(bytes(leaf))).toList();
      assertEquals(tree.leafCount(), hashes.size());
      assertArrayEquals(bytes(tree.root()), MerkleTree.root(hashes));
      for (Proof proof : tree.proofs()) {
        assertEquals(tree.leaves().get(proof.index()), proof.leaf());
        assertEquals(
            proof.path(),
            MerkleTree.path(hashes, proof.index()).stream()
                .map(node -> Data.of(node).hex())
                .toList());
      }
    }
    assertEquals(9, whole);
  }

  @Test
  void pathsLeadToTheRootFromTheirPlaceAndSpoiltOnesDoNot() {
    assertTrue(vectors.trees().size() > 10);
    for (Tree tree : vectors.trees()) {
      int count = tree.leafCount();
      byte[] root = bytes(tree.root());
      for (Proof proof : tree.proofs()) {
        byte[] leaf = MerkleTree.leafHash(bytes(proof.leaf()));
        String note = proof.index() + " of " + count;
        assertArrayEquals(bytes(proof.leafHash()), leaf);
        assertTrue(MerkleTree.verify(leaf, proof.index(), count, proof.nodes(), root), note);
        for (long wrong : new long[] {-1, count, proof.index() ^ 1}) {
          assertFalse(MerkleTree.verify(leaf, wrong, count, proof.nodes(), root), note);
        }
        for (int level = 0; level < proof.path().size(); level++) {
          List<byte[]> corrupted = new ArrayList<>(proof.nodes());
          corrupted.get(level)[level % 32] ^= 1;
          assertFalse(MerkleTree.verify(leaf, proof.index(), count, corrupted, root), note);
          List<byte[]> shorter = new ArrayList<>(proof.nodes());
          shorter.remove(level);
          assertFalse(MerkleTree.verify(leaf, proof.index(), count, shorter, root), note);
        }
        List<byte[]> longer = new ArrayList<>(proof.nodes());
        longer.add(root);
        assertFalse(MerkleTree.verify(leaf, proof.index(), count, longer, root), note);
        assertFalse(
            MerkleTree.verify(leaf, proof.index(), 2L * count, proof.nodes(), root),
            note + ": twice as many leaves need a longer path");
        assertFalse(MerkleTree.verify(leaf, proof.index(), 0, proof.nodes(), root), note);
      }
    }
  }

  @Test
  void commitsAndTheirPreimagesAreThoseOfTheVectors() {
    assertEquals(4, vectors.commits().size());
    for (Commit c : vectors.commits()) {
      Snapshot snapshot =
          new Snapshot(
              c.version(),
              Long.parseLong(c.raftEpoch()),
              Long.parseLong(c.raftIndex()),
              Long.parseLong(c.time()),
              Bytes32.parse(c.dataRoot()),
              Bytes32.parse(c.metaRoot()),
              Bytes32.parse(c.previous()));
      Bytes32 volume = Bytes32.parse(c.volume());
      long leafCount = Long.parseLong(c.leafCount());
      assertEquals(Data.parse(c.preimage()), snapshot.preimage());
      assertEquals(Snapshot.PREIMAGE_BYTES, snapshot.preimage().size());
      assertEquals(Bytes32.parse(c.commit()), snapshot.commit(volume, leafCount));
      assertEquals(
          snapshot.preimage(), new PossessionProof(snapshot, List.of()).encoded(), "no leaf yet");
    }
  }

  @Test
  void drawsPickTheSlotsAndLeavesOfTheVectors() {
    assertEquals(4, vectors.draws().size());
    for (Drawn d : vectors.draws()) {
      Draw draw =
          Draw.of(Bytes32.parse(d.seed()), d.slot(), d.drawOneIn(), Long.parseLong(d.leafCount()));
      assertEquals(new Draw(d.picked(), d.leaves().stream().map(Long::parseLong).toList()), draw);
    }
  }

  private static byte[] bytes(String hex) {
    return Data.parse(hex).bytes();
  }
}
