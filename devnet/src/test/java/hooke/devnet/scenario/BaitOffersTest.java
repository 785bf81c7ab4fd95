package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Providers that ask for next to nothing and never bid, so that no honest one gets its price: so
/// many that they are the market's cheapest, whatever a buyer makes of it.
final class BaitOffersTest {
  private static final int BAITS = 3;

  @TempDir private Path folder;

  @Test
  @Tag("long")
  void anOrderThatOnlyBaitsWouldTakeIsMadeAgainWithoutThem() throws Exception {
    try (Devnet world = Devnet.in(folder.resolve("world")).nodes(1).start()) {
      List<RogueNode> baits = new ArrayList<>();
      try {
        for (int n = 0; n < BAITS; n++) {
          baits.add(new RogueNode(world));
        }
        DevnetConsumer alice = world.consumer("alice");
        DevnetConsumer.Ran ran =
            alice.hooke(
                "task", "run", world.example("primes").toString(), "--fuel", "1G", "--", "100");
        assertEquals(0, ran.exit(), ran.err());
        assertTrue(ran.err().contains("ordered again at what is asked now"), ran.err());
        assertTrue(ran.err().contains("on node 1"), ran.err());
      } finally {
        baits.forEach(RogueNode::close);
      }
    }
  }
}
