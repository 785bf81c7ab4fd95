package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.contract.SlotState;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.node.market.OrderView;
import hooke.node.task.PreparedTask;
import hooke.node.task.Quote;
import hooke.node.task.TaskBuyer;
import hooke.node.task.TaskDraft;
import hooke.node.task.TaskWatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A run is fuel, bytes and starts: none of them loses an honest node its bond, and each is paid.
final class WorstCaseTimeTest {
  /// Opens `out/x` and makes it 8 MiB long, without writing a byte.
  private static final String SPARSE =
      "0061736d01000000011b0460000060097f7f7f7f7f7e7e7f7f017f60027f7e017f60017f00025202"
          + "16776173695f736e617073686f745f707265766965773109706174685f6f70656e00011677617369"
          + "5f736e617073686f745f70726576696577311466645f66696c65737461745f7365745f73697a6500"
          + "02030201000503010001071302066d656d6f72790200065f737461727400020a2801260041034100"
          + "41104105410142c20042c2004100410810001a4108280200428080800410011a0b0b0b010041100b"
          + "056f75742f78";

  @TempDir private static Path folder;

  private static Devnet world;
  private static DevnetConsumer alice;

  @BeforeAll
  static void open() throws Exception {
    world = Devnet.in(folder.resolve("world")).nodes(2).start();
    alice = world.consumer("alice");
  }

  @AfterAll
  static void close() {
    world.close();
  }

  private static Quote quote(TaskDraft draft) throws InterruptedException {
    TaskBuyer buyer =
        new TaskBuyer(alice.chain(), alice.nodes(), alice.wallet().address(), step -> {});
    try (PreparedTask task = PreparedTask.of(draft)) {
      return buyer.quote(task);
    }
  }

  private static TaskDraft.Builder emptyTasks(int count) throws IOException {
    Path lines = Files.writeString(folder.resolve("lines" + count), "0\n".repeat(count));
    return Worlds.brief(world.example("exitcode")).array(lines).fuel(2_500_000);
  }

  @Test
  void startsOfAnArrayAreReckoned() throws Exception {
    // The fuel of 1,000 tasks takes 50 s at the worst rate, and their starts twice as long.
    TaskDraft.Builder draft = emptyTasks(1_000).slots(1);
    Quote tight = quote(draft.run(Duration.ofMinutes(2)).build());
    assertEquals(List.of(), tight.offers());
    assertTrue(tight.isTooLong(), tight::toString);
    assertEquals(2, quote(draft.run(Duration.ofMinutes(5)).build()).offers().size());
  }

  @Test
  void anArrayIsCutSoThatNodesCanDoEachSlotInTime() throws Exception {
    Quote quote = quote(emptyTasks(1_000).run(Duration.ofMinutes(2)).build());
    assertEquals(2, quote.offers().size());
    int longest = Math.ceilDiv(quote.terms().tasks(), quote.terms().slots());
    assertTrue(longest < 700, "150 ms each and what a delivery takes, within 120 s: " + longest);
  }

  @Test
  void whatATaskMayLeaveIsReckoned() throws Exception {
    TaskDraft.Builder draft =
        Worlds.brief(world.example("exitcode")).args(List.of("0")).output(1L << 30);
    Quote tight = quote(draft.fuel(10_000_000).run(Duration.ofSeconds(30)).build());
    assertTrue(tight.isTooLong(), tight::toString);
    assertFalse(quote(draft.run(Duration.ofSeconds(90)).build()).isTooLong());
  }

  @Test
  void bytesThatNobodyWroteArePaidFor() throws Exception {
    Path sparse = Files.write(folder.resolve("sparse.wasm"), HexFormat.of().parseHex(SPARSE));
    TaskBuyer.Placed task =
        alice.order(Worlds.brief(sparse).output(9 << 20).fuel(100_000_000).build());
    OrderView done = world.await(task.id(), o -> o.slot(0).state() == SlotState.DELIVERED);
    long fuel = done.slot(0).fuel();
    assertTrue(fuel > 2_000_000 + (8 << 20), "a start and 8 MiB: " + fuel);
    try (TaskWatch watch = alice.watch(new ArrayList<>())) {
      assertEquals(SlotState.RELEASED, watch.await(task.id()).slot(0).state());
    }
  }
}
