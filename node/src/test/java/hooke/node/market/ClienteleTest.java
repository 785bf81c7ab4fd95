package hooke.node.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.node.config.Network;
import hooke.node.runtime.Isolation;
import java.net.URI;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ClienteleTest {
  private static final Isolation NONE = new Isolation(false, "no sandbox");
  private static final Isolation SANDBOX = new Isolation(true, "a sandbox");

  private static Network network(long chainId, String... rpc) {
    return new Network(
        Arrays.stream(rpc).map(URI::create).toList(),
        chainId,
        Bytes32.ZERO,
        Address.ZERO,
        Address.ZERO,
        0);
  }

  @Test
  void behindASandboxEveryoneIsServed() {
    assertEquals(
        new Clientele(true, "a sandbox"), Clientele.of(network(1, "https://203.0.113.9"), SANDBOX));
  }

  @Test
  void withoutOneStrangersAreServedOnADevnetOnly() {
    for (String rpc :
        new String[] {"http://127.0.0.1:8545", "http://localhost", "http://[::1]:1"}) {
      Clientele devnet = Clientele.of(network(31_337, rpc), NONE);
      assertTrue(devnet.anyone(), rpc);
      assertTrue(devnet.explanation().contains("devnet"), devnet.explanation());
    }
    for (Network other :
        new Network[] {
          network(1, "http://127.0.0.1:8545"),
          network(31_337, "http://203.0.113.9:8545"),
          network(31_337, "http://127.0.0.1:8545", "http://chain.example:8545"),
          network(31_337, "http://127.0.0.1.example:8545"),
        }) {
      Clientele world = Clientele.of(other, NONE);
      assertFalse(world.anyone(), () -> other.toString());
      assertTrue(world.explanation().contains("refused"), world.explanation());
      assertTrue(world.explanation().contains("bubblewrap"), world.explanation());
    }
  }
}
