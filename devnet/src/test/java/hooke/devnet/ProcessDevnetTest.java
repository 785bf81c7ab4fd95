package hooke.devnet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.devnet.process.DevnetLock;
import hooke.devnet.process.DevnetState;
import hooke.devnet.process.Layout;
import hooke.devnet.process.ProcessRef;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The processes of a devnet around a real Hardhat chain; the nodes are stand-ins, so that this is
/// about processes alone.
class ProcessDevnetTest {
  private static final UpRequest TWO_NODES = request(2, false);

  @TempDir Path home;

  private final StringWriter said = new StringWriter();
  private final List<ProcessRef> seen = new ArrayList<>();
  private int foundings;

  private Layout layout() {
    return layout(home);
  }

  private static Layout layout(Path home) {
    return new Layout(home, Path.of("..").toAbsolutePath().normalize());
  }

  private ProcessDevnet devnet() {
    return devnet(layout());
  }

  private ProcessDevnet devnet(Layout layout) {
    Founding founding =
        new Founding() {
          @Override
          public DevnetState found(DevnetState state, Consumer<DevnetState> keep) {
            foundings++;
            for (DevnetState.Node node : state.nodes()) {
              Layout.create(layout.node(node.name()));
            }
            return state.withChain(state.chain().withLaw("0x01", "0x02", 3));
          }

          @Override
          public void awaitBidding(DevnetState state) {}
        };
    return new ProcessDevnet(
        layout, new Progress(new PrintWriter(said, true)), founding, FakeNode.class.getName());
  }

  private static UpRequest request(int nodes, boolean fresh) {
    return new UpRequest(
        Optional.of(nodes),
        Optional.of(DevnetState.Kind.HARDHAT),
        Optional.empty(),
        Duration.ofMillis(100),
        fresh);
  }

  private DevnetState noted(DevnetState state) {
    state.chain().process().ifPresent(seen::add);
    state.nodes().forEach(node -> node.process().ifPresent(seen::add));
    return state;
  }

  @AfterEach
  void nothingIsLeft() {
    devnet().down(true);
    for (ProcessRef each : seen) {
      assertFalse(each.alive(), each + " is still there after down");
    }
  }

  @Test
  void upHealsWhatDiedAndLeavesAloneWhatRuns() throws IOException {
    ProcessDevnet devnet = devnet();
    DevnetState first = noted(devnet.up(TWO_NODES));
    assertEquals(2, first.nodes().size());

    assertEquals(first, devnet.up(TWO_NODES), "nothing changes");
    assertTrue(said.toString().contains("already up"), said.toString());
    assertEquals(1, foundings);

    devnet.kill("node2");
    assertEquals(
        ProcessDevnet.Condition.ENDED,
        ProcessDevnet.conditionOf(devnet.existing().node("node2").orElseThrow().process()));
    DevnetState healed = noted(devnet.up(TWO_NODES));
    assertEquals(first.chain().process(), healed.chain().process());
    assertEquals(first.node("node1"), healed.node("node1"));
    assertNotEquals(first.node("node2"), healed.node("node2"));

    devnet.pause("node1");
    assertEquals(
        ProcessDevnet.Condition.PAUSED,
        ProcessDevnet.conditionOf(devnet.existing().node("node1").orElseThrow().process()));
    devnet.start("node1");
    assertEquals(
        ProcessDevnet.Condition.RUNNING,
        ProcessDevnet.conditionOf(devnet.existing().node("node1").orElseThrow().process()));

    DevnetState grown = noted(devnet.up(request(3, false)));
    assertEquals(3, grown.nodes().size());
    assertTrue(
        awaitLog("node3").contains("node, run, " + layout().node("node3")), awaitLog("node3"));

    DevnetException unknown = assertThrows(DevnetException.class, () -> devnet.kill("node9"));
    assertTrue(unknown.getMessage().contains("node1, node2, node3"), unknown.getMessage());
  }

  @Test
  void aChainThatDiedIsRefusedUntilAFreshStartIsAskedFor() {
    ProcessDevnet devnet = devnet();
    DevnetState first = noted(devnet.up(request(1, false)));
    first.chain().process().orElseThrow().kill();
    DevnetException refusal =
        assertThrows(DevnetException.class, () -> devnet.up(request(1, false)));
    assertEquals(DevnetException.Code.WRONG_WORLD, refusal.code());
    assertTrue(first.nodes().getFirst().alive(), "a refusal ends nothing");
    DevnetState second = noted(devnet.up(request(1, true)));
    assertNotEquals(first.chain().genesis(), second.chain().genesis());
  }

  @Test
  void onlyOneCommandChangesADevnetAtATime() {
    try (DevnetLock _ = DevnetLock.take(layout())) {
      DevnetException busy = assertThrows(DevnetException.class, () -> devnet().up(TWO_NODES));
      assertEquals(DevnetException.Code.BUSY, busy.code());
    }
    assertFalse(devnet().down(false), "there is nothing to end");
  }

  @Test
  void threadsOfOneCommandWaitForEachOther() throws InterruptedException {
    ProcessDevnet devnet = devnet();
    Queue<Exception> busy = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int turn = 0; turn < 200; turn++) {
                  try {
                    devnet.down(false);
                  } catch (DevnetException e) {
                    busy.add(e);
                  }
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), List.copyOf(busy));
  }

  @Test
  void whoLeavesHalfWayLeavesNothingRunning() throws InterruptedException {
    ProcessDevnet devnet = devnet();
    Thread up =
        Thread.ofPlatform()
            .start(() -> {
              try {
                devnet.up(TWO_NODES);
              } catch (DevnetException e) {
                said.append(e.getMessage());
              }
            });
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (devnet.state().flatMap(state -> state.chain().process()).isEmpty()
        && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    noted(devnet.existing());
    devnet.abandon();
    assertTrue(devnet.down(false), "what was started by then is ended");
    up.join();
    assertTrue(said.toString().contains("left before"), said.toString());
    assertEquals(Optional.empty(), devnet.state());
  }

  @Test
  void devnetsStartedAtTheSameMomentHaveWorldsOfTheirOwn() throws Exception {
    List<ProcessDevnet> devnets = new ArrayList<>();
    List<Future<DevnetState>> starting = new ArrayList<>();
    try (ServerSocket foreign = new ServerSocket();
        ExecutorService threads = Executors.newFixedThreadPool(3)) {
      // Where the usual port is free, a program that knows nothing of claims takes it.
      try {
        foreign.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 8_545), 1);
      } catch (IOException e) {
        assertTrue(e.toString().contains("in use"), e::toString);
      }
      for (String name : List.of("a", "b", "c")) {
        ProcessDevnet each = devnet(layout(home.resolve(name)));
        devnets.add(each);
        starting.add(threads.submit(() -> each.up(TWO_NODES)));
      }
      Set<String> worlds = new TreeSet<>();
      Set<Integer> ports = new TreeSet<>();
      for (Future<DevnetState> each : starting) {
        DevnetState up = noted(each.get());
        worlds.add(up.chain().genesis());
        ports.add(up.chain().rpc().getPort());
        up.nodes().forEach(node -> ports.add(node.port()));
      }
      assertFalse(ports.contains(8_545));
      assertEquals(3, worlds.size(), () -> worlds + "\n" + said);
      assertEquals(9, ports.size(), () -> ports + "\n" + said);
    } finally {
      devnets.forEach(each -> each.down(true));
    }
  }

  private String awaitLog(String name) {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    String text = "";
    while (text.isEmpty() && System.nanoTime() < deadline) {
      try {
        text = Files.readString(layout().log(name));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return text;
  }
}
