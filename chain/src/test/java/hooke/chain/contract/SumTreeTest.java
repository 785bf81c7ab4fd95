package hooke.chain.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.TestChain;
import hooke.chain.contract.SumTree.Sum;
import hooke.chain.rpc.At;
import hooke.chain.rpc.ChainClient;
import hooke.chain.tx.Transactions;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The same tree in Java and in Solidity.
@Timeout(60)
class SumTreeTest {
  private static final Artifact PROBE =
      Artifact.load("src/testing/SumTreeProbe.sol/SumTreeProbe.json");

  @Test
  void theSharedVectorsHold() throws IOException {
    JsonNode vectors =
        JsonMapper.shared()
            .readTree(
                Files.readString(TestChain.CONTRACTS.resolve("vectors").resolve("sum-tree.json")))
            .path("vectors");
    assertTrue(vectors.size() > 30);
    for (JsonNode v : vectors) {
      JsonNode l = v.path("leaf");
      PublishedLeaf leaf =
          new PublishedLeaf(
              l.path("outcome").asInt(),
              (int) l.path("exitCode").asLong(),
              Long.parseLong(l.path("fuel").asString()),
              Long.parseLong(l.path("size").asString()),
              Bytes32.parse(l.path("outputRoot").asString()));
      Bytes32 hash = SumTree.leafHash(l.path("index").asInt(), leaf);
      assertEquals(Bytes32.parse(v.path("leafHash").asString()), hash);
      List<Sum> path = new ArrayList<>();
      for (JsonNode step : v.path("path")) {
        path.add(sum(step.path("hash"), step.path("fuel")));
      }
      assertTrue(
          SumTree.holds(
              new Sum(hash, leaf.fuel()),
              v.path("position").asInt(),
              v.path("count").asInt(),
              path,
              sum(v.path("root"), v.path("fuel"))),
          v.toString());
    }
  }

  /// Random trees, true and spoilt proofs: Solidity says what Java says.
  @Test
  void theContractAgreesOnRandomTrees() throws InterruptedException {
    SplittableRandom random = new SplittableRandom(20);
    int held = 0;
    try (ChainClient client = TestChain.client()) {
      Address probe = new Transactions(client).create("probe", PROBE.code(), TestChain.account());
      for (int round = 0; round < 80; round++) {
        int count = random.nextInt(1, 70);
        List<Sum> leaves = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          leaves.add(new Sum(hash(random), random.nextLong(1L << 40)));
        }
        Sum root = SumTree.root(leaves);
        int position = random.nextInt(count);
        Sum leaf = leaves.get(position);
        List<Sum> path = new ArrayList<>(SumTree.path(leaves, position));
        assertTrue(SumTree.holds(leaf, position, count, path, root), "round " + round);
        long at = position;
        switch (random.nextInt(6)) {
          case 0 -> root = new Sum(root.hash(), root.fuel() + 1);
          case 1 -> at = random.nextInt(count + 1);
          case 2 -> leaf = new Sum(leaf.hash(), leaf.fuel() + random.nextInt(2));
          case 3 -> path.add(new Sum(hash(random), -1L));
          default -> {}
        }
        boolean holds = SumTree.holds(leaf, at, count, path, root);
        held += holds ? 1 : 0;
        List<Object> arguments =
            List.of(
                leaf.hash(),
                leaf.fuel(),
                at,
                count,
                LawCodec.values(path),
                root.hash(),
                root.fuel());
        if (path.stream().anyMatch(step -> step.fuel() < 0)) {
          assertFalse(holds);
          continue; // Java's codec has no unsigned long; Solidity's own fuzz has these.
        }
        Call call = Call.of("holds", probe, PROBE.abi().encode("holds", arguments.toArray()));
        assertEquals(
            holds,
            PROBE.abi().result("holds", client.call(call, Address.ZERO, At.LATEST)).flag("0"),
            "round " + round);
      }
    }
    assertTrue(held > 30 && held < 75, "both answers occur: " + held);
  }

  @Test
  void fuelThatDoesNotFitIsNeverWrapped() {
    Sum half = new Sum(Bytes32.ZERO, Long.MIN_VALUE);
    assertFalse(
        SumTree.holds(half, 0, 2, List.of(half), new Sum(Bytes32.ZERO, 0)), "2^63 + 2^63 is not 0");
    org.junit.jupiter.api.Assertions.assertThrows(
        ArithmeticException.class, () -> SumTree.root(List.of(half, half)));
  }

  private static Bytes32 hash(SplittableRandom random) {
    byte[] bytes = new byte[Bytes32.SIZE];
    random.nextBytes(bytes);
    return Bytes32.of(bytes);
  }

  private static Sum sum(JsonNode hash, JsonNode fuel) {
    return new Sum(Bytes32.parse(hash.asString()), Long.parseLong(fuel.asString()));
  }
}
