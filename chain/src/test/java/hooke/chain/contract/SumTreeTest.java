package hooke.chain.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Bytes32;
import hooke.chain.TestChain;
import hooke.chain.contract.SumTree.Sum;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The Merkle-sum tree by the vectors that Solidity and TypeScript are held to, too.
/// [MerkleFuzzTest] asks more.
class SumTreeTest {
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

  @Test
  void fuelThatDoesNotFitIsNeverWrapped() {
    Sum half = new Sum(Bytes32.ZERO, Long.MIN_VALUE);
    assertFalse(
        SumTree.holds(half, 0, 2, List.of(half), new Sum(Bytes32.ZERO, 0)), "2^63 + 2^63 is not 0");
    assertThrows(ArithmeticException.class, () -> SumTree.root(List.of(half, half)));
  }

  private static Sum sum(JsonNode hash, JsonNode fuel) {
    return new Sum(Bytes32.parse(hash.asString()), Long.parseLong(fuel.asString()));
  }
}
