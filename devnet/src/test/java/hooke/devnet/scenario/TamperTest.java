package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Data;
import hooke.chain.Wei;
import hooke.chain.WrongChain;
import hooke.chain.contract.CreationCode;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.SlotState;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.devnet.testing.DevnetNode;
import hooke.node.cli.ExitCode;
import hooke.node.market.OrderView;
import hooke.node.spec.UnitPrice;
import hooke.node.task.InputSource;
import hooke.node.task.PreparedTask;
import hooke.node.task.Quote;
import hooke.node.task.TaskBuyer;
import hooke.node.task.TaskException;
import hooke.node.task.TaskWatch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Bytes that are not what they are said to be: inputs from a lying origin, results from a lying
/// provider, a file that its owner changed. The first node is the liar.
final class TamperTest {
  /// More than anybody asks.
  private static final UnitPrice PLENTY = new UnitPrice(5_000_000_000_000L);

  @TempDir private static Path folder;

  private static Devnet world;
  private static DevnetConsumer alice;
  private static HostileNode liar;
  private static DevnetNode second;
  private static DevnetNode third;

  @BeforeAll
  static void open() throws Exception {
    world = Devnet.in(folder.resolve("world")).nodes(0).start();
    liar = new HostileNode(world);
    second = world.join();
    third = world.register();
    alice = world.consumer("alice");
  }

  @AfterEach
  void honestAgain() {
    liar.play(HostileNode.Trick.NONE);
  }

  @AfterAll
  static void close() {
    liar.close();
    world.close();
  }

  /// Orders for the third node, which is not there yet: the others hold the files.
  private static TaskBuyer.Placed orderForThird(String text) throws Exception {
    for (int tries = 1; ; tries++) {
      TaskBuyer.Placed task =
          alice.order(
              Worlds.wordcount(world, folder, text)
                  .maxPrice(PLENTY)
                  .allow(List.of(third.operatorId()))
                  .build());
      assertEquals(liar.id(), task.terms().originA(), "the liar is asked first");
      if (task.terms().originB() == second.id()) {
        return task;
      }
      assertTrue(tries < 5, "the second node never answered in time to become an origin");
    }
  }

  private static void assertThirdDelivers(TaskBuyer.Placed task, int words, int bytes)
      throws Exception {
    third.start();
    try (TaskWatch watch = alice.watch(new CopyOnWriteArrayList<>())) {
      OrderView done = watch.await(task.id());
      assertEquals(third.id(), done.slot(0).nodeId());
      Worlds.assertCounted(words, bytes, watch.collect(done).archive());
    } finally {
      third.stop();
    }
  }

  /// The part that is tampered with runs nothing that this world needs.
  @Test
  void noNodeAndNoMoneyGoesUnderALawOfWhichAPartIsAnother() throws Exception {
    Address volumes = world.law().parts().get(CreationCode.PARTS.indexOf("Volumes"));
    Data code = world.client().codes(List.of(volumes)).getFirst();
    byte[] tampered = code.bytes();
    tampered[tampered.length / 2] ^= 1;
    String[] join = {
      "node",
      "init",
      folder.resolve("joined").toString(),
      "--join",
      world.network().rpc().getFirst() + "#" + world.law().address()
    };
    world.client().raw("hardhat_setCode", volumes.toString(), Data.of(tampered).hex());
    try {
      DevnetConsumer.Ran refused = alice.hooke(join);
      assertEquals(ExitCode.CONFIG.number(), refused.exit(), refused.err());
      assertTrue(refused.err().contains("Hooke's part Volumes"), refused.err());
      DevnetConsumer.Ran kept = alice.hooke("wallet", "deposit", "1");
      assertEquals(ExitCode.CONFIG.number(), kept.exit(), kept.err());
      assertTrue(kept.err().contains("Hooke's part Volumes"), kept.err());
      DevnetConsumer.Ran back = alice.hooke("wallet", "withdraw", "1");
      assertEquals(0, back.exit(), "what is there may be taken out: " + back.err());
      WrongChain refusal = assertThrows(WrongChain.class, third::start);
      assertTrue(refusal.getMessage().contains("Hooke's part Volumes"), refusal.getMessage());
    } finally {
      world.client().raw("hardhat_setCode", volumes.toString(), code.hex());
    }
    DevnetConsumer.Ran joined = alice.hooke(join);
    assertEquals(0, joined.exit(), joined.err());
    third.start();
    third.stop();
  }

  @Test
  void whatALyingOriginServesIsFetchedFromTheOther() throws Exception {
    TaskBuyer.Placed task = orderForThird("seven words are counted by an honest node");
    // One each for spec, program and text.
    liar.play(
        HostileNode.Trick.OTHER_BYTES, HostileNode.Trick.CUT_SHORT, HostileNode.Trick.TOO_LONG);
    assertThirdDelivers(task, 8, 41);
  }

  @Test
  void anOriginMayGoAwayAfterTheOrder() throws Exception {
    TaskBuyer.Placed task = orderForThird("one origin goes away");
    second.stop();
    try {
      assertThirdDelivers(task, 4, 20);
    } finally {
      second.start();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"OTHER_BYTES", "CUT_SHORT", "TOO_LONG"})
  void aResultThatDoesNotFitItsRootGetsNoReceipt(HostileNode.Trick trick) throws Exception {
    liar.play(trick);
    TaskBuyer.Placed task =
        alice.order(
            Worlds.wordcount(world, folder, "result " + trick)
                .allow(List.of(liar.operatorId()))
                .build());
    List<String> said = new CopyOnWriteArrayList<>();
    try (TaskWatch watch = alice.watch(said)) {
      Thread waiting =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  watch.await(task.id());
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      OrderView delivered = world.await(task.id(), o -> o.slot(0).state() == SlotState.DELIVERED);
      assertEquals(Wei.ZERO, delivered.slot(0).paid());
      assertTrue(
          said.stream()
              .anyMatch(line ->
                  line.contains("not the one it claims") || line.contains("longer than the")),
          said::toString);
      DevnetConsumer.Ran refused = alice.hooke("task", "refuse", task.id().toString());
      assertEquals(0, refused.exit(), refused::err);
      OrderView over = world.await(task.id(), OrderView::closed);
      assertEquals(SlotState.REFUSED, over.slot(0).state());
      assertEquals(List.of(), world.events(task.id(), LawEvent.Settled.class));
      waiting.join();
    }
  }

  @Test
  void aFileThatChangesAfterItWasNamedIsNotOrdered() throws Exception {
    Path book = folder.resolve("moving.txt");
    Files.writeString(book, "as it was");
    TaskBuyer buyer =
        new TaskBuyer(alice.chain(), alice.nodes(), alice.wallet().address(), s -> {});
    Wei before = world.law().accountOf(alice.wallet().address()).free();
    try (PreparedTask task =
        PreparedTask.of(
            Worlds.brief(world.example("wordcount"))
                .args(List.of("/in/moving.txt"))
                .input(new InputSource("moving.txt", book))
                .build())) {
      Quote quote = buyer.quote(task);
      Files.writeString(book, "as it is now");
      TaskException changed =
          assertThrows(
              TaskException.class, () -> buyer.place(task, quote, alice.wallet(), id -> {}));
      assertEquals(TaskException.Code.INPUT_CHANGED, changed.code());
    }
    assertEquals(
        before, world.law().accountOf(alice.wallet().address()).free(), "nothing is locked");
  }
}
