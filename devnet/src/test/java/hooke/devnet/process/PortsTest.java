package hooke.devnet.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortsTest {
  private static final int FIRST = 21_601;

  @TempDir Path home;

  private final List<Ports> all = new ArrayList<>();

  private Ports ports(String devnet) {
    Ports made = Ports.of(home.resolve(devnet));
    all.add(made);
    return made;
  }

  private Ports ports() {
    Ports made = Ports.ofProcess();
    all.add(made);
    return made;
  }

  @AfterEach
  void release() {
    all.forEach(Ports::release);
  }

  @Test
  void aTakenPortIsPassedOver() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Ports ports = ports();
      int first = ports.near(taken.getLocalPort());
      int second = ports.near(taken.getLocalPort());
      assertNotEquals(taken.getLocalPort(), first);
      assertNotEquals(first, second, "one port is handed out once");
    }
  }

  @Test
  void whoeverChoosesAtTheSameMomentGetsOthers() throws Exception {
    List<Future<List<Integer>>> chosen = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 8; i++) {
        Ports ports = i % 2 == 0 ? ports() : ports("state" + i);
        chosen.add(
            threads.submit(() -> List.of(ports.near(FIRST), ports.near(FIRST), ports.near(FIRST))));
      }
    }
    TreeSet<Integer> distinct = new TreeSet<>();
    for (Future<List<Integer>> each : chosen) {
      distinct.addAll(each.get());
    }
    assertEquals(24, distinct.size());
  }

  @Test
  void aPortStaysItsDevnetsWhileTheStateNamesIt() throws Exception {
    int port = ports("first").near(FIRST);
    DevnetState state =
        new DevnetState(
            new DevnetState.Chain(
                DevnetState.Kind.ANVIL,
                URI.create("http://127.0.0.1:1"),
                Duration.ofSeconds(1),
                Optional.empty(),
                "",
                "",
                "",
                0),
            List.of(new DevnetState.Node("node1", "operator1", port, Optional.empty())),
            Optional.empty());
    state.write(home.resolve("first"));
    // As if the command that chose it had ended long ago.
    Path claim =
        Path.of(
            System.getProperty("java.io.tmpdir"),
            "hooke-ports-" + System.getProperty("user.name"),
            Integer.toString(port));
    List<String> lines = Files.readAllLines(claim);
    Files.write(claim, List.of("1", "1", lines.get(2)));
    assertTrue(ports("second").near(port) > port, "nothing of the first runs, and it is held");
    assertEquals(port, ports("first").near(port), "the devnet itself may have it");

    Files.write(claim, List.of("1", "1", lines.get(2)));
    Files.delete(home.resolve("first"));
    assertEquals(port, ports("third").near(port), "no devnet names it any more");

    Files.writeString(claim, "12");
    assertEquals(port, ports("fourth").near(port), "a writer was cut off");
  }
}
